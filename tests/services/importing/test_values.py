"""What a cell's text means, and that the quick ways give what the thorough ones do."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contacts import normalize_email, normalize_phone
from services.errors import Refusal
from services.importing.values import (
    read_amount,
    read_day,
    read_email,
    read_instant,
    read_phone,
    read_quantity,
)

JAKARTA = ZoneInfo("Asia/Jakarta")
PHONES = [
    "081234567890",
    "0812-3456-7890",
    "+62 812 3456 7890",
    "+62812 34567890",
    "6281234567890",
    "81234567890",
    "(021) 555 1234",
    "+62 21 5551234",
    "0062 812 3456 7890",
    "+6208123456789",
    "08123",
    "0812345678901234",
    "0841234567890",
    "+65 6123 4567",
    "+1 212 555 0123",
    "phone",
    "+62",
    "0",
    "0812 3456 789x",
    "٠٨١٢٣٤٥٦٧٨٩٠",
]
EMAILS = [
    "budi@example.com",
    "Budi.Santoso@Example.COM",
    "budi+toko@sub.example.co.id",
    "budi..s@example.com",
    ".budi@example.com",
    "budi@",
    "budi",
    "@example.com",
    "budi@example",
    "budi@-example.com",
    "budi@localhost",
    "postmaster@example.com",
    "budi@exämple.com",
    "büdi@example.com",
    "a" * 65 + "@example.com",
    "budi@" + "a" * 250 + ".com",
    "a@b@example.com",
    "budi@example.com ",
]


def answer(read: object, *arguments: str) -> str:
    """What a reader gives, or the sentence with which it refuses."""
    try:
        return str(read(*arguments))  # type: ignore[operator]
    except Refusal as refusal:
        return refusal.message


@pytest.mark.parametrize("text", PHONES)
@pytest.mark.parametrize("country", ["ID", "SG", "US"])
def test_phones_are_read_as_everywhere(text: str, country: str) -> None:
    assert answer(read_phone, text, country, "phone") == answer(
        normalize_phone, text, country, "phone"
    )


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"(\+62|62|0)?[ -]?8[0-9 -]{6,14}", fullmatch=True))
def test_any_mobile_number_is_read_as_everywhere(text: str) -> None:
    assert answer(read_phone, text, "ID", "phone") == answer(normalize_phone, text, "ID", "phone")


@pytest.mark.parametrize("text", EMAILS)
def test_emails_are_read_as_everywhere(text: str) -> None:
    assert answer(read_email, text, "email") == answer(normalize_email, text, "email")


@settings(max_examples=300, deadline=None)
@given(st.from_regex(r"[a-z0-9._+-]{1,12}@[a-z0-9.-]{1,12}\.(com|id|test|local)", fullmatch=True))
def test_any_plain_email_is_read_as_everywhere(text: str) -> None:
    assert answer(read_email, text, "email") == answer(normalize_email, text, "email")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-22", datetime(2026, 11, 21, 17, tzinfo=UTC)),
        ("20261122", datetime(2026, 11, 21, 17, tzinfo=UTC)),
        ("22/11/2026", datetime(2026, 11, 21, 17, tzinfo=UTC)),
        ("2026-11-22T09:00:00+07:00", datetime(2026, 11, 22, 2, tzinfo=UTC)),
        ("2026-11-22T02:00:00Z", datetime(2026, 11, 22, 2, tzinfo=UTC)),
        ("2026-11-22 09:00", datetime(2026, 11, 22, 2, tzinfo=UTC)),
    ],
)
def test_days_and_instants_are_in_the_workspaces_zone(text: str, instant: datetime) -> None:
    assert read_instant(text, JAKARTA, "orderedAt") == instant


@pytest.mark.parametrize("text", ["2026-02-29", "31/04/2026", "20261301", "tomorrow", "1-2-2026"])
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="no da"):
        read_instant(text, JAKARTA, "orderedAt")
    with pytest.raises(Refusal, match="no day that exists"):
        read_day(text, "birthDate")


def test_a_leap_day_is_a_day() -> None:
    assert read_day("29/02/2024", "birthDate") == date(2024, 2, 29)


def test_an_amount_has_a_point_and_nothing_else() -> None:
    assert read_amount("29.33", "total") == Decimal("29.33")
    assert read_amount("29", "total") == Decimal("29.00")
    assert read_amount("0.5", "total") == Decimal("0.50")


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-1", "1,000.00", "1.000,00", "1e3", "29.333", "Rp 5", "1" * 19, "٣"],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="total"):
        read_amount(text, "total")


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "two", "9999999999"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="whole number"):
        read_quantity(text, "quantity")
