"""Profiles: a customer's values in the form in which they are compared."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.duplicates.fields import Field, Kind
from services.texts import fold

WORD = re.compile(r"[^\W_]+")
BEFORE_NAMES = (
    "bapak bpk pak ibu bu sdr sdri saudara saudari tn tuan ny nyonya nona mas mbak kak h hj haji "
    "hajah dr drs dra drg ir prof mr mrs ms miss sir"
)
TITLES = frozenset(BEFORE_NAMES.split())
"""Words before a name that are no part of it, as Indonesians and the English write them."""
MOST_WORDS = 6
LONGEST, LONGEST_CONTACT = 80, 320
MOST_VALUES = 5
"""Of the phones, addresses and handles of one customer: so many are compared."""


class Profile(NamedTuple):
    """A customer as they are compared: the words of their name, and the values of each field.

    Values stand in the order of the fields; the name's place is empty.
    """

    id: UUID
    name: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]


def words_of_name(name: str) -> tuple[str, ...]:
    """The words of a name, folded, without titles; none where there is no letter in it."""
    words = WORD.findall(fold(name).replace("'", "").replace("’", ""))
    bare = [word for word in words if word not in TITLES]
    words = (bare or words)[:MOST_WORDS]
    return tuple(words) if any(word.isalpha() for word in words) else ()


def value_of(kind: Kind, value: Any) -> str:
    """A value in the form in which it is compared; empty where there is nothing to compare."""
    if value is None or isinstance(value, bool):
        return ""
    text = str(value)
    if kind is Kind.PHONE:
        return text[:LONGEST]
    if kind is Kind.EMAIL:
        return text.casefold()[:LONGEST_CONTACT]
    text = fold(text)
    if kind is Kind.HANDLE:
        return text.removeprefix("@").rstrip("/")[:LONGEST_CONTACT]
    return (text if text.isalnum() else " ".join(WORD.findall(text)))[:LONGEST]


def profile_of(
    fields: Sequence[Field],
    customer: Mapping[str, Any],
    contacts: Iterable[tuple[Kind, str]] = (),
) -> Profile:
    """The profile of a customer's row, with the identifiers by which they are reached.

    `customer` has the columns by their names, and `properties` as a mapping.
    """
    properties: Mapping[str, Any] = customer["properties"] or {}
    reached: dict[Kind, list[str]] = {}
    for kind, identifier in contacts:
        reached.setdefault(kind, []).append(identifier)
    found: list[tuple[str, ...]] = []
    for field in fields:
        kind = field.kind
        if kind is Kind.NAME:
            found.append(())
            continue
        own = field.name.startswith("properties.")
        value = properties.get(field.key) if own else customer[field.key]
        if own or kind not in reached:
            text = value_of(kind, value)
            found.append((text,) if text else ())
        else:
            texts = dict.fromkeys(value_of(kind, one) for one in (value, *reached[kind]))
            found.append(tuple(text for text in texts if text)[:MOST_VALUES])
    return Profile(customer["id"], words_of_name(customer["full_name"]), tuple(found))
