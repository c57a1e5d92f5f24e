"""Subscriptions: the streams that they are made from.

What comes out of a stream is not yet a value of the schema: each happening is loaded in a context
of its own when its answer is made, and callers who ask the same of it may share the answer.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import models
from models import EventType
from resolvers.access import seen_events
from resolvers.context import Context, Following
from resolvers.customers import standing_for
from resolvers.events import cursor_at, event_cursor, number_of
from resolvers.ids import parse_id
from services.errors import not_found
from services.feeds import Wanted
from services.ids import global_id
from services.import_feeds import progress

Item = TypeVar("Item", covariant=True)


@dataclass(frozen=True)
class Happening:
    """Something that a subscription is to be told of.

    `load` gives the value of the subscription's field, None where there is nothing more to be told,
    ever. Of equal `key`, all loads give the same. `cursor` is where the log goes on behind it.
    """

    key: Hashable
    load: Callable[[Context], Awaitable[Any]]
    cursor: str | None = None
    occurred_at: datetime | None = None


class Source(Protocol[Item]):
    """What a stream is made from."""

    async def __anext__(self) -> Item: ...
    async def aclose(self) -> None: ...


class Happenings(Generic[Item]):
    """An asynchronous iterator of happenings. `aclose` it at the end."""

    def __init__(
        self,
        source: Source[Item],
        made: Callable[[Item], Happening],
        start: str | None = None,
    ) -> None:
        """`start`: the cursor of the place in the log where it begins."""
        self.start = start
        self._source = source
        self._made = made

    def __aiter__(self) -> "Happenings[Item]":
        return self

    async def __anext__(self) -> Happening:
        """The next one. Raises services.feeds.FellBehind where too many wait already."""
        return self._made(await self._source.__anext__())

    async def aclose(self) -> None:
        """Follow no more."""
        await self._source.aclose()


async def events(
    context: Context, types: Sequence[EventType] | None, after: str | None
) -> Happenings[models.Event]:
    """The events of these types that the caller may see, from now on or behind a cursor.

    Raises a Refusal (INVALID) for a cursor that is none of this log.
    """
    seen = seen_events(context.actor)
    wanted = Wanted(seen if types is None else seen.intersection(types))
    feed = await following(context).feeds.follow(
        context.workspace_id, wanted, None if after is None else number_of(after)
    )
    return Happenings(feed, event_happening, cursor_at(feed.begins))


async def customer_changed(context: Context, customer_id: str) -> Happenings[models.Event]:
    """The customer that an id stands for, after each event that concerns them.

    Raises a Refusal: INVALID for what is no customer's id, NOT_FOUND for an unknown one.
    """
    id = parse_id(customer_id, models.Customer, "customerId")
    watch = CustomerWatch(id)
    feed = await following(context).feeds.follow(context.workspace_id, Wanted(None, watch))
    found = await standing_for(context, id)
    if found is None:
        await feed.aclose()
        raise not_found("customer", "customerId")
    watch.stand_for(found.id)

    def made(event: models.Event) -> Happening:
        async def load(context: Context) -> models.Customer | None:
            return await standing_for(context, id)

        key = ("customer", id, event.seq)
        return Happening(key, load, event_cursor(event), event.occurred_at)

    return Happenings(feed, made, cursor_at(feed.begins))


async def import_progress(context: Context, import_id: str) -> Happenings[models.Import]:
    """An import as it is, and each time that it has come further, until it has ended.

    Raises a Refusal: INVALID for what is no import's id, NOT_FOUND for an unknown one.
    """
    id = parse_id(import_id, models.Import, "importId")
    feed = await following(context).imports.follow(context.workspace_id, id)

    def made(row: models.Import) -> Happening:
        return Happening(("import", id, progress(row)), constantly(row))

    return Happenings(feed, made)


class CustomerWatch:
    """Tells which events concern the customer that an id stands for, through merges and unmerges.

    Asked of each event in the order of the log.
    """

    def __init__(self, id: UUID) -> None:
        self._id = id
        self._stands_for = id

    def stand_for(self, main_id: UUID) -> None:
        """The id stands for this customer, unless an event has said otherwise already."""
        if self._stands_for == self._id:
            self._stands_for = main_id

    def __call__(self, event: models.Event) -> bool:
        """Whether an event concerns the customer."""
        if event.type not in (EventType.CUSTOMER_MERGED, EventType.CUSTOMER_UNMERGED):
            return event.customer_id in (self._id, self._stands_for)
        members = event.payload.get("memberIds", ())
        own, standing = (global_id(models.Customer, id) for id in (self._id, self._stands_for))
        concerned = event.customer_id == self._stands_for or own in members or standing in members
        if event.type is EventType.CUSTOMER_UNMERGED:
            if own in members:
                self._stands_for = self._id
        elif concerned and event.customer_id is not None:
            self._stands_for = event.customer_id
        return concerned


@lru_cache(maxsize=256)
def event_happening(event: models.Event) -> Happening:
    """An event as it stands in the log: one happening for all who are told of it."""
    return Happening(
        ("event", event.seq), constantly(event), event_cursor(event), event.occurred_at
    )


def constantly(value: Any) -> Callable[[Context], Awaitable[Any]]:
    """Loads a value that is there already."""

    async def load(_context: Context) -> Any:
        return value

    return load


def following(context: Context) -> Following:
    """What there is to follow."""
    assert context.following is not None, "this context is not made for subscriptions"
    return context.following
