"""Reading files: what is found in them by looking, and what is said of those that are no tables."""

from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from services.errors import Refusal
from services.importing.tables import open_table
from tests.services.importing.files import DATA


def cells(path: Path) -> list[list[str]]:
    return [row.cells for row in open_table(path).rows()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f'name{delimiter}city\n"Budi{delimiter} S."{delimiter}Solo\n')
    assert cells(path) == [[f"Budi{delimiter} S.", "Solo"]]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("name\nSiti Zahrā\n".encode(), "Siti Zahrā"),
        ("name\nSiti Zahrā\n".encode("utf-8-sig"), "Siti Zahrā"),
        ("name\nSiti Zahrā\n".encode("utf-16"), "Siti Zahrā"),
        ("name\nJosé “Pepe”\n".encode("cp1252"), "José “Pepe”"),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    assert open_table(path).columns == ("name",)
    assert cells(path) == [[name]]


def test_white_space_around_values_is_left_out() -> None:
    table = open_table(DATA / "febrl1.csv")
    assert table.columns[:3] == ("rec_id", "given_name", "surname")
    first = next(table.rows())
    assert (first.line, first.cells[:4]) == (2, ["rec-223-org", "", "waller", "6"])
    assert table.estimate == 1_000


def test_lines_are_counted_through_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b'name,note\r\nBudi,"two\r\nlines"\r\n\r\n,\r\nSiti,one\r\n')
    assert [(row.line, row.cells) for row in open_table(path).rows()] == [
        (2, ["Budi", "two\r\nlines"]),
        (6, ["Siti", "one"]),
    ]


def test_a_row_of_another_width_has_a_problem_and_the_next_one_none(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,city\nBudi\nSiti,Solo,,\nDewi,Solo,Jawa\nAgus,Kudus\n")
    rows = list(open_table(path).rows())
    assert [row.problem for row in rows] == [
        "The row has 1 cells, the header has 2.",
        None,
        "The row has 3 cells, the header has 2.",
        None,
    ]
    assert rows[1].cells == ["Siti", "Solo"]


def test_a_cell_that_never_ends_is_one_row_with_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,city\nBudi,Solo\n" + '"' + "x" * 2_000_000 + "\n")
    rows = list(open_table(path).rows())
    assert rows[0].problem is None
    assert rows[1].problem is not None


def test_a_workbook_reads_like_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["name", "zip", "amount", "since", "member"])
    sheet.write_row(1, 0, ["Budi", 40135, 29.33])
    sheet.write_datetime(1, 3, datetime.fromisoformat("2026-11-22"), day)
    sheet.write_boolean(1, 4, True)
    sheet.write_row(3, 0, ["Siti", 4011])
    book.close()
    table = open_table(path)
    assert (table.columns, table.estimate) == (("name", "zip", "amount", "since", "member"), 2)
    assert [(row.line, row.cells) for row in table.rows()] == [
        (2, ["Budi", "40135", "29.33", "2026-11-22", "true"]),
        (4, ["Siti", "4011", "", "", ""]),
    ]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is no text"),
        (b"name\n\x81\x8d\n", "neither UTF-8 nor Windows-1252"),
        (b"PK\x03\x04 nothing of a workbook", "no whole XLSX"),
        (b"name,name\nBudi,Siti\n", "two columns named"),
        (b",".join(b"c%d" % n for n in range(1_001)), "1001 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(
    tmp_path: Path, data: bytes, sentence: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    with pytest.raises(Refusal, match=sentence):
        open_table(path)


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"There is no file .*nobody\.csv"):
        open_table(tmp_path / "nobody.csv")
