"""Formats: how a page of values becomes bytes of a CSV, XLSX or JSONL file."""

import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import orjson

from models import ExportFormat
from services.exporting.columns import cell
from services.formulas import disguised, guarded

SUFFIXES = {ExportFormat.CSV: "csv", ExportFormat.XLSX: "xlsx", ExportFormat.JSONL: "jsonl"}
MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSONL: "application/jsonl",
}
SHEET_ROWS = 1_048_576
"""Rows that a sheet can have, the header included. More go on in a further sheet."""
LONGEST_CELL = 32_767
"""Characters that a workbook's cell can have."""


class Writer(Protocol):
    """A file that is being written."""

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write a page of rows, each with a value for each column."""

    def close(self) -> None:
        """Write what ends the file, and close it."""


def open_writer(format: ExportFormat, path: Path, columns: Sequence[str]) -> Writer:
    """A new file with these columns, in a format. Raises OSError where it cannot be made."""
    return WRITERS[format](path, columns)


class CsvWriter:
    """Commas, quotes where they are needed, UTF-8; no cell can run as a formula."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file = path.open("x", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(map(guarded, columns))

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write a page of rows."""
        self._writer.writerows([guarded(cell(value)) for value in row] for row in rows)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class JsonLinesWriter:
    """A JSON object a line, by the columns' names; numbers and lists as such, null where blank."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._file = path.open("xb")
        self._columns = columns

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write a page of rows."""
        columns = self._columns
        lines = (
            orjson.dumps(
                dict(zip(columns, row, strict=True)),
                option=orjson.OPT_APPEND_NEWLINE,
                default=str,
            )
            for row in rows
        )
        self._file.write(b"".join(lines))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class WorkbookWriter:
    """An XLSX whose cells are all text, which never runs; written from top to bottom."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._archive = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._header = _sheet_row(columns)
        self._sheets = 0
        self._rows = 0
        self._sheet: IO[bytes] | None = None
        self._begin_sheet()

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Write a page of rows, on further sheets where one is full."""
        lines: list[str] = []
        for row in rows:
            if self._rows == SHEET_ROWS:
                self._put(lines)
                lines = []
                self._end_sheet()
                self._begin_sheet()
            lines.append(_sheet_row([cell(value) for value in row]))
            self._rows += 1
        self._put(lines)

    def close(self) -> None:
        """Write what names the sheets, and close the file."""
        self._end_sheet()
        numbers = range(1, self._sheets + 1)
        for name, text in _parts(numbers).items():
            self._archive.writestr(name, text)
        self._archive.close()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = f"xl/worksheets/sheet{self._sheets}.xml"
        self._sheet = self._archive.open(name, "w", force_zip64=True)
        self._put([f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetData>', self._header])
        self._rows = 1

    def _end_sheet(self) -> None:
        self._put(["</sheetData></worksheet>"])
        assert self._sheet is not None
        self._sheet.close()

    def _put(self, texts: list[str]) -> None:
        assert self._sheet is not None
        self._sheet.write("".join(texts).encode("utf-8", "replace"))


DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
NEEDS_ESCAPING = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]")


def _sheet_row(texts: Sequence[str]) -> str:
    """A row of a sheet. A blank cell takes a place too: cells without an address follow on."""
    return f"<row>{''.join(map(_sheet_cell, texts))}</row>"


def _sheet_cell(text: str) -> str:
    if not text:
        return "<c/>"
    text = disguised(text)[:LONGEST_CELL]
    if NEEDS_ESCAPING.search(text):
        text = NOT_IN_XML.sub("", text).translate(ESCAPED)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _parts(sheets: Sequence[int]) -> dict[str, str]:
    """The parts of a workbook beside its sheets (ECMA-376, part 1)."""
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{TYPE}.worksheet+xml"/>'
        for n in sheets
    )
    listed = "".join(
        f'<sheet name="{"Customers" if n == 1 else f"Customers {n}"}" sheetId="{n}" r:id="rId{n}"/>'
        for n in sheets
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in sheets
    )
    return {
        "[Content_Types].xml": (
            f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
            f"{types}</Types>"
        ),
        "_rels/.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
            f"<sheets>{listed}</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>'
        ),
    }


WRITERS: dict[ExportFormat, type[CsvWriter] | type[JsonLinesWriter] | type[WorkbookWriter]] = {
    ExportFormat.CSV: CsvWriter,
    ExportFormat.XLSX: WorkbookWriter,
    ExportFormat.JSONL: JsonLinesWriter,
}
