"""Records of connected systems: written by their external id, as often as they are sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from models.base import WorkspaceModel
from services.errors import invalid
from services.given import UNSET, Given
from services.instants import past_instant
from services.rows import insert_row, update_row
from services.texts import clean_line
from services.transactions import RetryTransaction, Transaction

Row = TypeVar("Row", bound=WorkspaceModel)
LONGEST_EXTERNAL_ID = 255


@dataclass
class Upsert(Generic[Row]):
    """A record that is being written: the row, and whether it is there already."""

    row: Row
    known: bool
    _before: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._before = {name: getattr(self.row, name) for name in self.row._meta.fields_map}

    def put(self, name: str, value: Given[Any]) -> None:
        """Set a field that was given."""
        if value is not UNSET:
            setattr(self.row, name, value)

    def choose(self, name: str, value: Given[Any | None]) -> None:
        """Set a field that cannot be nothing: None leaves it as it is, like left out."""
        if value is not UNSET and value is not None:
            setattr(self.row, name, value)

    @property
    def changed(self) -> list[str]:
        """The fields whose values are other ones than at first."""
        return [name for name, old in self._before.items() if getattr(self.row, name) != old]


def clean_external_id(value: str) -> str:
    """A record's id in the connected system; a Refusal (INVALID) where it is none."""
    return clean_line(value, "externalId", most=LONGEST_EXTERNAL_ID)


async def find_record(tx: Transaction, model: type[Row], external_id: str) -> Row | None:
    """The record of this external id, held for changing; None where there is none."""
    rows = await tx.fetch(
        f"SELECT * FROM {model._meta.db_table} WHERE workspace_id = $1 AND external_id = $2"
        " FOR NO KEY UPDATE",
        tx.workspace_id,
        external_id,
    )
    return model._init_from_db(**rows[0]) if rows else None


async def write_record(tx: Transaction, upsert: Upsert[Any]) -> None:
    """Insert the record, or write what has changed; `updated_at` moves only with a change.

    Raises RetryTransaction where another transaction has just inserted the same external id: the
    next try finds it.
    """
    if not upsert.known:
        if not await insert_row(tx, upsert.row):
            raise RetryTransaction
        return
    changed = upsert.changed
    if changed:
        upsert.row.updated_at = tx.now
        await update_row(tx, upsert.row, [*changed, "updated_at"])


def begun_at(
    tx: Transaction,
    upsert: Upsert[Any],
    given: Given[datetime | None],
    ends: Iterable[Given[datetime | None]],
) -> None:
    """Set when a record was made: as given, else for a new one now, or when it ended before now."""
    if isinstance(given, datetime):
        upsert.row.created_at = past_instant(given, tx.now, "createdAt")
    elif not upsert.known:
        ended = [one for one in ends if isinstance(one, datetime)]
        upsert.row.created_at = min([tx.now, *ended])


def refuse_early(row: Any, column: str, api_name: str) -> None:
    """Raise a Refusal (INVALID) where a record ended before it was made."""
    ended: datetime | None = getattr(row, column)
    if ended is not None and ended < row.created_at:
        raise invalid(f"{api_name} is before createdAt.", api_name)
