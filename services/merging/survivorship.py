"""Survivorship: which customer's value of each field a main customer has after a merge.

Pure: it reads no database, so that a preview says what the merge will do. Values are as JSON keeps
them (`services.merged_values.value_of`); nothing, an empty text and an empty list are no value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from models import SurvivorshipStrategy
from services.merged_values import FIELDS, PROPERTY, UPDATED_AT, Stacks, value_of


@dataclass(frozen=True)
class Profile:
    """One who takes part in a merge: their values by field, and how recent each is."""

    id: UUID
    values: Mapping[str, Any]
    """By the API's names; custom properties only where there is one ("properties.<key>")."""
    changed_at: datetime
    """When the profile was last edited; what merges did to it is no edit."""
    recency: Mapping[str, datetime] = field(default_factory=dict)
    """The same of those whose values a merge has put here, by field."""

    def changed(self, name: str) -> datetime:
        """When the profile that a field's value comes from was last edited."""
        return self.recency.get(name, self.changed_at)


@dataclass(frozen=True)
class FieldResult:
    """What becomes of one field of the main customer."""

    field: str
    """The name on the API's Customer; "properties.<key>" for a custom property."""
    value: Any
    giver_id: UUID
    """Whose value it is: the main customer's id where theirs stays."""
    conflict: bool
    """Whether those who take part have different values."""
    values: tuple[tuple[UUID, Any], ...]
    """The value of each who takes part, the main customer's first."""
    chosen: bool
    """Whether an override has named the giver: then even no value is taken."""


def profile_of(stacks: Stacks, ages: Mapping[UUID, datetime]) -> Profile:
    """A customer's profile as it stands, `ages` being the last edits of their members' profiles."""
    customer = stacks.customer
    names = [*FIELDS, *(PROPERTY + key for key in customer.properties)]
    changed_at = datetime.fromisoformat(stacks.own(UPDATED_AT))
    givers = {name: stacks.giver(name) for name in names}
    return Profile(
        customer.id,
        {name: value_of(customer, name) for name in names},
        changed_at,
        {name: ages[id] for name, id in givers.items() if id in ages and id != customer.id},
    )


def survivors(
    main: Profile,
    others: Sequence[Profile],
    strategy: SurvivorshipStrategy,
    overrides: Mapping[str, UUID],
) -> list[FieldResult]:
    """What each field of the main customer becomes, the plain ones first, then custom properties.

    `others` are in the order of the merge: the members as they are named, then the members that
    they bring along. MAIN_WINS keeps what the main customer has, nothing included. FILL_GAPS fills
    what they have not with the first value of the others. MOST_RECENT takes the value of the
    profile that was edited last; of those edited at the same instant, the first. An override's
    giver, who takes part, wins over all.
    """
    profiles = [main, *others]
    keys = {name for one in profiles for name in one.values if name not in FIELDS}
    custom = sorted(keys | {name for name in overrides if name not in FIELDS})
    return [_result(name, profiles, strategy, overrides) for name in (*FIELDS, *custom)]


def _result(
    name: str,
    profiles: Sequence[Profile],
    strategy: SurvivorshipStrategy,
    overrides: Mapping[str, UUID],
) -> FieldResult:
    by_id = {one.id: one for one in profiles}
    valued = [one for one in profiles if has_value(one.values.get(name))]
    chosen = overrides.get(name)
    giver = by_id[chosen] if chosen else _giver(name, profiles, valued, strategy)
    main = profiles[0]
    value = giver.values.get(name)
    if value == main.values.get(name):
        giver = main
    first = valued[0].values[name] if valued else None
    return FieldResult(
        name,
        value,
        giver.id,
        any(one.values[name] != first for one in valued),
        tuple((one.id, one.values.get(name)) for one in profiles),
        chosen is not None,
    )


def _giver(
    name: str,
    profiles: Sequence[Profile],
    valued: Sequence[Profile],
    strategy: SurvivorshipStrategy,
) -> Profile:
    main = profiles[0]
    if not valued or strategy is SurvivorshipStrategy.MAIN_WINS:
        return main
    if strategy is SurvivorshipStrategy.FILL_GAPS:
        return valued[0]
    return max(valued, key=lambda one: one.changed(name))


def has_value(value: Any) -> bool:
    """Whether there is anything: no, an empty text and an empty list are nothing."""
    return value is not None and value != "" and value != []
