"""Failures: the rows that could not be imported, each with its reason, in a file beside the input.

The file grows inside the transaction of each batch, under the lock of the import's row, and its
length is committed with the batch. After a kill it is cut back to that length, so that it holds
exactly the failures of the rows that count as done.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.files import told_of_room
from services.formulas import guarded

OWN_COLUMNS = ("line", "column", "reason")


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A row that was left out: its line, the column that is wrong, the reason, its cells."""

    line: int
    column: str
    reason: str
    cells: list[str]


class FailuresFile:
    """The file of the failed rows. It is made with the first of them."""

    def __init__(self, path: Path, columns: Sequence[str], size: int = 0) -> None:
        self.path = path
        self.columns = columns
        self.size = size
        """Bytes that are there for good."""

    def append(self, failures: Iterable[FailedRow]) -> int:
        """Write failures behind those that are there for good; return the new length in bytes.

        The length becomes the file's own only with `keep`: what a transaction that is rolled back
        has written is written over by the next. Cells are guarded against being run as formulas.
        Raises files.NoRoom where the disk is full.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        for failure in failures:
            cells = map(guarded, (failure.column, failure.reason, *failure.cells))
            writer.writerow([failure.line, *cells])
        written = text.getvalue()
        if not written:
            return self.size
        if self.size == 0:
            header = io.StringIO(newline="")
            csv.writer(header).writerow([*OWN_COLUMNS, *map(guarded, self.columns)])
            written = header.getvalue() + written
        data = written.encode(errors="replace")
        try:
            self._write(data)
        except OSError as error:
            told_of_room(error)
        return self.size + len(data)

    def _write(self, data: bytes) -> None:
        with self.path.open("r+b" if self.path.exists() else "wb") as file:
            file.truncate(self.size)
            file.seek(self.size)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def keep(self, size: int) -> None:
        """Let `size` bytes stand: their transaction is committed."""
        self.size = size

    def restore(self) -> bool:
        """Cut the file back to what counts; False where less than that is left of it."""
        if self.size == 0:
            self.path.unlink(missing_ok=True)
            return True
        if not self.path.exists() or self.path.stat().st_size < self.size:
            self.size = 0
            self.path.unlink(missing_ok=True)
            return False
        os.truncate(self.path, self.size)
        return True


def failures_path(source: Path) -> Path:
    """Where the failed rows of `source` go: beside it, or into the current folder."""
    name = f"{source.stem}.errors.csv"
    folder = source.parent if os.access(source.parent, os.W_OK) else Path.cwd()
    return folder / name
