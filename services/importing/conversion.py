"""The child process of `services.importing.workbooks`: reads a sheet and writes it as text.

`python -m services.importing.conversion FILE` writes to its standard output. It imports little, so
that it starts quickly and its limits hold for the sheet.
"""

import csv
import io
import resource
import sys
from datetime import date, datetime, time
from typing import TextIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 300
REFUSED = 3


def cell_text(cell: object) -> str:
    """A workbook's cell as it would stand in a CSV: whole numbers without a point, ISO dates."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def first_sheet(book: CalamineWorkbook) -> CalamineSheet | None:
    """The first sheet that somebody who opens the workbook sees cells on."""
    for place, sheet in enumerate(book.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            found = book.get_sheet_by_index(place)
            if found.start is not None:
                return found
    return None


def write_sheet(path: str, out: TextIO) -> None:
    """Write the rows that are not blank of the first sheet that has any, each behind its number."""
    sheet = first_sheet(CalamineWorkbook.from_path(path))
    if sheet is None:
        return
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [cell_text(cell) for cell in cells]
        if any(texts):
            writer.writerow([number, *texts])


def limit(kind: int, most: int) -> None:
    """Bound what this process may take, where the system knows how."""
    try:
        resource.setrlimit(kind, (most, most))
    except (OSError, ValueError):
        return


def main() -> None:
    """Convert the file that the first argument names; a sentence to standard error if it cannot."""
    limit(resource.RLIMIT_AS, MEMORY_BYTES)
    limit(resource.RLIMIT_CPU, CPU_SECONDS)
    out = io.TextIOWrapper(sys.stdout.buffer, "utf-8", errors="replace", newline="")
    try:
        write_sheet(sys.argv[1], out)
        out.flush()
    except PasswordError:
        sys.stderr.write("has a password. Save it without one.\n")
        sys.exit(REFUSED)
    except (CalamineError, IndexError) as error:
        sys.stderr.write(
            f"cannot be read as XLSX: {str(error)[:200].rstrip('.')}. Save it anew, or as CSV.\n"
        )
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
