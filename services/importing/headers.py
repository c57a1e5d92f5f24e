"""Headers: which field a column feeds, guessed from its name in English and Indonesian."""

import re
from collections.abc import Iterable, Mapping, Sequence

from models import Customer, PropertyDefinition
from services.ids import PREFIXES
from services.importing.tables import SourceRow

SPELLINGS: Mapping[str, str] = {
    "fullName": "name, customer, customer name, contact, contact name, display name, nama, nama "
    "lengkap, nama pelanggan, nama kontak, nama customer, pelanggan, kontak",
    "phone": "phone number, phone no, mobile, mobile number, mobile phone, mobile no, cell, "
    "cellphone, cell phone, telephone, telephone number, tel, contact number, handphone, no "
    "handphone, nomor handphone, hp, no hp, nomor hp, telepon, no telepon, nomor telepon, telp, no "
    "telp, nomor telp, ponsel, no ponsel, nomor ponsel, wa, no wa, nomor wa, whatsapp, whatsapp "
    "number, no whatsapp, nomor whatsapp, nomor kontak, no kontak",
    "email": "e mail, email address, mail, alamat email, alamat e mail, surel, alamat surel",
    "username": "user name, user, handle, nama pengguna, pengguna, akun, nama akun",
    "channel": "source, platform, sumber, asal, kanal, saluran",
    "status": "customer status, lead status, stage, status pelanggan, tahap",
    "jobTitle": "job, title, position, occupation, profession, jabatan, pekerjaan, posisi, profesi",
    "province": "state, provinsi, propinsi, prov",
    "regencyCity": "city, town, regency, city regency, kota, kabupaten, kab, kota kabupaten, "
    "kabupaten kota, kab kota",
    "district": "suburb, kecamatan, kec",
    "subdistrict": "sub district, village, kelurahan, desa, kel, kelurahan desa, desa kelurahan",
    "zipCode": "zip, postal code, postcode, post code, postal, kode pos",
    "externalId": "customer id, customer code, customer number, client id, member id, crm id, "
    "record id, rec id, reference, id pelanggan, kode pelanggan, nomor pelanggan, no pelanggan, id "
    "eksternal, id customer, nomor anggota, id anggota",
    "ownerId": "owner, owner email, account owner, contact owner, pemilik, pemilik kontak",
    "assigneeId": "assignee, assignee email, assigned to, agent, agen, penanggung jawab, pic",
    "groupIds": "group, groups, group names, grup, kelompok",
    "tagIds": "tag, tags, tag names, label, labels, tanda",
}
"""Spellings of fields that are not their names."""
PARTS_OF_NAMES = (
    "first name, given name, forename, nama depan",
    "middle name, nama tengah",
    "last name, surname, family name, nama belakang, nama keluarga",
)
"""Columns that make up the full name together, in this order, where none is of it whole."""
OTHER_SIGNS = re.compile(r"[\s_\-./\\()\[\]:*#&+]+")
OWN_ID = re.compile(rf"{PREFIXES[Customer]}_[0-9a-f]{{32}}")


def folded(name: str) -> str:
    """A header without case, white space and signs."""
    return OTHER_SIGNS.sub("", name.casefold())


def _spellings(text: str) -> list[str]:
    return [folded(one) for one in text.split(",")]


BY_SPELLING = {
    spelling: field for field, text in SPELLINGS.items() for spelling in _spellings(text)
}


def guess_mapping(
    columns: Sequence[str],
    fields: Sequence[str],
    definitions: Iterable[PropertyDefinition],
    first: SourceRow | None = None,
) -> list[tuple[str, str]]:
    """Pairs of column and field, as the headers say: names of fields, spellings, and labels.

    Each column feeds one field at most; of several for one field the first does, names before
    spellings. A column `id` is that of an export of ours where its `first` value says so, and else
    the other system's.
    """
    known = {folded(field): field for field in fields}
    labels = {folded(one.label): one.key for one in definitions if one.key in fields}
    found: dict[str, str] = {}
    for names in (known, labels, BY_SPELLING):
        for column in columns:
            field = names.get(folded(column))
            if field is None or field not in fields or column in found:
                continue
            if field not in found.values():
                found[column] = field
    _tell_ids_apart(columns, found, fields, first)
    pairs = list(found.items())
    if "fullName" not in found.values():
        pairs += _whole_name(columns, found)
    return pairs


def _tell_ids_apart(
    columns: Sequence[str], found: dict[str, str], fields: Sequence[str], first: SourceRow | None
) -> None:
    """A column `id` whose values are none of ours is the other system's id."""
    column = next((one for one, field in found.items() if field == "id"), None)
    if column is None:
        return
    cells = first.cells if first is not None else []
    place = columns.index(column)
    value = cells[place] if place < len(cells) else ""
    if value and not OWN_ID.fullmatch(value):
        del found[column]
        if "externalId" in fields and "externalId" not in found.values():
            found[column] = "externalId"


def _whole_name(columns: Sequence[str], found: Mapping[str, str]) -> list[tuple[str, str]]:
    pairs = []
    for part in PARTS_OF_NAMES:
        spellings = _spellings(part)
        column = next(
            (one for one in columns if folded(one) in spellings and one not in found), None
        )
        if column is not None:
            pairs.append((column, "fullName"))
    return pairs
