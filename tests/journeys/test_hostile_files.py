"""Files that are not what they say, sent in through HTTP and taken up by a worker's process: each
ends in a sentence that says what is wrong, the worker goes on, and its memory stays bounded."""

import asyncio
import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

from models import Workspace
from settings import Settings, child_environment
from tests.addresses import addresses_of
from tests.journeys.conftest import Client, Connect
from tests.journeys.test_operator import IMPORT, PROGRESS, row_of

MOST_MEGABYTES = 200.0
MOST_OF_A_WORKBOOK = 1_100.0
"""What the process that unpacks workbooks may take (docs/importing.md)."""
MEGABYTE = 1 << 20
Replacement = tuple[bytes, bytes]


def book(fill: Callable[[Any], None]) -> bytes:
    """A workbook."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as made:
        fill(made)
    return data.getvalue()


def changed(part: str, *replacements: Replacement) -> bytes:
    """A workbook of Budi, by name, with something else in one of its parts."""
    whole = book(lambda made: made.add_worksheet().write_column(0, 0, ["fullName", "Budi"]))
    data = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as read,
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in read.namelist():
            text = read.read(name)
            for old, new in replacements if part in name else ():
                text = text.replace(old, new, 1)
            made.writestr(name, text)
    return data.getvalue()


def bomb() -> bytes:
    """A workbook that unpacks to 600 MB."""
    data = io.BytesIO()
    with (
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(600):
            sheet.write(b"0" * MEGABYTE)
    return data.getvalue()


def laughs() -> bytes:
    """A workbook whose one word stands for a thousand million (billion laughs)."""
    steps = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)
    ).encode()
    return changed(
        "sharedStrings", (b"<sst", b"<!DOCTYPE x [" + steps + b"]><sst"), (b"Budi", b"&l9;")
    )


def outside() -> bytes:
    """A workbook whose one word is to be a file of the machine."""
    entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><sst'
    return changed("sharedStrings", (b"<sst", entity), (b"Budi", b"&e;"))


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "bom.xlsx": (bomb, "more than an XLSX may"),
    "laughs.xlsx": (laughs, "cannot be read as XLSX"),
    "outside.xlsx": (outside, "cannot be read as XLSX"),
    "far.xlsx": (
        lambda: changed(
            "sheet1",
            (b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        ),
        "more than an XLSX may",
    ),
    "wide.xlsx": (
        lambda: book(
            lambda made: made.add_worksheet().write_row(0, 0, [f"c{n}" for n in range(10_000)])
        ),
        "10000 columns",
    ),
    "old.xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_096), "old Excel"),
    "empty.xlsx": (lambda: book(lambda made: made.add_worksheet()), "is empty"),
    "letter.xlsx": (lambda: b"PK\x03\x04\xff\xd8\xff\xe0", "damaged"),
    "nul.csv": (lambda: b"fullName\nBu\x00di\n", "is no text"),
    "wide.csv": (lambda: b",".join(b"c%d" % n for n in range(10_000)) + b"\n", "10000 columns"),
    "twice.csv": (lambda: b"fullName,phone,fullName\nBudi,,Siti\n", "two columns"),
    "blank.csv": (lambda: b"\n \n", "is empty"),
    "picture.csv": (lambda: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 99, "is no text"),
    "photo.csv": (lambda: b"\xff\xd8\xff\xe0" + bytes(range(1, 256)) * 99, "neither UTF-8 nor"),
    "quote.csv": (lambda: b'"fullName\nBudi\n', "no header"),
    "nobody.csv": (lambda: b"phone\n081200000001\n", "fullName"),
}
"""Files of which nothing can be imported, and what is said of each."""


def sheets(made: Any) -> None:
    """A hidden sheet, a blank one, and one with numbers, formulas and merged cells."""
    hidden, blank, sheet = (made.add_worksheet(name) for name in ("Rahasia", "Sampul", "Data"))
    hidden.write_row(0, 0, ["fullName", "Nobody"])
    blank.activate()
    hidden.hide()
    sheet.write_row(0, 0, ["fullName", "phone", "zipCode", "jobTitle", "district"])
    sheet.write_row(1, 0, ["Agus", 81234567890, 40135.0])
    sheet.write_formula(1, 3, '="Gu"&"ru"', None, "Guru")
    sheet.merge_range(1, 4, 1, 5, "Coblong")
    sheet.write_row(2, 0, ["Wati", 6281234567891, "06111"])


GOOD: dict[str, tuple[Callable[[], bytes], list[tuple[str, str]], int]] = {
    "row.csv": (
        lambda: b"fullName,phone\nBudi,\n" + b"x" * (50 * MEGABYTE) + b"\nSiti,\n",
        [("Budi", ""), ("Siti", "")],
        1,
    ),
    "end.csv": (lambda: b'fullName,phone\nBudi,\n"Siti,0812\n', [("Budi", "")], 1),
    "macs.csv": (lambda: b"fullName,phone\rJoko,081234567801\r", [("Joko", "+6281234567801")], 0),
    "named.csv": (
        lambda: "sep=;\nfullName;phone\nJosé;081234567802\n".encode("cp1252"),
        [("José", "+6281234567802")],
        0,
    ),
    "utf16.csv": (
        lambda: "fullName\tphone\nZahrā\t0812-3456-7803\n".encode("utf-16"),
        [("Zahrā", "+6281234567803")],
        0,
    ),
    "header.csv": (lambda: b"fullName|phone\n", [], 0),
    "sheets.xlsx": (
        lambda: book(sheets),
        [("Agus", "+6281234567890"), ("Wati", "+6281234567891")],
        0,
    ),
}
"""Files that are odd, and can be read: who is in them, and how many rows are refused."""

WHO = "query { customers(first: 100) { nodes { fullName phone zipCode jobTitle } } }"


class Desk:
    """Somebody who sends files in, with one worker's process behind them."""

    def __init__(self, client: Client, settings: Settings, folder: Path) -> None:
        self.client = client
        self._settings = settings
        self._folder = folder

    async def ask(self, name: str, data: bytes) -> str:
        """Send a file in and have it imported; the import's id."""
        sent = await self.client.http.post("/uploads", params={"name": name}, content=data)
        assert sent.status_code == 201, sent.text
        asked = await self.client.ask(IMPORT, input={"uploadId": sent.json()["id"]})
        assert asked["importCustomers"]["errors"] == [], asked
        id: str = asked["importCustomers"]["import"]["id"]
        return id

    async def work(self, ids: list[str]) -> dict[str, float]:
        """Have one process do these imports; the megabytes that it took at most."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.services.importing.working"),
            *(str(self.client.workspace.id), ",".join(str(row_of(id)) for id in ids)),
            *(str(self._folder), "0", "2000"),
            env=child_environment(addresses_of(self._settings)),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        taken = json.loads(said.splitlines()[-1])
        assert isinstance(taken, dict)
        return taken

    async def stands(self, id: str) -> dict[str, Any]:
        """How an import stands."""
        found = (await self.client.ask(PROGRESS, id=id))["import"]
        assert isinstance(found, dict)
        return found


async def test_what_is_no_table_ends_in_a_sentence_and_the_worker_goes_on(
    connect: Connect, workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    desk = Desk(await connect(workspace, files=folder), settings, folder)
    ids = {name: await desk.ask(name, make()) for name, (make, _) in BAD.items()}
    last = await desk.ask("orang.csv", b"fullName\nBudi\n")
    taken = await desk.work([*ids.values(), last])
    for name, (_, sentence) in BAD.items():
        found = await desk.stands(ids[name])
        assert found["status"] == "FAILED", name
        assert sentence in found["failure"], (name, found["failure"])
        assert (found["added"], found["done"]) == (0, 0)
    assert (await desk.stands(last))["added"] == 1
    assert taken["own"] < MOST_MEGABYTES, taken
    assert taken["child"] < MOST_OF_A_WORKBOOK, taken


async def test_what_is_odd_is_read_as_it_is_meant(
    connect: Connect, workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    desk = Desk(await connect(workspace, files=folder), settings, folder)
    ids = {name: await desk.ask(name, make()) for name, (make, _, _) in GOOD.items()}
    taken = await desk.work([*ids.values()])
    for name, (_, people, failed) in GOOD.items():
        found = await desk.stands(ids[name])
        assert found["status"] == "FINISHED", (name, found)
        assert (found["added"], found["failed"]) == (len(people), failed), (name, found)
    nodes = (await desk.client.ask(WHO))["customers"]["nodes"]
    expected = sorted(one for _, people, _ in GOOD.values() for one in people)
    assert sorted((one["fullName"], one["phone"] or "") for one in nodes) == expected
    told = {one["fullName"]: (one["zipCode"], one["jobTitle"]) for one in nodes}
    assert (told["Agus"], told["Wati"]) == (("40135", "Guru"), ("06111", None))
    assert taken["own"] < MOST_MEGABYTES, taken
