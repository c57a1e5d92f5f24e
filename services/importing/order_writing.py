"""Writing a batch of orders: as `services.orders` writes one, in sets."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models import OrderStatus
from models.base import new_id
from services.currencies import order_currency
from services.customers import held_customers
from services.importing.external_ids import find_customers, find_orders
from services.importing.failures import FailedRow
from services.importing.occurrences import Occurrences
from services.importing.order_rows import OrderHead, OrderItem, OrderRow
from services.importing.rows import Outcome
from services.lifetime_values import refresh_lifetime_value
from services.ownership import Owner, kept_origin
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.transactions import RetryTransaction, Transaction

SURPLUS_CHUNK = 5_000

EXISTING = """
    SELECT id, external_id, customer_id, origin_customer_id, status, total, currency, ordered_at,
        paid_at
    FROM orders WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
COLUMNS = (
    "id",
    "external_id",
    "customer_id",
    "origin_customer_id",
    "status",
    "total",
    "currency",
    "ordered_at",
    "paid_at",
)
UNNESTED = """
    FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::numeric[],
        $9::text[], $10::timestamptz[], $11::timestamptz[])
        AS o(id, external_id, customer_id, origin_customer_id, status, total, currency, ordered_at,
            paid_at)"""
INSERT_ORDERS = f"""
    INSERT INTO orders
        (workspace_id, created_at, updated_at, id, external_id, customer_id, origin_customer_id,
         status, total, currency, ordered_at, paid_at)
    SELECT $1, $2, $2, o.id, o.external_id, o.customer_id, o.origin_customer_id, o.status, o.total,
        o.currency, o.ordered_at, o.paid_at {UNNESTED}
    ON CONFLICT (workspace_id, external_id) DO NOTHING
    RETURNING id"""
UPDATE_ORDERS = f"""
    UPDATE orders SET updated_at = $2, customer_id = o.customer_id,
        origin_customer_id = o.origin_customer_id, status = o.status, total = o.total,
        currency = o.currency, ordered_at = o.ordered_at, paid_at = o.paid_at {UNNESTED}
    WHERE orders.workspace_id = $1 AND orders.id = o.id"""
TOUCH_ORDERS = """
    UPDATE orders SET updated_at = $2 WHERE workspace_id = $1 AND id = ANY($3::uuid[])"""
INSERT_ITEMS = """
    INSERT INTO order_items
        (workspace_id, id, order_id, position, product, sku, quantity, unit_price)
    SELECT $1, i.id, i.order_id, i.position, i.product, i.sku, i.quantity, i.unit_price
    FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::int[],
        $8::numeric[]) AS i(id, order_id, position, product, sku, quantity, unit_price)
    ON CONFLICT (workspace_id, order_id, position) DO UPDATE
        SET product = excluded.product, sku = excluded.sku, quantity = excluded.quantity,
            unit_price = excluded.unit_price
        WHERE (order_items.product, order_items.sku, order_items.quantity, order_items.unit_price)
            IS DISTINCT FROM
            (excluded.product, excluded.sku, excluded.quantity, excluded.unit_price)
    RETURNING order_id"""
PLACES = """
    SELECT id, order_id, position FROM order_items
    WHERE workspace_id = $1 AND order_id = ANY($2::uuid[])"""
OWNERS = "SELECT customer_id FROM orders WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
REMOVE_ITEMS = "DELETE FROM order_items WHERE workspace_id = $1 AND id = ANY($2::uuid[])"


@dataclass(slots=True)
class Wanted:
    """An order as the rows of a batch have it."""

    external_id: str
    head: OrderHead
    rows: list[OrderRow]
    owner: Owner | None = None
    """None where there is no such customer."""

    @property
    def begins(self) -> bool:
        """Whether its first row is in this batch: only then it is counted."""
        return self.rows[0].position == 0

    @property
    def items(self) -> list[OrderItem]:
        """The items that the batch has of it."""
        return [row.item for row in self.rows if row.item is not None]


class OrderWriter:
    """Writes batches of orders, and in the end removes the items that the file no longer has."""

    def __init__(self, occurrences: Occurrences, items: bool) -> None:
        self.occurrences = occurrences
        self.items = items
        """Whether the file has items: without, those that orders have are left alone."""
        self.met_others = False
        """Whether any order may have been there before the import began."""

    async def write(self, tx: Transaction, rows: Sequence[OrderRow]) -> Outcome:
        """Write orders by their external ids, and the lifetime values of their customers.

        Raises RetryTransaction where another transaction has got in first.
        """
        outcome = Outcome()
        wanted = group(rows)
        existing = await self._existing(tx, wanted)
        await find_owners(tx, wanted.values(), [row["customer_id"] for row in existing.values()])
        again = await self._existing(tx, wanted)
        if {k: row["customer_id"] for k, row in again.items()} != {
            k: row["customer_id"] for k, row in existing.items()
        }:
            raise RetryTransaction
        self._refuse(wanted, outcome)
        added, updated, ids = await write_heads(tx, wanted, again)
        touched = await write_items(tx, wanted, ids)
        await touch(tx, [ids[name] for name in touched - added - updated])
        updated |= touched - added
        self.met_others = self.met_others or any(
            order.begins and name in again for name, order in wanted.items()
        )
        begun = {name for name, order in wanted.items() if order.begins}
        outcome.added += len(added)
        outcome.updated += len(updated & begun)
        outcome.skipped += len(begun - added - updated)
        owners = {order.owner.customer.id for order in wanted.values() if order.owner}
        await refresh_lifetime_value(tx, owners | {row["customer_id"] for row in again.values()})
        return outcome

    async def remove_surplus(self, tx: Transaction) -> None:
        """Remove items beyond those that the file has of each order."""
        if not (self.items and self.met_others):
            return
        for some in self.occurrences.counts(SURPLUS_CHUNK):
            ids = await find_orders(tx, [name for name, _ in some])
            counts = {ids[name]: count for name, count in some if name in ids}
            rows = await tx.fetch(PLACES, tx.workspace_id, list(counts))
            surplus = [row for row in rows if row["position"] > counts[row["order_id"]]]
            if surplus:
                await tx.execute(REMOVE_ITEMS, tx.workspace_id, [row["id"] for row in surplus])
                await touch(tx, {row["order_id"] for row in surplus})
                orders = list({row["order_id"] for row in surplus})
                owners = await tx.fetch(OWNERS, tx.workspace_id, orders)
                note_change(tx, {row["customer_id"] for row in owners}, Concern.ORDERS)

    async def _existing(self, tx: Transaction, wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
        known = await find_orders(tx, list(wanted))
        if not known:
            return {}
        rows = await tx.fetch(EXISTING, tx.workspace_id, list(known.values()))
        return {row["external_id"]: row for row in rows}

    def _refuse(self, wanted: dict[str, Wanted], outcome: Outcome) -> None:
        """Take out the orders of nobody."""
        refused = [name for name, order in wanted.items() if order.owner is None]
        for name in refused:
            order = wanted.pop(name)
            field = "customerExternalId" if order.head.customer_external_id else "customerId"
            told = order.head.customer_external_id or order.head.customer_id
            outcome.failures += [
                FailedRow(
                    row.source.line,
                    row.columns[field],
                    f"No customer has the {field} “{told}”. Import the customers first.",
                    row.source.cells,
                )
                for row in order.rows
            ]
        self.occurrences.refuse(refused)


async def touch(tx: Transaction, ids: Collection[UUID]) -> None:
    """Note that orders were changed in this transaction."""
    if ids:
        await tx.execute(TOUCH_ORDERS, tx.workspace_id, tx.now, list(ids))


def group(rows: Sequence[OrderRow]) -> dict[str, Wanted]:
    """The orders of a batch by their external ids, in the order of their first rows."""
    found: dict[str, Wanted] = {}
    for row in rows:
        order = found.get(row.external_id)
        if order is None:
            found[row.external_id] = Wanted(row.external_id, row.head, [row])
        else:
            order.rows.append(row)
    return found


async def find_owners(tx: Transaction, orders: Iterable[Wanted], before: Iterable[UUID]) -> None:
    """Find and hold the customers to whom orders belong, and those to whom they belonged."""
    orders = list(orders)
    names = {order.head.customer_external_id or "" for order in orders} - {""}
    by_name = await find_customers(tx, names)
    told = {order.external_id: told_customer(order.head, by_name) for order in orders}
    held = await held_customers(tx, [*{id for id in told.values() if id is not None}, *before])
    for order in orders:
        id = told[order.external_id]
        customer = held.get(id) if id is not None else None
        if id is not None and customer is not None and customer.erased_at is None:
            order.owner = Owner(customer, id)


def told_customer(head: OrderHead, by_name: dict[str, UUID]) -> UUID | None:
    """The customer whom a row names: by the external id where it has one."""
    if head.customer_external_id is not None:
        return by_name.get(head.customer_external_id)
    return head.customer_id


async def write_heads(
    tx: Transaction, wanted: dict[str, Wanted], existing: dict[str, dict[str, Any]]
) -> tuple[set[str], set[str], dict[str, UUID]]:
    """Add new orders and change those that differ.

    Returns the external ids of either, and every order's id.
    """
    added: dict[str, tuple[Any, ...]] = {}
    updated: dict[str, tuple[Any, ...]] = {}
    ids: dict[str, UUID] = {}
    for name, order in wanted.items():
        there = existing.get(name)
        ids[name] = there["id"] if there else new_id()
        values = await head_values(tx, ids[name], order, there)
        if there is None:
            added[name] = values
        elif values != tuple(there[column] for column in COLUMNS):
            updated[name] = values
    if added:
        columns = [list(column) for column in zip(*added.values(), strict=True)]
        inserted = await tx.fetch(INSERT_ORDERS, tx.workspace_id, tx.now, *columns)
        if len(inserted) != len(added):
            raise RetryTransaction
    if updated:
        columns = [list(column) for column in zip(*updated.values(), strict=True)]
        await tx.execute(UPDATE_ORDERS, tx.workspace_id, tx.now, *columns)
    return set(added), set(updated), ids


async def head_values(
    tx: Transaction, id: UUID, order: Wanted, there: dict[str, Any] | None
) -> tuple[Any, ...]:
    """An order's values, in the order of COLUMNS; the rules are those of `upsert_order`."""
    head, owner = order.head, order.owner
    assert owner is not None
    if there is None:
        origin, currency = owner.origin_id, await order_currency(tx, head.currency)
    else:
        origin = kept_origin(owner, there["customer_id"], there["origin_customer_id"])
        currency = head.currency or there["currency"]
    return (
        id,
        order.external_id,
        owner.customer.id,
        origin,
        head.status,
        head.total,
        currency,
        head.ordered_at,
        paid_at(head, there),
    )


def paid_at(head: OrderHead, there: dict[str, Any] | None) -> datetime | None:
    """When an order was paid: a paid one always was at some time."""
    found = head.paid_at or (there["paid_at"] if there else None)
    return head.ordered_at if found is None and head.status is OrderStatus.PAID else found


async def write_items(tx: Transaction, wanted: dict[str, Wanted], ids: dict[str, UUID]) -> set[str]:
    """Write the batch's items at their places; the external ids of orders that this changes."""
    items = [
        (
            new_id(),
            ids[name],
            item.position + 1,
            item.product,
            item.sku,
            item.quantity,
            item.unit_price,
        )
        for name, order in wanted.items()
        for item in order.items
    ]
    if not items:
        return set()
    columns = [list(column) for column in zip(*items, strict=True)]
    rows = await tx.fetch(INSERT_ITEMS, tx.workspace_id, *columns)
    names = {id: name for name, id in ids.items()}
    return {names[row["order_id"]] for row in rows}
