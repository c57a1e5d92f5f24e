"""What customers are compared by: the fields of everybody, and the workspace's own properties."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from models import PropertyDefinition, PropertyType


class Kind(StrEnum):
    """What a field says of a person, and so how much an agreement on it may count."""

    NAME = "NAME"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    HANDLE = "HANDLE"
    """What somebody is called on a platform: others may be called so on another one."""
    PLACE = "PLACE"
    """Part of an address. Who lives together shares all of it."""
    TEXT = "TEXT"
    """A property of words. Often more of an address, so it counts with it."""
    CODE = "CODE"
    """A property of single marks with digits in them: most are numbers of papers or cards."""
    DATE = "DATE"
    """A property that is a day. Most are birthdays."""


PLACES = frozenset({Kind.PLACE, Kind.TEXT})
HOUSEHOLD = PLACES | {Kind.PHONE}
"""What those who live together share."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is compared. `name` is the API's, such as `properties.birthday`."""

    name: str
    kind: Kind
    key: str
    """The customer's column, or the key of the property."""
    background: float
    """How often a value of such a field is met among people anywhere: what is believed of a
    value's rarity before the workspace's own customers were counted."""


NAME = Field("fullName", Kind.NAME, "full_name", 1 / 200)
BUILT_IN: tuple[Field, ...] = (
    NAME,
    Field("phone", Kind.PHONE, "phone", 1 / 1_000_000),
    Field("email", Kind.EMAIL, "email", 1 / 1_000_000),
    Field("username", Kind.HANDLE, "username", 1 / 20_000),
    Field("province", Kind.PLACE, "province", 1 / 15),
    Field("regencyCity", Kind.PLACE, "regency_city", 1 / 100),
    Field("district", Kind.PLACE, "district", 1 / 200),
    Field("subdistrict", Kind.PLACE, "subdistrict", 1 / 400),
    Field("zipCode", Kind.PLACE, "zip_code", 1 / 400),
)
KINDS: dict[PropertyType, tuple[Kind, float]] = {
    PropertyType.TEXT: (Kind.TEXT, 1 / 200),
    PropertyType.NUMBER: (Kind.TEXT, 1 / 100),
    PropertyType.DECIMAL: (Kind.TEXT, 1 / 100),
    PropertyType.DATE: (Kind.DATE, 1 / 15_000),
    PropertyType.URL: (Kind.HANDLE, 1 / 20_000),
    PropertyType.EMAIL: (Kind.EMAIL, 1 / 1_000_000),
    PropertyType.PHONE: (Kind.PHONE, 1 / 1_000_000),
}
"""Properties of other types say what the business thinks of a customer, and not who they are."""
CODE_BACKGROUND = 1 / 100_000


def fields_of(definitions: Iterable[PropertyDefinition]) -> tuple[Field, ...]:
    """The fields that a workspace's customers are compared by, in a stable order.

    A property of text or numbers counts as TEXT here; `rarity.settle` turns it into a CODE or a
    DATE where that is what its values are.
    """
    own = [
        Field(
            name=f"properties.{one.key}",
            kind=KINDS[one.type][0],
            key=one.key,
            background=KINDS[one.type][1],
        )
        for one in definitions
        if one.type in KINDS and not one.built_in and one.archived_at is None
    ]
    return BUILT_IN + tuple(sorted(own, key=lambda field: field.key))
