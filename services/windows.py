"""Messaging windows: how long after a customer's message they may be written to freely.

WhatsApp lets a business write freely for 24 hours from the customer's latest message; a workspace
may set other hours. Reads compute the window from that message's time, to the instant
(`window_of`). The job `close_windows` brings the column `customers.window_status` after it, for
counts and filters, and tells of each window that has closed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models import EventType, WindowStatus
from services.batches import Batches, Clock, Guard, Proceed, in_batches
from services.instants import written
from services.monitoring_days import count_standing
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.transactions import Transaction, workspace_transaction

DUE = """
    workspace_id = $1 AND window_status = 'ACTIVE' AND last_inbound_at <= $2"""
"""The customers whose window has closed unseen: `window_of` says PASSIVE, their column ACTIVE.

$2 is `closed_since`. The status is written out, so that every plan may use the partial index
customers_window_open_index, which holds the open windows only.
"""
EARLIEST = f"""
    SELECT last_inbound_at FROM customers WHERE {DUE} ORDER BY last_inbound_at LIMIT 1"""
# A customer whom another transaction holds is left to it, and to the next run. NO KEY: nothing
# that only refers to the customer has to wait.
CLAIM = f"""
    SELECT id, last_inbound_at, deleted_at IS NULL AND merged_into_id IS NULL AS is_shown
    FROM customers WHERE {DUE} AND last_inbound_at >= $3
    ORDER BY last_inbound_at LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED"""
CLOSE = """
    UPDATE customers SET window_status = 'PASSIVE'
    WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND window_status = 'ACTIVE'"""


@dataclass(frozen=True, slots=True)
class MessagingWindow:
    """A customer's window at an instant. All times are UTC."""

    status: WindowStatus
    last_inbound_at: datetime | None
    """Their latest message on WhatsApp."""
    expires_at: datetime | None
    """When the window closes, or has closed; None where they have never written."""


def window_of(
    last_inbound_at: datetime | None, window_hours: int, now: datetime
) -> MessagingWindow:
    """The window at `now` of a customer whose latest WhatsApp message came at `last_inbound_at`.

    It is ACTIVE for `window_hours` hours (elapsed time: clocks that are put forward change
    nothing), and PASSIVE from the very end of them.
    """
    if last_inbound_at is None:
        return MessagingWindow(WindowStatus.PASSIVE, None, None)
    received = last_inbound_at.astimezone(UTC)
    expires_at = received + timedelta(hours=window_hours)
    status = WindowStatus.ACTIVE if now < expires_at else WindowStatus.PASSIVE
    return MessagingWindow(status, received, expires_at)


def closed_since(window_hours: int, now: datetime) -> datetime:
    """The time of the latest message whose window is closed at `now`: what SQL compares with.

    `last_inbound_at <= closed_since(…)` holds exactly where `window_of` says PASSIVE.
    """
    return now.astimezone(UTC) - timedelta(hours=window_hours)


@dataclass
class WindowRun:
    """What a run over one workspace has done."""

    closed: int = 0
    """Customers whose column became PASSIVE."""
    events: int = 0
    """WINDOW_CLOSED events: one for each of them that is neither deleted nor merged away."""
    batches: int = 0
    longest_batch_seconds: float = 0.0
    finished: bool = True
    """False where `proceed` said to stop before all were closed."""


async def close_windows(workspace_id: UUID, *, clock: Clock, proceed: Proceed) -> WindowRun:
    """Close the windows of a workspace that have run out, with one WINDOW_CLOSED event each.

    In batches of their own transactions; `proceed` is asked before each. Run again, or by several
    at once, it closes each window once. Its cost follows the number of windows that it closes.
    """
    batches = Batches()
    run = WindowRun()
    while (start := await earliest(workspace_id, clock)) is not None:
        before = run.closed
        run.finished = await in_batches(
            WindowPass(workspace_id, clock, start, run).close_some, batches, proceed
        )
        if not run.finished or run.closed == before:
            break
    run.batches = batches.done
    run.longest_batch_seconds = batches.longest_seconds
    return run


async def earliest(workspace_id: UUID, clock: Clock) -> datetime | None:
    """The last message of the customer whose window has been closed, unseen, for longest."""
    async with workspace_transaction(workspace_id, now=clock()) as tx:
        rows = await tx.fetch(EARLIEST, tx.workspace_id, cutoff(tx))
    return rows[0]["last_inbound_at"] if rows else None


def cutoff(tx: Transaction) -> datetime:
    """`closed_since` for the transaction's workspace and present."""
    return closed_since(tx.workspace.window_hours, tx.now)


@dataclass
class WindowPass:
    """One pass over a workspace's due windows, oldest first.

    It remembers where it is: without that each batch would read again past the index entries that
    the batches before it have left behind.
    """

    workspace_id: UUID
    clock: Clock
    position: datetime
    run: WindowRun

    async def close_some(self, limit: int, guard: Guard) -> bool:
        """Close up to `limit` windows in one transaction; whether there may be more."""
        async with workspace_transaction(self.workspace_id, now=self.clock()) as tx:
            await guard(tx)
            rows = await tx.fetch(CLAIM, tx.workspace_id, cutoff(tx), self.position, limit)
            if rows:
                await tx.execute(CLOSE, tx.workspace_id, [row["id"] for row in rows])
            shown = [row for row in rows if row["is_shown"]]
            note_change(tx, [row["id"] for row in shown], Concern.WINDOW, later=True)
            for row in shown:
                window = window_of(row["last_inbound_at"], tx.workspace.window_hours, tx.now)
                tx.record(EventType.WINDOW_CLOSED, row["id"], window_closed(window))
                count_standing(tx, window.expires_at or tx.now, {"active": -1})
        if rows:
            self.position = rows[-1]["last_inbound_at"]
        self.run.closed += len(rows)
        self.run.events += len(shown)
        return len(rows) == limit


def window_closed(window: MessagingWindow) -> dict[str, str | None]:
    """The payload of a WINDOW_CLOSED event."""
    return {
        "lastInboundAt": written(window.last_inbound_at),
        "closedAt": written(window.expires_at),
    }
