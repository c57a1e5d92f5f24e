"""Keyset pages: which rows to show, the cursors that tell a place, and how to go on from one.

The Relay cursor specification, plus `totalCount`. A cursor holds the place of a row in one order of
one collection, so rows that come and go between two calls neither repeat nor push others out.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from resolvers.loaders.collections import Collection, Order, OrderBy
from services.errors import invalid

DEFAULT_PAGE = 20
LARGEST_PAGE = 100


@dataclass(frozen=True)
class Place:
    """A row's place in an order: its key as text, and its id."""

    key: str | None
    id: UUID


@dataclass(frozen=True)
class PageRequest:
    """How many rows, from which side, and between which places."""

    size: int = DEFAULT_PAGE
    backward: bool = False
    after: Place | None = None
    before: Place | None = None


def fingerprint(collection: Collection, order: OrderBy) -> str:
    """What a cursor says of where it is from: the rows' type, the order and its direction."""
    return f"{collection.model.__name__}:{order.name}:{'desc' if order.descending else 'asc'}"


def encode_cursor(collection: Collection, order: OrderBy, place: Place) -> str:
    """The cursor of a row."""
    content = orjson.dumps([fingerprint(collection, order), place.key, place.id.hex])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode_cursor(collection: Collection, order: OrderBy, cursor: str, field: str) -> Place:
    """The place that a cursor tells.

    Raises a Refusal (INVALID) where it is no cursor, or one of another list or order.
    """
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        told, key, id = orjson.loads(content)
        if not isinstance(told, str) or not (key is None or isinstance(key, str)):
            raise ValueError
        place = Place(key, UUID(hex=id))
        ours = told == fingerprint(collection, order)
        if ours:
            collection.order(order).check(key)
    except (ValueError, TypeError, AttributeError, binascii.Error, ArithmeticError):
        raise invalid(
            f"{field} is no cursor: give one that `pageInfo` or an edge has printed.", field
        ) from None
    if not ours:
        raise invalid(
            f"{field} is the cursor of another list or order: begin again without it.", field
        )
    return place


def page_size(first: int | None, last: int | None) -> int:
    """How many rows `first` or `last` ask for; a Refusal (INVALID) for both, or not 1 to 100."""
    if first is not None and last is not None:
        raise invalid("Give first or last, not both.", "last")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= LARGEST_PAGE:
            raise invalid(f"{name} is {size}: give 1 to {LARGEST_PAGE}.", name)
    return last or first or DEFAULT_PAGE


def page_request(
    collection: Collection,
    order: OrderBy,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> PageRequest:
    """The page that a connection's arguments ask for.

    Raises a Refusal (INVALID) for both `first` and `last`, for a size that is not 1 to 100, and for
    a broken cursor.
    """
    return PageRequest(
        size=page_size(first, last),
        backward=last is not None,
        after=decode_cursor(collection, order, after, "after") if after is not None else None,
        before=decode_cursor(collection, order, before, "before") if before is not None else None,
    )


@dataclass(frozen=True)
class Question:
    """Which page of which collection, but for the parent: what a batch of parents has in common."""

    collection: Collection
    conditions: str
    parameters: tuple[Any, ...]
    order: OrderBy
    request: PageRequest | None
    found: tuple[UUID, ...] | None = None
    """The rows of the page, and one more where there is one, if they have been found already."""
    counted: str | None = None
    """An expression that counts the rows more quickly than one by one, of the same parameters."""

    def __hash__(self) -> int:
        return hash((self.collection.name, self.conditions, self.order, self.request))

    @property
    def ordered(self) -> Order:
        """The order that the rows come in."""
        return self.collection.order(self.order)

    def place(self, row: Any) -> Place:
        """A row's place in the order."""
        return Place(self.ordered.key(row), row.id)

    def cursor(self, row: Any) -> str:
        """A row's cursor."""
        return encode_cursor(self.collection, self.order, self.place(row))


def ordering(collection: Collection, by: str | None, descending: bool | None) -> OrderBy:
    """The order asked for, or the collection's own."""
    if by is None:
        return collection.default
    return OrderBy(by, bool(descending))


@dataclass(frozen=True)
class Slice:
    """The rows of one page, first to last, and whether there are more on the side it grew to."""

    rows: list[Any]
    more: bool


@dataclass(frozen=True)
class Cursors:
    """Where a page begins and ends, and whether there is more on either side."""

    start: str | None
    end: str | None
    has_next: bool
    has_previous: bool


def cursors(question: Question, page: Slice) -> Cursors:
    """The `pageInfo` of a page."""
    request = question.request or PageRequest()
    return Cursors(
        start=question.cursor(page.rows[0]) if page.rows else None,
        end=question.cursor(page.rows[-1]) if page.rows else None,
        has_next=page.more if not request.backward else request.before is not None,
        has_previous=page.more if request.backward else request.after is not None,
    )


Filters = Mapping[str, Any]
