"""Phone numbers, e-mail addresses and identifiers in the one form in which they are kept."""

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from models import ChannelKind
from services.errors import invalid
from services.texts import clean_line

PHONE_KINDS = frozenset({ChannelKind.WHATSAPP, ChannelKind.SMS, ChannelKind.PHONE})


def normalize_phone(value: str, country: str, *field: str) -> str:
    """`value` as E.164, such as +6281234567890; without a country's code it is one of `country`.

    Raises a Refusal (INVALID) where it is no phone number. The rules are libphonenumber's.
    """
    text = value.strip()
    if len(text) > 40:
        raise invalid(f"{field[-1]} is too long for a phone number.", *field)
    candidates = [text]
    if text[:1].isdigit() and not text.startswith("0"):
        candidates.append(f"+{text}")
    for candidate in candidates:
        try:
            number = phonenumbers.parse(candidate, country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    shown = text if text.isprintable() else "this"
    raise invalid(
        f"{field[-1]}: “{shown}” is no phone number. Write it with its country's code, "
        "such as +62 812 3456 7890.",
        *field,
    )


def normalize_email(value: str, *field: str) -> str:
    """An e-mail address with its domain in lower case.

    Raises a Refusal (INVALID) where it is none (RFC 5321 and 5322, as email-validator reads them).
    """
    text = value.strip()
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise invalid(f"{field[-1]} is no e-mail address: {error}", *field) from None
    return found.normalized


def normalize_identifier(kind: ChannelKind, value: str, country: str, *field: str) -> str:
    """An identifier on a channel in that channel's form: what identities are matched by.

    E.164 for phones, lower case for e-mail addresses, else the text as the platform gives it, with
    the @ before a handle left out. Raises a Refusal (INVALID) where it is none.
    """
    if kind in PHONE_KINDS:
        return normalize_phone(value, country, *field)
    if kind is ChannelKind.EMAIL:
        return normalize_email(value, *field).lower()
    text = clean_line(value, *field, most=320).removeprefix("@")
    if not text:
        raise invalid(f"{field[-1]} is empty: give at least one character.", *field)
    return text
