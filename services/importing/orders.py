"""Orders: rows of a file as orders with their items."""

from collections.abc import Iterable, Sequence

from services.importing.mappings import ColumnMap, map_columns, require_fields
from services.importing.occurrences import Occurrences
from services.importing.order_rows import ITEM_FIELDS, ORDER_FIELDS, OrderReader, OrderRow
from services.importing.order_writing import OrderWriter
from services.importing.rows import Outcome, Prepared
from services.importing.tables import SourceRow
from services.transactions import Transaction
from services.workspaces import time_zone

REQUIRED = (
    ("externalId",),
    ("customerExternalId", "customerId"),
    ("status",),
    ("total",),
    ("orderedAt",),
)


async def load_order_importer(
    tx: Transaction, columns: Sequence[str], told: Iterable[tuple[str, str]]
) -> "OrderImporter":
    """What makes rows with these columns into orders of the transaction's workspace.

    Raises a Refusal (INVALID) for a mapping that names what is not there, or leaves out a field
    that every order needs.
    """
    mapping = map_columns(columns, told, ORDER_FIELDS)
    require_fields(mapping, REQUIRED)
    if any(mapping.has(field) for field in ITEM_FIELDS):
        require_fields(mapping, (("product",), ("quantity",), ("unitPrice",)))
    occurrences = Occurrences()
    reader = OrderReader(mapping, time_zone(tx.workspace), occurrences)
    return OrderImporter(mapping, reader, OrderWriter(occurrences, mapping.has("product")))


class OrderImporter:
    """Makes rows into orders. Rows with one external id are items of one order."""

    def __init__(self, mapping: ColumnMap, reader: OrderReader, writer: OrderWriter) -> None:
        self.mapping = mapping
        self.reader = reader
        self.writer = writer

    def prepare(self, rows: Sequence[SourceRow]) -> Prepared[OrderRow]:
        """Check rows without the database, and find each one's place in its order."""
        return self.reader.prepare(rows)

    def pass_over(self, rows: Sequence[SourceRow]) -> None:
        """Take note of orders whose first rows an earlier run has committed."""
        self.writer.met_others = True
        self.reader.prepare(rows)

    async def write(self, tx: Transaction, rows: Sequence[OrderRow]) -> Outcome:
        """Write the rows' orders by their external ids, with lifetime values."""
        return await self.writer.write(tx, rows)

    async def finish(self, tx: Transaction) -> None:
        """Leave no item of an order that was there before and is not in the file."""
        await self.writer.remove_surplus(tx)
