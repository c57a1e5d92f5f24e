"""Lines: rows of a text table, each in bounded memory, whatever the file holds.

A quote that is never closed makes all that follows one row. Such a row fails by its first line
alone, and reading goes on with the second.
"""

import csv
from collections import deque
from collections.abc import Iterator
from typing import TextIO

LARGEST_CELL = 1 << 20
LARGEST_ROW = 4 << 20
"""Characters. A row that is longer is no row of a table of people."""
MOST_RECOVERIES = 100
"""How often lines that a broken quote has swallowed are read again: beyond that the file is no
table at all, and its rows fail block by block."""


class RowTooLong(Exception):
    """A row is longer than any may be."""


class Lines:
    """The lines of a file for a `csv.reader`; those of the row that is being read are kept."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._recoveries = 0
        self.number = 0
        """Lines handed out so far."""
        self.row: list[str] = []
        self._length = 0

    def begin(self) -> None:
        """A new row begins with the next line."""
        self.row.clear()
        self._length = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        """The next line. Raises RowTooLong where the row is, with that line behind it."""
        line = self._again.popleft() if self._again else self._file.readline(LARGEST_ROW)
        if not line:
            raise StopIteration
        self.number += 1
        self._length += len(line)
        if self._length >= LARGEST_ROW:
            self._skip_rest(line)
            raise RowTooLong
        self.row.append(line)
        return line

    def recover(self) -> None:
        """Have all lines of the row but the first be read again, as rows of their own."""
        if len(self.row) > 1 and self._recoveries < MOST_RECOVERIES:
            self._recoveries += 1
            swallowed = self.row[1:]
            self._again.extendleft(reversed(swallowed))
            self.number -= len(swallowed)

    def _skip_rest(self, line: str) -> None:
        while line and line[-1] not in "\r\n":
            line = self._file.readline(LARGEST_ROW)


def read_rows(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Each row's first line, its cells as they stand, and what is wrong with it as a row."""
    csv.field_size_limit(LARGEST_CELL)
    lines = Lines(file)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        lines.begin()
        first = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except RowTooLong:
            problem = f"The row is longer than {LARGEST_ROW >> 20} million characters."
            reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
            yield first, [], problem
        except csv.Error as error:
            lines.recover()
            yield first, [], f"The row cannot be read: {_reason(error)}."
        else:
            yield first, cells, None


def _reason(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text or "field larger" in text:
        return "a quote is not closed, or a cell is longer than a million characters"
    if "expected after" in text:
        return "something stands between the closing quote of a cell and the next delimiter"
    return text
