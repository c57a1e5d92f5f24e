"""Rows on their way: what an importer makes of them, and what became of a batch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from services.errors import Refusal
from services.importing.failures import FailedRow
from services.importing.mappings import ColumnMap
from services.importing.tables import SourceRow
from services.transactions import Transaction

Row = TypeVar("Row")
Value = TypeVar("Value")


@dataclass(slots=True)
class Prepared(Generic[Row]):
    """A batch that has been read and checked without the database."""

    read: int
    rows: list[Row] = field(default_factory=list)
    failures: list[FailedRow] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What became of a batch in the database."""

    added: int = 0
    updated: int = 0
    skipped: int = 0
    failures: list[FailedRow] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count another part of the batch in."""
        self.added += other.added
        self.updated += other.updated
        self.skipped += other.skipped
        self.failures += other.failures


class Importer(Protocol[Row]):
    """What one kind of import does with rows."""

    @property
    def mapping(self) -> ColumnMap:
        """Which columns feed which fields."""

    def prepare(self, rows: Sequence[SourceRow]) -> Prepared[Row]:
        """Check rows without the database. Runs in a thread, for one batch after another."""

    def pass_over(self, rows: Sequence[SourceRow]) -> None:
        """Take note of rows that an earlier run has committed."""

    async def write(self, tx: Transaction, rows: Sequence[Row]) -> Outcome:
        """Write checked rows in the batch's transaction."""

    async def finish(self, tx: Transaction) -> None:
        """What is left to do when all rows are written."""


class RowReader:
    """One row, read field by field; it gathers all that is wrong."""

    def __init__(self, mapping: ColumnMap, row: SourceRow) -> None:
        self.mapping = mapping
        self.row = row
        self.columns: list[str] = []
        self.reasons: list[str] = []

    def take(
        self, field: str, reader: Callable[[str], Value], *, required: bool = False
    ) -> Value | None:
        """The field's value; None where it has none, or one that `reader` refuses."""
        text = self.mapping.value(field, self.row.cells)
        if text is None:
            if required:
                self.complain(field, f"{field} is empty.")
            return None
        try:
            return reader(text)
        except Refusal as refusal:
            self.complain(field, refusal.message)
            return None

    def complain(self, field: str, reason: str) -> None:
        """Note what is wrong with a field."""
        self.columns.append(self.mapping.label(field))
        self.reasons.append(reason)

    def failure(self) -> FailedRow | None:
        """The row as the file of failed rows has it; None where nothing is wrong."""
        if not self.reasons:
            return None
        columns = "; ".join(dict.fromkeys(self.columns))
        return FailedRow(self.row.line, columns, " ".join(self.reasons), self.row.cells)


def failed(row: SourceRow, column: str, reason: str) -> FailedRow:
    """A row that one thing is wrong with."""
    return FailedRow(row.line, column, reason, row.cells)
