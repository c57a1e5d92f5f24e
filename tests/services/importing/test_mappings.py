"""Which columns feed which fields: as told, and by their names."""

import pytest

from services.errors import Refusal
from services.importing.mappings import map_columns, require_fields

FIELDS = ("fullName", "phone", "email", "zipCode")


def test_a_column_with_a_fields_name_maps_by_itself_in_any_spelling() -> None:
    mapping = map_columns(["Full Name", "phone", "zip_code", "shoe"], [], FIELDS)
    assert mapping.value("fullName", ["Budi", "0812", "40135", "42"]) == "Budi"
    assert mapping.value("zipCode", ["Budi", "0812", "40135", "42"]) == "40135"
    assert mapping.unused == ("shoe",)


def test_several_columns_are_joined_in_the_order_told_without_blank_ones() -> None:
    told = [("surname", "fullName"), ("given", "fullName")]
    mapping = map_columns(["given", "surname"], told, FIELDS)
    assert mapping.value("fullName", ["Budi", "Santoso"]) == "Santoso Budi"
    assert mapping.value("fullName", ["Budi", ""]) == "Budi"
    assert mapping.value("fullName", ["", ""]) is None
    assert mapping.label("fullName") == "surname + given"


def test_one_column_feeds_several_fields() -> None:
    told = [("contact", "phone"), ("contact", "email")]
    mapping = map_columns(["contact"], told, FIELDS)
    assert mapping.value("phone", ["x"]) == mapping.value("email", ["x"]) == "x"


def test_what_is_told_takes_the_place_of_what_names_say() -> None:
    mapping = map_columns(["phone", "mobile"], [("mobile", "phone")], FIELDS)
    assert mapping.value("phone", ["1", "2"]) == "2"
    mapping = map_columns(["phone", "fullName"], [("phone", "email")], FIELDS)
    assert mapping.value("email", ["1", "Budi"]) == "1"
    assert not mapping.has("phone")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (("nobody", "phone"), "no column “nobody”. The file has: given, surname"),
        (("given", "shoeSize"), "no field “shoeSize”. A column can feed: fullName, phone"),
    ],
)
def test_an_unknown_column_or_field_is_refused_with_the_possible_ones(
    told: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        map_columns(["given", "surname"], [told], FIELDS)


def test_a_field_that_is_needed_is_asked_for() -> None:
    mapping = map_columns(["given"], [], FIELDS)
    with pytest.raises(Refusal, match=r"--map COLUMN=fullName.*Columns without a field: given"):
        require_fields(mapping, [("fullName",)])
