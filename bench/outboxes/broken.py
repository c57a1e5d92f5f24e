"""A gateway without an outbox: it writes its events after the commit. What dies between loses them.

`./satukan bench outbox --break-outbox` runs it in the gateway's place, and has to notice.
"""

import asyncio

from gateway.processes import serving
from services import transactions
from services.transactions import NewEvent, Transaction, workspace_transaction

LATER_SECONDS = 0.05
whole = Transaction.write_events
waiting: set[asyncio.Task[None]] = set()


async def forget(self: Transaction) -> None:
    """Take the events from the transaction, and write them in one of their own a little later."""
    events, self.events = self.events, []
    if events:
        task = asyncio.create_task(write_later(self, events))
        waiting.add(task)
        task.add_done_callback(waiting.discard)


async def write_later(before: Transaction, events: list[NewEvent]) -> None:
    """What a program does that sends its messages after the commit."""
    await asyncio.sleep(LATER_SECONDS)
    async with workspace_transaction(
        before.workspace_id, actor=before.actor, now=before.now
    ) as transaction:
        transaction.events = events
        await whole(transaction)


if __name__ == "__main__":
    transactions.Transaction.write_events = forget  # type: ignore[method-assign]
    serving.main()
