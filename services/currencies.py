"""Currencies: which one an amount is in where nobody says."""

from services.transactions import Transaction

FALLBACK = "IDR"
"""The currency of a workspace that nobody has told of any."""

TAKE = "UPDATE workspaces SET currency = $2 WHERE workspace_id = $1 AND currency IS NULL"
TAKEN = "SELECT currency FROM workspaces WHERE workspace_id = $1"


async def order_currency(tx: Transaction, told: str | None) -> str:
    """The currency of a new order: the one that is told, else the workspace's.

    A workspace without a currency takes that of its first order, or the rupiah where that tells
    none. Of two first orders at the same instant one decides, and the other waits for it.
    """
    if tx.workspace.currency is None:
        await tx.execute(TAKE, tx.workspace_id, told or FALLBACK)
        (row,) = await tx.fetch(TAKEN, tx.workspace_id)
        tx.workspace.currency = row["currency"]
    return told or tx.workspace.currency or FALLBACK
