"""Tables: a CSV or XLSX file as a header and rows of text, read once from top to bottom."""

import codecs
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.errors import invalid
from services.formulas import unguarded
from services.importing.lines import read_rows
from services.importing.workbooks import Converted, convert_workbook

DELIMITERS = (",", ";", "\t", "|")
NAMED_DELIMITER = re.compile(r'"?sep=([,;\t|])"?')
CHUNK = 1 << 20
SAMPLE = 64 << 10
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
ZIP_BEGINS = b"PK\x03\x04"
COMPOUND_BEGINS = b"\xd0\xcf\x11\xe0"
"""An XLS, and an XLSX with a password, which is wrapped in one (MS-CFB, 2.2)."""
MOST_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: the line in the file on which it begins (the first is 1), and its cells, stripped.

    `problem` says what is wrong with the row as a row; its cells are then of no use.
    """

    line: int
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A file that has been looked through: what it is, and how to read it.

    `sha256` tells its contents from any other's. `estimate` is the number of its rows: exact for a
    workbook, for text the number of lines below the header, so more where cells have line breaks.
    """

    path: Path
    name: str
    columns: tuple[str, ...]
    sha256: str
    estimate: int
    encoding: str
    delimiter: str
    converted: Converted | None = None
    """The sheet of a workbook."""

    def rows(self) -> Iterator[SourceRow]:
        """The rows below the header, blank ones left out, in the order of the file."""
        raw = (
            text_rows(self.path, self.encoding, self.delimiter)
            if self.converted is None
            else sheet_rows(self.converted)
        )
        width = len(self.columns)
        header = True
        for row in raw:
            if row.problem is None and not any(row.cells):
                continue
            if header:
                header = False
                continue
            yield fit(row, width)


def open_table(path: Path, name: str | None = None) -> Table:
    """Look through a file: its digest, encoding, delimiter and header.

    `name` is what it is called, where that is not its path's. Raises a Refusal (INVALID) with a
    sentence where it is no table that can be read.
    """
    try:
        with path.open("rb") as file:
            begins = file.read(4)
        if begins == ZIP_BEGINS:
            return open_workbook(path, name or path.name)
        if begins == COMPOUND_BEGINS:
            raise invalid(
                f"{name or path.name} is of an old Excel (XLS), or has a password. Save it as XLSX "
                "without one, or as CSV.",
                "file",
            )
        return open_text(path, name or path.name)
    except FileNotFoundError:
        raise invalid(f"There is no file {path}.", "file") from None
    except OSError as error:
        raise invalid(f"{path} cannot be read: {error.strerror}.", "file") from None


def open_text(path: Path, name: str) -> Table:
    """Look through a text table; see `open_table`."""
    scan = scan_text(path, name)
    if scan.size == 0:
        raise invalid(f"{name} is empty: its first line must name the columns.", "file")
    with path.open(encoding=scan.encoding, newline="") as file:
        sample = file.read(SAMPLE)
    if "\x00" in sample:
        raise invalid(f"{name} is no text. Save the table as CSV or XLSX.", "file")
    delimiter = find_delimiter(sample)
    columns = check_header(name, header_of(name, text_rows(path, scan.encoding, delimiter)))
    return Table(path, name, columns, scan.sha256, max(scan.lines - 1, 0), scan.encoding, delimiter)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one look at all bytes of a text file tells."""

    sha256: str
    lines: int
    encoding: str
    size: int


def scan_text(path: Path, name: str) -> Scan:
    """Digest a text file, count its lines and find its encoding, in constant memory.

    UTF-8 (with or without a byte order mark), UTF-16 with one, and else Windows-1252. Raises a
    Refusal (INVALID) where it is none of them, and where there are NUL bytes in it.
    """
    digest = hashlib.sha256()
    lines, size, last = 0, 0, b""
    encoding = ""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if not size:
                encoding = next(
                    (name for mark, name in BYTE_ORDER_MARKS.items() if chunk.startswith(mark)), ""
                )
            digest.update(chunk)
            size += len(chunk)
            lines += chunk.count(b"\n") or chunk.count(b"\r")
            last = chunk[-1:]
            if encoding != "utf-16":
                if b"\x00" in chunk:
                    raise invalid(f"{name} is no text. Save the table as CSV or XLSX.", "file")
                for known in list(decoders):
                    try:
                        decoders[known].decode(chunk)
                    except UnicodeDecodeError:
                        del decoders[known]
    if "utf-8" in decoders:
        with suppress(UnicodeDecodeError):
            decoders["utf-8"].decode(b"", final=True)
            encoding = encoding or "utf-8"
    if not encoding or (encoding == "utf-8-sig" and "utf-8" not in decoders):
        if "cp1252" not in decoders:
            raise invalid(
                f"{name} is neither UTF-8 nor Windows-1252 text. Save it as CSV in UTF-8.",
                "file",
            )
        encoding = "cp1252"
    return Scan(digest.hexdigest(), lines + (last not in (b"", b"\n", b"\r")), encoding, size)


def find_delimiter(sample: str) -> str:
    """The delimiter that the first line names, as Excel has it (`sep=;`), or else the one that
    stands oftenest in it, outside quotes."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    told = NAMED_DELIMITER.fullmatch(first.strip("\ufeff "))
    if told is not None:
        return told[1]
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def text_rows(path: Path, encoding: str, delimiter: str) -> Iterator[SourceRow]:
    """All rows of a text table, the header too."""
    with path.open(encoding=encoding, newline="") as file:
        for line, cells, problem in read_rows(file, delimiter):
            if line == 1 and NAMED_DELIMITER.fullmatch(delimiter.join(cells)):
                continue
            yield SourceRow(line, cleaned(cells), problem)


def cleaned(cells: list[str]) -> list[str]:
    """Cells without white space around them, and without what keeps them from being formulas."""
    texts = [cell.strip() for cell in cells]
    return [unguarded(text) if text[:1] == "'" else text for text in texts]


def open_workbook(path: Path, name: str) -> Table:
    """Look through a workbook's first sheet; see `open_table`."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    converted = convert_workbook(path, name)
    rows = sheet_rows(converted)
    columns = check_header(name, header_of(name, rows))
    below = sum(1 for row in rows if any(row.cells))
    return Table(path, name, columns, digest.hexdigest(), below, "utf-8", "\t", converted)


def sheet_rows(converted: Converted) -> Iterator[SourceRow]:
    """All rows of a converted sheet that are not blank, the header too."""
    with converted.path.open(encoding="utf-8", newline="") as file:
        for line, cells, problem in read_rows(file, "\t"):
            number = int(cells[0]) if problem is None else line
            yield SourceRow(number, cleaned(cells[1:]), problem)


def header_of(name: str, rows: Iterator[SourceRow]) -> list[str]:
    """The first row that is not blank. Raises a Refusal (INVALID) where it cannot be read."""
    first = next((row for row in rows if row.problem is not None or any(row.cells)), None)
    if first is not None and first.problem is not None:
        raise invalid(f"{name} has no header that can be read: {first.problem}", "file")
    return first.cells if first is not None else []


def check_header(name: str, header: list[str]) -> tuple[str, ...]:
    """The columns' names. Raises a Refusal (INVALID) where they do not tell columns apart."""
    while header and not header[-1]:
        header = header[:-1]
    if not header:
        raise invalid(f"{name} is empty: its first line must name the columns.", "file")
    if len(header) > MOST_COLUMNS:
        raise invalid(f"{name} has {len(header)} columns: at most {MOST_COLUMNS} are read.", "file")
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice is not None:
        raise invalid(f"{name} has two columns named “{twice[:60]}”. Rename one.", "file")
    return tuple(header)


def fit(row: SourceRow, width: int) -> SourceRow:
    """The row with as many cells as the header has; blank cells too many are left out."""
    if row.problem is not None or len(row.cells) == width:
        return row
    cells = row.cells
    while len(cells) > width and not cells[-1]:
        cells = cells[:-1]
    if len(cells) == width:
        return SourceRow(row.line, cells)
    return SourceRow(
        row.line, row.cells, f"The row has {len(cells)} cells, the header has {width}."
    )
