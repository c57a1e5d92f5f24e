"""Values: what a cell's text means for a field of each kind.

Each reader takes the text of a cell that is not blank and raises a Refusal (INVALID) with the
sentence for the file of failed rows.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import phonenumbers

from models import PropertyDefinition, PropertyType
from services.amounts import checked_amount
from services.contacts import normalize_email, normalize_phone
from services.errors import Refusal, invalid
from services.ids import FORM
from services.instants import checked_instant
from services.periods import start_of_day
from services.property_values import parse_property_value
from services.texts import clean_line

Choice = TypeVar("Choice", bound=StrEnum)

AMOUNT = re.compile(r"\d{1,18}(\.\d+)?", re.ASCII)
WHOLE = re.compile(r"\d{1,9}", re.ASCII)
NUMBER = re.compile(r"-?\d{1,16}(\.\d{1,15})?", re.ASCII)
DAY = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2})|(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII
)
INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?) ?([Zz]|[+-]\d{2}:\d{2})?",
    re.ASCII,
)
SEVERAL = re.compile(r"\s*[;|]\s*")
PLAIN_MAILBOX = re.compile(r"[a-z0-9]+(?:[._+-][a-z0-9]+)*")
NATIONAL = re.compile(r"[0-9][0-9 .-]{3,30}")
TRUE = frozenset({"true", "yes", "ya", "y", "1"})
FALSE = frozenset({"false", "no", "tidak", "n", "0"})


def read_line(text: str, field: str, most: int) -> str:
    """One line of text, exactly as `clean_line` writes it.

    Printable ASCII without white space around it needs nothing but to be short enough.
    """
    plain = len(text) <= most and text.isascii() and text.isprintable()
    return text if plain else clean_line(text, field, most=most)


def read_choice(kind: type[Choice], text: str, field: str) -> Choice:
    """A value of an enumeration, in any case."""
    try:
        return kind(text.strip().upper().replace(" ", "_"))
    except ValueError:
        names = ", ".join(kind)
        raise invalid(f"{field}: “{text[:40]}” is none of {names}.", field) from None


def read_amount(text: str, field: str) -> Decimal:
    """An amount with a decimal point, such as 29.33: no sign, no thousands separators."""
    if not AMOUNT.fullmatch(text):
        raise invalid(
            f"{field}: “{text[:40]}” is no amount. Write it like 29.33, without separators.", field
        )
    return checked_amount(Decimal(text), field)


def read_quantity(text: str, field: str) -> int:
    """A whole number of pieces, at least 1."""
    number = int(text) if WHOLE.fullmatch(text) else 0
    if number < 1:
        raise invalid(f"{field}: “{text[:40]}” is no whole number from 1 up.", field)
    return number


def read_day(text: str, field: str) -> date:
    """A day: YYYY-MM-DD, YYYYMMDD or DD/MM/YYYY."""
    match = DAY.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        if match[1]:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match[4]:
            return date(int(match[4]), int(match[5]), int(match[6]))
        return date(int(match[9]), int(match[8]), int(match[7]))
    except ValueError:
        raise invalid(
            f"{field}: “{text[:40]}” is no day that exists. Write it like 2026-11-22, 20261122 "
            "or 22/11/2026.",
            field,
        ) from None


def read_instant(text: str, zone: ZoneInfo, field: str) -> datetime:
    """An instant, in UTC: RFC 3339; without an offset it is the time in `zone`.

    A day alone (YYYY-MM-DD, YYYYMMDD, DD/MM/YYYY) is its start in `zone`.
    """
    if DAY.fullmatch(text):
        return checked_instant(start_of_day(read_day(text, field), zone), field)
    match = INSTANT.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        found = datetime.fromisoformat(f"{match[1]}T{match[2]}{(match[3] or '').upper()}")
    except ValueError:
        raise invalid(
            f"{field}: “{text[:40]}” is no date that exists. Write it like "
            "2026-11-22T09:00:00+07:00 or 2026-11-22.",
            field,
        ) from None
    return checked_instant(found if found.tzinfo else found.replace(tzinfo=zone), field)


def read_several(text: str) -> list[str]:
    """Several values in one cell, between semicolons or bars."""
    return [one for one in SEVERAL.split(text) if one]


def read_id(text: str) -> UUID | None:
    """The row that an id names, global (`cus_0198…`) or bare; None where it is no id."""
    match = FORM.fullmatch(text)
    try:
        return UUID(match[2] if match else text)
    except ValueError:
        return None


@lru_cache(maxsize=10_000)
def mail_domain(domain: str) -> str | None:
    """The domain as `normalize_email` writes it; None where no plain address has it."""
    try:
        return normalize_email(f"a@{domain}", "email").removeprefix("a@")
    except Refusal:
        return None


def read_email(text: str, field: str) -> str:
    """An e-mail address, exactly as `normalize_email` writes it.

    An address with an everyday mailbox needs only its domain looked at, and a file has few domains:
    that is forty times as fast.
    """
    mailbox, _, domain = text.partition("@")
    plain = len(mailbox) <= 64 and len(text) <= 254
    if plain and PLAIN_MAILBOX.fullmatch(mailbox) and (known := mail_domain(domain)):
        return f"{mailbox}@{known}"
    return normalize_email(text, field)


@lru_cache(maxsize=300)
def mobile_numbers(country: str) -> tuple[str, str, re.Pattern[str], frozenset[int]] | None:
    """A country's calling code, trunk prefix, form and lengths of mobile numbers (libphonenumber).

    None where mobile numbers are not simply written with the trunk prefix in front.
    """
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country, None)
    if metadata is None or metadata.national_prefix is None or metadata.mobile is None:
        return None
    pattern = metadata.mobile.national_number_pattern
    if pattern is None or metadata.national_prefix_for_parsing != metadata.national_prefix:
        return None
    lengths = frozenset(metadata.mobile.possible_length)
    return str(metadata.country_code), metadata.national_prefix, re.compile(pattern), lengths


def read_phone(text: str, country: str, field: str) -> str:
    """A phone number, exactly as `normalize_phone` writes it.

    A mobile number of the workspace's own country, which most are, is recognised by
    libphonenumber's own form for them without the rest of its parsing: ten times as fast.
    """
    own = mobile_numbers(country)
    if own is not None:
        code, prefix, form, lengths = own
        rest = (
            text.removeprefix(f"+{code}")
            if text.startswith(f"+{code}")
            else text.removeprefix(prefix)
            if text.startswith(prefix)
            else ""
        ).strip(" ")
        if NATIONAL.fullmatch(rest):
            digits = rest.replace(" ", "").replace("-", "").replace(".", "")
            if len(digits) in lengths and not digits.startswith(prefix) and form.fullmatch(digits):
                return f"+{code}{digits}"
    return normalize_phone(text, country, field)


def read_property(definition: PropertyDefinition, text: str, country: str) -> Any:
    """A cell as a value of a custom property, in the form in which it is kept."""
    reader = CONVERTED.get(definition.type)
    value = reader(text, definition.key) if reader else text
    return parse_property_value(definition, value, country, definition.key)


def _number(text: str, field: str) -> int | float:
    if not NUMBER.fullmatch(text):
        raise invalid(f"{field}: “{text[:40]}” is no number. Write it like 12.5.", field)
    return float(text) if "." in text else int(text)


def _boolean(text: str, field: str) -> bool:
    folded = text.casefold()
    if folded not in TRUE | FALSE:
        raise invalid(f"{field}: “{text[:40]}” is neither true nor false.", field)
    return folded in TRUE


def _day(text: str, field: str) -> str:
    return read_day(text, field).isoformat()


def _several(text: str, _: str) -> list[str]:
    return read_several(text)


CONVERTED: dict[PropertyType, Callable[[str, str], Any]] = {
    PropertyType.NUMBER: _number,
    PropertyType.BOOLEAN: _boolean,
    PropertyType.DATE: _day,
    PropertyType.MULTI_SELECT: _several,
}
"""Types whose kept form is more than the cell's text."""
