"""What a header says by itself, in English and Indonesian."""

import pytest

from models import PropertyDefinition
from services.importing.customer_rows import property_fields
from services.importing.headers import BY_SPELLING, folded, guess_mapping
from services.importing.tables import SourceRow

FIELDS = property_fields([], matching=True)


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (["Name", "Mobile Number", "E-mail"], ["fullName", "phone", "email"]),
        (["NAMA LENGKAP", "no_hp", "Alamat Email"], ["fullName", "phone", "email"]),
        (["Nama", "Nomor WhatsApp", "Kode Pos"], ["fullName", "phone", "zipCode"]),
        (["Provinsi", "Kab./Kota", "Kecamatan"], ["province", "regencyCity", "district"]),
        (["Kelurahan/Desa", "Jabatan", "Sumber"], ["subdistrict", "jobTitle", "channel"]),
        (["ID Pelanggan", "Grup", "Label"], ["externalId", "groupIds", "tagIds"]),
        (["Pemilik", "Assigned To", "Status Pelanggan"], ["ownerId", "assigneeId", "status"]),
        (["full_name", "zip-code", "External ID"], ["fullName", "zipCode", "externalId"]),
    ],
)
def test_a_header_names_its_field(columns: list[str], fields: list[str]) -> None:
    assert dict(guess_mapping(columns, FIELDS, [])) == dict(zip(columns, fields, strict=True))


def test_of_several_columns_for_one_field_the_first_feeds_it() -> None:
    columns = ["Phone", "Mobile", "No HP"]
    assert guess_mapping(columns, FIELDS, []) == [("Phone", "phone")]


def test_a_fields_own_name_goes_before_a_spelling_of_it() -> None:
    columns = ["Mobile", "phone"]
    assert guess_mapping(columns, FIELDS, []) == [("phone", "phone")]


def test_parts_of_a_name_make_it_up_in_their_order() -> None:
    columns = ["Surname", "Given name", "Middle name"]
    assert guess_mapping(columns, FIELDS, []) == [
        ("Given name", "fullName"),
        ("Middle name", "fullName"),
        ("Surname", "fullName"),
    ]
    assert guess_mapping([*columns, "Name"], FIELDS, []) == [("Name", "fullName")]


def test_a_property_is_known_by_its_label() -> None:
    size = PropertyDefinition(key="shoeSize", label="Ukuran Sepatu")
    fields = property_fields([size], matching=True)
    assert guess_mapping(["ukuran sepatu"], fields, [size]) == [("ukuran sepatu", "shoeSize")]


@pytest.mark.parametrize(
    ("value", "field"), [("cus_" + "0" * 32, "id"), ("4711", "externalId"), ("", "id")]
)
def test_an_id_is_ours_where_it_looks_like_one(value: str, field: str) -> None:
    first = SourceRow(2, [value])
    assert guess_mapping(["ID"], FIELDS, [], first) == [("ID", field)]


def test_no_spelling_is_of_two_fields() -> None:
    own = {folded(field): field for field in FIELDS}
    assert {spelling: own[spelling] for spelling in BY_SPELLING if spelling in own} == {
        spelling: field for spelling, field in BY_SPELLING.items() if spelling in own
    }
