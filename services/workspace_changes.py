"""Changes of a workspace's settings, and of what was computed by them.

Reads take the settings as they are; but counts of days are kept by the time zone, and windows that
a job has closed were closed by the hours. Both are brought after the settings here. Run again with
the same values, after a kill, it does what is left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import available_timezones

import phonenumbers

from models import EventType, Workspace
from services.contact_logs import count_anew
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.monitoring_days import count_standing
from services.texts import clean_line
from services.transactions import Transaction, retrying, workspace_transaction
from services.window_openings import window_opened
from services.windows import closed_since, window_of
from services.workspaces import find_workspace, normalize_currency

LONGEST_WINDOW = 24 * 365
BATCH = 500
SET = """
    UPDATE workspaces SET name = $2, timezone = $3, default_country = $4, currency = $5,
        window_hours = $6
    WHERE workspace_id = $1"""
HAS_ORDERS = "SELECT 1 FROM orders WHERE workspace_id = $1 LIMIT 1"
HELD = "SELECT * FROM workspaces WHERE workspace_id = $1 FOR UPDATE"
CLOSED_TOO_EARLY = """
    SELECT id, last_inbound_at, deleted_at IS NULL AND merged_into_id IS NULL AS shown
    FROM customers
    WHERE workspace_id = $1 AND id > $2 AND window_status = 'PASSIVE' AND last_inbound_at > $3
    ORDER BY id LIMIT $4 FOR NO KEY UPDATE"""
REOPEN = """
    UPDATE customers SET window_status = 'ACTIVE'
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class WorkspaceChanges:
    """Settings to be; None leaves one as it is."""

    name: str | None = None
    timezone: str | None = None
    country: str | None = None
    currency: str | None = None
    window_hours: int | None = None


@dataclass(frozen=True)
class Changed:
    """A workspace after a change, and how many windows it has opened again."""

    workspace: Workspace
    reopened: int = 0


async def change_workspace(
    workspace_id: UUID, changes: WorkspaceChanges, *, clock: Clock
) -> Changed:
    """Change settings of a workspace, and bring what was computed by them after them.

    With a time zone the counts of the contact report's days are made anew. Days of monitoring that
    are over stay those of the zone before, as campaign interactions keep their end. With window
    hours, windows that are open by them and were closed are opened again, with a WINDOW_OPENED
    event each; those that are closed by them are left to the job. For operators: it crosses
    workspaces. Raises a Refusal: INVALID for a value that is none, NOT_FOUND, CONFLICT for another
    currency than that of orders that there are.
    """
    _check(changes)
    if await find_workspace(workspace_id) is None:
        raise not_found("workspace", "workspace")

    async def change() -> Workspace:
        async with workspace_transaction(workspace_id, now=clock()) as tx:
            return await _change(tx, changes)

    workspace = await retrying(change)
    reopened = 0
    if changes.window_hours is not None:
        reopened = await _reopen(workspace_id, clock)
    return Changed(workspace, reopened)


def _check(changes: WorkspaceChanges) -> None:
    if changes.timezone is not None and changes.timezone not in available_timezones():
        raise invalid(
            f"“{changes.timezone}” is no time zone. Give an IANA name such as Asia/Jakarta.",
            "timezone",
        )
    country = changes.country
    if country is not None and country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise invalid(f"“{country}” is no country. Give its two letters, such as ID.", "country")
    hours = changes.window_hours
    if hours is not None and not 1 <= hours <= LONGEST_WINDOW:
        raise invalid(f"A window is open for 1 to {LONGEST_WINDOW:,} hours.", "windowHours")


async def _change(tx: Transaction, changes: WorkspaceChanges) -> Workspace:
    """Write the settings; in the same transaction, the counts of days."""
    [row] = await tx.fetch(HELD, tx.workspace_id)
    workspace = Workspace._init_from_db(**row)
    if changes.name is not None:
        workspace.name = clean_line(changes.name, "name")
    if changes.country is not None:
        workspace.default_country = changes.country.upper()
    if changes.currency is not None:
        await _change_currency(tx, workspace, normalize_currency(changes.currency, "currency"))
    workspace.timezone = changes.timezone or workspace.timezone
    workspace.window_hours = changes.window_hours or workspace.window_hours
    await tx.execute(
        SET,
        tx.workspace_id,
        workspace.name,
        workspace.timezone,
        workspace.default_country,
        workspace.currency,
        workspace.window_hours,
    )
    if changes.timezone is not None:
        tx.workspace.timezone = workspace.timezone
        await count_anew(tx)
    return workspace


async def _change_currency(tx: Transaction, workspace: Workspace, currency: str) -> None:
    """Take a currency, as long as no order is summed in another one."""
    if currency == workspace.currency:
        return
    if await tx.fetch(HAS_ORDERS, tx.workspace_id):
        raise Refusal(
            ErrorCode.CONFLICT,
            f"Orders are summed in {workspace.currency} already: what was spent is not converted.",
            ("currency",),
        )
    workspace.currency = currency


async def _reopen(workspace_id: UUID, clock: Clock) -> int:
    """Open windows that were closed and are open by the present hours; how many."""
    reopened, last = 0, UUID(int=0)

    async def some() -> tuple[int, UUID | None]:
        async with workspace_transaction(workspace_id, now=clock()) as tx:
            return await _reopen_some(tx, last)

    while True:
        done, place = await retrying(some)
        reopened += done
        if place is None:
            return reopened
        last = place


async def _reopen_some(tx: Transaction, after: UUID) -> tuple[int, UUID | None]:
    """Open a batch of windows; how many, and the last of the batch if there may be more."""
    hours = tx.workspace.window_hours
    since = closed_since(hours, tx.now)
    rows = await tx.fetch(CLOSED_TOO_EARLY, tx.workspace_id, after, since, BATCH)
    if not rows:
        return 0, None
    await tx.execute(REOPEN, tx.workspace_id, [row["id"] for row in rows])
    for row in rows:
        if row["shown"]:
            window = window_of(row["last_inbound_at"], hours, tx.now)
            tx.record(EventType.WINDOW_OPENED, row["id"], window_opened(window))
            count_standing(tx, tx.now, {"active": 1})
    return len(rows), rows[-1]["id"] if len(rows) == BATCH else None
