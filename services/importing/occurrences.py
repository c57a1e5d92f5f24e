"""Occurrences: which row of its order each row of a file is, in constant memory.

Rows of one order need not stand together, so something must remember every order of the file. That
is a private SQLite file, which its library keeps in memory while it is small and on disk where it
is not.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from typing import NamedTuple

COUNT = """
    INSERT INTO orders (external_id, rows, head, line) VALUES (?, 1, ?, ?)
    ON CONFLICT (external_id) DO UPDATE SET rows = rows + 1,
        line = CASE WHEN head IS NULL THEN excluded.line ELSE line END,
        head = coalesce(head, excluded.head)
    RETURNING rows, head, line"""


class Occurrence(NamedTuple):
    """A row as one of its order's rows."""

    position: int
    """How many rows of the order stand above it."""
    head: bytes | None
    """The digest of what the order's first sound row says of the order."""
    line: int
    """The line of that row."""


class Occurrences:
    """The orders that a file has had so far, each with the number of its rows."""

    def __init__(self) -> None:
        # Rows are counted in a thread while orders of the batch before are written, and refused.
        self._lock = threading.Lock()
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA cache_size = -16384")
        self._database.execute(
            "CREATE TABLE orders (external_id TEXT PRIMARY KEY, rows INTEGER, head BLOB,"
            " line INTEGER, refused INTEGER DEFAULT 0) WITHOUT ROWID"
        )
        self._database.execute("BEGIN")

    def count(self, external_id: str, head: bytes | None, line: int) -> Occurrence:
        """One more row of an order; `head` is None where the row is not sound."""
        with self._lock:
            cursor = self._database.execute(COUNT, (external_id, head, line))
            rows, first, first_line = cursor.fetchall()[0]
        return Occurrence(rows - 1, first, first_line)

    def refuse(self, external_ids: Iterable[str]) -> None:
        """Note orders that could not be written: `counts` leaves them out."""
        with self._lock:
            self._database.executemany(
                "UPDATE orders SET refused = 1 WHERE external_id = ?",
                [(external_id,) for external_id in external_ids],
            )

    def counts(self, size: int) -> Iterator[list[tuple[str, int]]]:
        """The orders that were written, with the number of their rows, so many at a time."""
        cursor = self._database.execute("SELECT external_id, rows FROM orders WHERE NOT refused")
        while some := cursor.fetchmany(size):
            yield some
