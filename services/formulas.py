"""Cells that a spreadsheet would run: how they are written so that it does not, and read back.

A spreadsheet takes a cell for a formula that begins with `=`, `+`, `-` or `@`, also behind a tab or
a line break (OWASP, "CSV Injection"). Such a cell gets an apostrophe in front, and so does one that
already begins with apostrophes before such a sign: taking one away always gives the value back.
"""

import re

SIGNS = "=+-@\t\r\n"
TEMPTING = re.compile(rf"'*[{re.escape(SIGNS)}]")
GUARDED = re.compile(rf"'+[{re.escape(SIGNS)}]")


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet runs."""
    if text[:1] in _FIRST and TEMPTING.match(text):
        return f"'{text}"
    return text


def disguised(text: str) -> str:
    """The text as a cell of a workbook, which never runs text: only what `unguarded` would change
    gets an apostrophe."""
    return f"'{text}" if text[:1] == "'" and GUARDED.match(text) else text


def unguarded(cell: str) -> str:
    """The value behind a cell that `guarded` or `disguised` has written."""
    return cell[1:] if cell[:1] == "'" and GUARDED.match(cell) else cell


_FIRST = frozenset(SIGNS + "'")
