"""Reading criteria: the JSON that a caller gave, held to its rules, becomes a tree.

What is wrong is refused at its path, such as `criteria.all[2].orders.value`, with the way to mend
it. Criteria that were kept are read by the same rules, but that a property may be archived.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from tortoise.models import Model

from models import (
    Campaign,
    CampaignInteractionStatus,
    Group,
    MessageDirection,
    PropertyDefinition,
    PropertyType,
    Tag,
    User,
    WindowStatus,
)
from services.errors import ErrorCode, Refusal, not_found
from services.ids import decode_id
from services.property_filters import LONGEST_SPAN, Operator, comparable
from services.segments.criteria import (
    DEEPEST,
    MOST_CONDITIONS,
    AllOf,
    AnyOf,
    BoughtCondition,
    CampaignCondition,
    Criteria,
    FieldCondition,
    GroupCondition,
    MessageCondition,
    Negation,
    OrderCondition,
    OrderMeasure,
    ProductiveCondition,
    PropertyCondition,
    TagCondition,
    WindowCondition,
)
from services.segments.fields import FIELDS
from services.texts import clean_line
from services.transactions import Transaction

Path = tuple[str, ...]
Chosen = TypeVar("Chosen", bound=StrEnum)

COUNTED = (Operator.EQ, Operator.NE, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)
"""The operators that compare numbers, of which one is given."""
LARGEST_VALUE = Decimal("1e18")
DEFINITIONS = "SELECT * FROM property_definitions WHERE workspace_id = $1 AND NOT built_in"


def spelled(path: Path) -> str:
    """A path as people write it: `criteria.all[2].orders.value`."""
    text = ""
    for part in path:
        text += f"[{part}]" if part.isdigit() else f".{part}" if text else part
    return text


def wrong(path: Path, message: str, code: ErrorCode = ErrorCode.INVALID) -> Refusal:
    """The refusal of what stands at a path."""
    return Refusal(code, f"{spelled(path)}: {message}", path)


@dataclass
class Reader:
    """Reads one tree. `kept`: it was accepted before, and may name what is archived since."""

    tx: Transaction
    definitions: Mapping[str, PropertyDefinition]
    kept: bool = False
    conditions: int = 0
    named: dict[Path, tuple[type[Model], UUID]] = field(default_factory=dict)
    """The rows that conditions name, by where."""

    def read(self, value: Any, path: Path, level: int = 1) -> Criteria:
        """The criteria at a path; a Refusal (INVALID, LIMIT_EXCEEDED) for what is wrong in it."""
        if level > DEEPEST:
            raise wrong(path, f"at most {DEEPEST} levels in one another; put some together.")
        given = (
            {name: one for name, one in value.items() if one is not None}
            if (isinstance(value, dict))
            else {}
        )
        if len(given) != 1 or next(iter(given)) not in READERS:
            raise wrong(path, f"give exactly one of {', '.join(READERS)}.")
        [(name, one)] = given.items()
        path = (*path, name)
        if name in ("all", "any"):
            return self._several(name, one, path, level)
        if name == "not":
            return Negation(self.read(one, path, level + 1))
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise wrong(path, f"at most {MOST_CONDITIONS} conditions; leave some out.")
        return READERS[name](self, one, path)

    def _several(self, name: str, parts: Any, path: Path, level: int) -> Criteria:
        if not isinstance(parts, list) or not parts:
            raise wrong(path, "is empty: give at least one condition.")
        if len(parts) > MOST_CONDITIONS:
            raise wrong(path, f"at most {MOST_CONDITIONS} conditions; leave some out.")
        read = tuple(self.read(one, (*path, str(i)), level + 1) for i, one in enumerate(parts))
        return AllOf(read) if name == "all" else AnyOf(read)

    def field(self, value: Any, path: Path) -> Criteria:
        """A comparison with a field or a custom property."""
        given = fields_of(value, path, ("key", "op"))
        key, op = given["key"], choice(Operator, given["op"], (*path, "op"))
        definition = self.definitions.get(key) if isinstance(key, str) else None
        known = FIELDS.get(key) if isinstance(key, str) and definition is None else None
        if definition is None and known is None:
            shown = key[:64] if isinstance(key, str) and key.isprintable() else "this"
            raise wrong((*path, "key"), f"no field or property “{shown}” is defined.")
        if definition is not None and definition.archived_at is not None and not self.kept:
            raise wrong(
                (*path, "key"), f"the property {key} is archived: restore it, or take another one."
            )
        shape = definition or known.definition  # type: ignore[union-attr]
        try:
            comparison = comparable(
                shape, op, given.get("value"), self.tx.workspace, self.tx.now, *path
            )
        except Refusal as refusal:
            raise wrong(refusal.field, refusal.message, refusal.code) from None
        if shape.type is PropertyType.USER:
            self._name_users(given.get("value"), (*path, "value"))
        if known is not None:
            return FieldCondition(known, comparison)
        assert definition is not None
        return PropertyCondition(definition.id, comparison)

    def _name_users(self, value: Any, path: Path) -> None:
        several = isinstance(value, list)
        for index, one in enumerate(value if several else [value]):
            found = decode_id(one) if isinstance(one, str) else None
            if found is not None:
                self.named[(*path, str(index)) if several else path] = (User, found[1])

    def orders(self, value: Any, path: Path) -> Criteria:
        """A comparison with a measure of the paid orders."""
        given = fields_of(value, path, ("measure", "op", "value"))
        measure = choice(OrderMeasure, given["measure"], (*path, "measure"))
        return OrderCondition(
            measure,
            counted(given, path),
            number(given["value"], (*path, "value")),
            within(given, path),
        )

    def bought(self, value: Any, path: Path) -> Criteria:
        """How often a product was bought."""
        given = fields_of(value, path, ("product", "op", "times"))
        if not isinstance(given["product"], str):
            raise wrong((*path, "product"), "give the product's name.")
        try:
            product = clean_line(given["product"], *path, "product")
        except Refusal as refusal:
            raise wrong(refusal.field, refusal.message) from None
        times = whole(given["times"], (*path, "times"))
        return BoughtCondition(product, counted(given, path), times, within(given, path))

    def messages(self, value: Any, path: Path) -> Criteria:
        """How many messages there were."""
        given = fields_of(value, path, ("direction", "op", "count"))
        direction = choice(MessageDirection, given["direction"], (*path, "direction"))
        count = whole(given["count"], (*path, "count"))
        return MessageCondition(direction, counted(given, path), count, within(given, path))

    def campaign(self, value: Any, path: Path) -> Criteria:
        """What became of a campaign's message."""
        given = fields_of(value, path, ("campaignId", "status"))
        id = self.row(Campaign, given["campaignId"], (*path, "campaignId"))
        return CampaignCondition(
            id, choice(CampaignInteractionStatus, given["status"], (*path, "status"))
        )

    def tag(self, value: Any, path: Path) -> Criteria:
        """Who carries a tag."""
        return TagCondition(self.row(Tag, value, path))

    def group(self, value: Any, path: Path) -> Criteria:
        """Who is in a group."""
        return GroupCondition(self.row(Group, value, path))

    def window(self, value: Any, path: Path) -> Criteria:
        """Whose window is open, or is not."""
        return WindowCondition(choice(WindowStatus, value, path))

    def productive(self, value: Any, path: Path) -> Criteria:
        """Who has paid for an order, or has not."""
        if not isinstance(value, bool):
            raise wrong(path, "give true or false.")
        return ProductiveCondition(value)

    def row(self, model: type[Model], value: Any, path: Path) -> UUID:
        """The row that a global id names."""
        found = decode_id(value) if isinstance(value, str) else None
        if found is None or found[0] is not model:
            raise wrong(path, f"this is no id of a {model.__name__.lower()}; give one as printed.")
        self.named[path] = (model, found[1])
        return found[1]


READERS: dict[str, Callable[[Reader, Any, Path], Criteria]] = {
    "all": Reader.read,
    "any": Reader.read,
    "not": Reader.read,
    "field": Reader.field,
    "orders": Reader.orders,
    "bought": Reader.bought,
    "messages": Reader.messages,
    "campaign": Reader.campaign,
    "tagId": Reader.tag,
    "groupId": Reader.group,
    "window": Reader.window,
    "productive": Reader.productive,
}


def fields_of(value: Any, path: Path, needed: tuple[str, ...]) -> dict[str, Any]:
    """The fields of a condition, all those needed among them."""
    found: dict[str, Any] = value if isinstance(value, dict) else {}
    for name in needed:
        if found.get(name) is None:
            raise wrong((*path, name), "is missing.")
    return found


def choice(kind: type[Chosen], value: Any, path: Path) -> Chosen:
    """One of an enum's values."""
    try:
        return kind(value)
    except ValueError:
        raise wrong(path, f"give one of {', '.join(kind)}.") from None


def counted(given: Mapping[str, Any], path: Path) -> Operator:
    """The operator of a condition that compares one number."""
    op = choice(Operator, given["op"], (*path, "op"))
    if op not in COUNTED:
        raise wrong((*path, "op"), f"{op} does not fit a number. Use one of {', '.join(COUNTED)}.")
    return op


def number(value: Any, path: Path) -> Decimal:
    """A decimal number."""
    try:
        found = Decimal(str(value))
        if isinstance(value, bool) or not found.is_finite() or abs(found) >= LARGEST_VALUE:
            raise InvalidOperation
    except InvalidOperation:
        raise wrong(path, "give a number of at most 18 digits before the point.") from None
    return found


def whole(value: Any, path: Path) -> int:
    """A whole number that counts something."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise wrong(path, "give a whole number, 0 or more.")
    return value


def within(given: Mapping[str, Any], path: Path) -> int | None:
    """Of how many last days only; None for all time."""
    days = given.get("withinDays")
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_SPAN:
        wanted = f"give a number of days from 1 to {LONGEST_SPAN}, or leave it out."
        raise wrong((*path, "withinDays"), wanted)
    return days


async def read_criteria(tx: Transaction, value: Any) -> Criteria:
    """The criteria that a caller gives.

    Raises a Refusal at its path from `criteria` on: INVALID for more than 5 levels or 25
    conditions, an empty list, an operator that does not fit, a value of the wrong type, a property
    that is unknown or archived; NOT_FOUND for a tag, group, campaign or user of nobody here.
    """
    reader = Reader(tx, await definitions(tx))
    criteria = reader.read(value, ("criteria",))
    await _require_named(reader)
    return criteria


def kept_criteria(
    tx: Transaction, value: Any, known: Mapping[str, PropertyDefinition]
) -> Criteria | None:
    """Criteria that were accepted before; None where they cannot be read any more, as where a
    property has another type by now."""
    try:
        return Reader(tx, known, kept=True).read(value, ("criteria",))
    except Refusal:
        return None


async def definitions(tx: Transaction) -> dict[str, PropertyDefinition]:
    """The workspace's custom properties by key, archived ones too."""
    rows = await tx.fetch(DEFINITIONS, tx.workspace_id)
    return {row["key"]: PropertyDefinition._init_from_db(**row) for row in rows}


async def _require_named(reader: Reader) -> None:
    """Raise a Refusal (NOT_FOUND) for a row that a condition names and nobody here has."""
    by_model: dict[type[Model], set[UUID]] = {}
    for model, id in reader.named.values():
        by_model.setdefault(model, set()).add(id)
    found: set[tuple[type[Model], UUID]] = set()
    for model, ids in by_model.items():
        rows = await reader.tx.fetch(
            f"SELECT id FROM {model._meta.db_table}"
            " WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
            reader.tx.workspace_id,
            sorted(ids),
        )
        found |= {(model, row["id"]) for row in rows}
    for path, (model, id) in reader.named.items():
        if (model, id) not in found:
            missing = not_found(model.__name__.lower(), *path)
            raise wrong(path, missing.message, missing.code)
