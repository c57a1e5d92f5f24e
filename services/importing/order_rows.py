"""Orders from rows: the fields of an order and of its items, and how a row is read."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from models import OrderStatus
from services.errors import invalid
from services.importing.mappings import ColumnMap
from services.importing.occurrences import Occurrences
from services.importing.rows import Prepared, RowReader, failed
from services.importing.tables import SourceRow
from services.importing.values import (
    read_amount,
    read_choice,
    read_id,
    read_instant,
    read_quantity,
)
from services.orders import MOST_ITEMS
from services.texts import clean_line
from services.workspaces import normalize_currency

HEAD_FIELDS = (
    "externalId",
    "customerExternalId",
    "customerId",
    "status",
    "total",
    "currency",
    "orderedAt",
    "paidAt",
)
ITEM_FIELDS = ("product", "sku", "quantity", "unitPrice")
ORDER_FIELDS = HEAD_FIELDS + ITEM_FIELDS


@dataclass(frozen=True, slots=True)
class OrderHead:
    """What a row says of its order. Each of an order's rows says the same."""

    customer_external_id: str | None
    customer_id: UUID | None
    status: OrderStatus
    total: Decimal
    currency: str | None
    ordered_at: datetime
    paid_at: datetime | None

    def digest(self) -> bytes:
        """Equal for equal heads."""
        return hashlib.blake2b(repr(self).encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One product of an order, at its place among the order's rows."""

    position: int
    product: str
    sku: str | None
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A sound row: its order, and the item that it adds to it, if any."""

    source: SourceRow
    columns: Mapping[str, str]
    """The columns that say whose order it is, by field: for the file of failed rows."""
    external_id: str
    position: int
    head: OrderHead
    item: OrderItem | None


class OrderReader:
    """Reads rows as orders and items, and finds each one's place in its order."""

    def __init__(self, mapping: ColumnMap, zone: ZoneInfo, occurrences: Occurrences) -> None:
        self.mapping = mapping
        self.zone = zone
        self.occurrences = occurrences
        self.owner_columns = {
            field: mapping.label(field) for field in ("customerExternalId", "customerId")
        }

    def prepare(self, rows: Sequence[SourceRow]) -> Prepared[OrderRow]:
        """Check rows without the database, and find each one's place in its order."""
        prepared: Prepared[OrderRow] = Prepared(len(rows))
        for row in rows:
            if row.problem is not None:
                prepared.failures.append(failed(row, "", row.problem))
                continue
            reader = RowReader(self.mapping, row)
            found = self.read(reader)
            failure = reader.failure()
            if failure is not None:
                prepared.failures.append(failure)
            elif found is not None:
                prepared.rows.append(found)
        return prepared

    def read(self, reader: RowReader) -> OrderRow | None:
        """The row with its place in its order; None where something is wrong with it."""
        external_id = reader.take("externalId", external, required=True)
        head = self._head(reader)
        item = self._item(reader)
        if external_id is None:
            return None
        digest = head.digest() if head and not reader.reasons else None
        place = self.occurrences.count(external_id, digest, reader.row.line)
        if head is None or digest is None:
            return None
        if place.head != digest:
            reader.complain(
                "externalId",
                f"Line {place.line} has this order with another customer, status, total, "
                "currency or time. All rows of an order say the same of it.",
            )
        if place.position >= MOST_ITEMS:
            reader.complain("externalId", f"The order has more than {MOST_ITEMS} rows.")
        placed = OrderItem(place.position, *item) if item else None
        return OrderRow(reader.row, self.owner_columns, external_id, place.position, head, placed)

    def _head(self, reader: RowReader) -> OrderHead | None:
        """What the row says of its order; None where something of it is wrong."""
        customer = reader.take("customerExternalId", external)
        customer_id = reader.take("customerId", known_id)
        if customer is None and customer_id is None:
            by_id = not self.mapping.has("customerExternalId")
            reader.complain(
                "customerId" if by_id else "customerExternalId",
                "The customer is missing: whose order is it?",
            )
        status = reader.take(
            "status", lambda text: read_choice(OrderStatus, text, "status"), required=True
        )
        total = reader.take("total", lambda text: read_amount(text, "total"), required=True)
        currency = reader.take("currency", lambda text: normalize_currency(text, "currency"))
        ordered_at = reader.take(
            "orderedAt", lambda text: read_instant(text, self.zone, "orderedAt"), required=True
        )
        paid_at = reader.take("paidAt", lambda text: read_instant(text, self.zone, "paidAt"))
        if reader.reasons or status is None or total is None or ordered_at is None:
            return None
        return OrderHead(customer, customer_id, status, total, currency, ordered_at, paid_at)

    def _item(self, reader: RowReader) -> tuple[str, str | None, int, Decimal] | None:
        """The row's item; None where it has none."""
        if not any(self.mapping.value(field, reader.row.cells) for field in ITEM_FIELDS):
            return None
        product = reader.take(
            "product", lambda text: clean_line(text, "product", most=200), required=True
        )
        sku = reader.take("sku", lambda text: clean_line(text, "sku", most=100))
        quantity = reader.take(
            "quantity", lambda text: read_quantity(text, "quantity"), required=True
        )
        unit_price = reader.take(
            "unitPrice", lambda text: read_amount(text, "unitPrice"), required=True
        )
        if product is None or quantity is None or unit_price is None:
            return None
        return product, sku, quantity, unit_price


def external(text: str) -> str:
    """An external id."""
    return clean_line(text, "externalId", most=255)


def known_id(text: str) -> UUID:
    """A customer's id; a Refusal (INVALID) where it has not the form of one."""
    found = read_id(text)
    if found is None:
        raise invalid(f"customerId: “{text[:60]}” is no id of a customer.", "customerId")
    return found
