"""Values of customer properties: how each type is checked, and the form in which it is kept.

The kept form is what the API answers with, so nothing is converted when a customer is read:

TEXT, URL, EMAIL, PHONE, SINGLE_SELECT   a string; phones as E.164
NUMBER                                   a JSON number
DECIMAL                                  a string of digits, such as "12.50"
BOOLEAN                                  true or false
DATE                                     "2026-11-22"
DATETIME                                 "2026-11-22T02:00:00.000000Z", UTC
MULTI_SELECT                             a list of strings, in the order of the options
USER                                     the user's global id, such as "usr_0198…"
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from models import PropertyDefinition, PropertyType, User
from services.contacts import normalize_email, normalize_phone
from services.errors import Refusal, invalid
from services.ids import decode_id
from services.texts import FORBIDDEN, clean_line, clean_text

LARGEST_NUMBER = 2**53 - 1
"""Beyond it JSON numbers are no longer exact for all who read them (RFC 8259, section 6)."""
LONGEST_TEXT = 5_000
LONGEST_URL = 2_048
DECIMAL_FORM = re.compile(r"[+-]?\d{1,28}(\.\d{1,10})?", re.ASCII)
DATE_FORM = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DATETIME_FORM = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
Parser = Callable[[PropertyDefinition, Any, str, tuple[str, ...]], Any]


def parse_property_value(
    definition: PropertyDefinition, value: Any, country: str, *field: str
) -> Any:
    """A value in the form in which it is kept; None where it is nothing: null, blank, no options.

    `country` is the workspace's, for phone numbers without a country's code. Whether there is such
    a user is for the database to say. Raises a Refusal (INVALID) at `field` where the value is not
    one of the property's type.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return PARSERS[definition.type](definition, value, country, field)


def normalize_url(value: str, *field: str) -> str:
    """An http or https address, as it was written, at most 2,048 characters long.

    Raises a Refusal (INVALID) where it is none.
    """
    text = clean_line(value, *field, most=LONGEST_URL)
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
        _ = parts.port
    except ValueError:
        fits = False
    if not fits:
        raise invalid(f"{field[-1]} is no web address, such as https://example.com.", *field)
    return text


def refusal(definition: PropertyDefinition, wanted: str, field: tuple[str, ...]) -> Refusal:
    """That a property takes something else."""
    return invalid(f"{definition.key} is a {definition.type.value} property: {wanted}.", *field)


def string(definition: PropertyDefinition, value: Any, field: tuple[str, ...]) -> str:
    """The value, if it is a string without control characters."""
    if not isinstance(value, str):
        raise refusal(definition, "give a string", field)
    if FORBIDDEN.search(value):
        raise refusal(definition, "leave out the control character", field)
    return value


def _text(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    return clean_text(string(definition, value, field), *field, most=LONGEST_TEXT)


def _number(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal(definition, "give a number, not in quotes", field)
    if not abs(value) <= LARGEST_NUMBER:
        raise refusal(definition, f"give a number of at most {LARGEST_NUMBER}", field)
    return value


def _decimal(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise refusal(definition, 'give a string such as "12.50"', field)
    text = str(value).strip()
    if not DECIMAL_FORM.fullmatch(text):
        wanted = "give at most 28 digits before the point and 10 behind it"
        raise refusal(definition, wanted, field)
    number = Decimal(text)
    return format(number if number else abs(number), "f")


def _boolean(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    if not isinstance(value, bool):
        raise refusal(definition, "give true or false", field)
    return value


def _date(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    text = string(definition, value, field).strip()
    try:
        if not DATE_FORM.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise refusal(definition, "give a day that exists, such as 2026-11-22", field) from None


def _datetime(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    text = string(definition, value, field).strip().upper()
    try:
        if not DATETIME_FORM.fullmatch(text):
            raise ValueError
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        wanted = "give an instant with its offset, such as 2026-11-22T09:00:00+07:00"
        raise refusal(definition, wanted, field) from None
    return found.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _option(definition: PropertyDefinition, value: Any, field: tuple[str, ...]) -> str:
    text = string(definition, value, field)
    if text not in definition.options:
        raise refusal(definition, f"give one of {', '.join(definition.options)}", field)
    return text


def _single(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    return _option(definition, value, field)


def _multi(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    if not isinstance(value, list):
        raise refusal(definition, "give a list of options", field)
    chosen = [_option(definition, one, field) for one in value]
    if len(set(chosen)) < len(chosen):
        raise refusal(definition, "give each option once", field)
    return sorted(chosen, key=definition.options.index) or None


def _url(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    return normalize_url(string(definition, value, field), *field)


def _email(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    return normalize_email(string(definition, value, field), *field)


def _phone(definition: PropertyDefinition, value: Any, country: str, field: tuple[str, ...]) -> Any:
    return normalize_phone(string(definition, value, field), country, *field)


def _user(definition: PropertyDefinition, value: Any, _: str, field: tuple[str, ...]) -> Any:
    found = decode_id(string(definition, value, field))
    if found is None or found[0] is not User:
        raise refusal(definition, "give the id of a user", field)
    return value


PARSERS: dict[PropertyType, Parser] = {
    PropertyType.TEXT: _text,
    PropertyType.NUMBER: _number,
    PropertyType.DECIMAL: _decimal,
    PropertyType.BOOLEAN: _boolean,
    PropertyType.DATE: _date,
    PropertyType.DATETIME: _datetime,
    PropertyType.SINGLE_SELECT: _single,
    PropertyType.MULTI_SELECT: _multi,
    PropertyType.URL: _url,
    PropertyType.EMAIL: _email,
    PropertyType.PHONE: _phone,
    PropertyType.USER: _user,
}
