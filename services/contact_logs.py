"""The contact log: one row for each customer added, connected, deleted, restored or merged."""

from models import ChannelKind, ContactLog, ContactLogKind, Customer, LogSource
from services.transactions import Transaction


async def log_contact(
    tx: Transaction,
    kind: ContactLogKind,
    customer: Customer,
    source: LogSource,
    channel: ChannelKind | None = None,
) -> None:
    """Write what happened to `customer` into the log, under the transaction's actor and time.

    For a merge, `customer` is the main one. The name is kept as it is now: the row outlives the
    customer.
    """
    await ContactLog.create(
        using_db=tx.connection,
        workspace_id=tx.workspace_id,
        kind=kind,
        created_at=tx.now,
        contact_id=customer.id,
        contact_name=customer.full_name,
        source=source,
        user_id=tx.actor.user_id if tx.actor else None,
        channel=channel,
    )
