"""Loading the demo data: the shop once, then its customers batch by batch."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import models
from models.database import application_connection
from services.contact_logs import count_contacts
from services.demo.customers import add_customer
from services.demo.dialogues import add_dialogues
from services.demo.ids import Kind, part_id
from services.demo.journeys import Told, begin_journey
from services.demo.mailings import add_mailings
from services.demo.people import draw_person
from services.demo.records import COMPANY_EVERY, add_records
from services.demo.sales import add_sales
from services.demo.sheets import Sheets
from services.demo.shops import COUNTRY, CURRENCY, NAME, TIMEZONE, WORKSPACE_ID, make_shop
from services.demo.standing import count_demo
from services.property_built_ins import insert_built_ins
from services.statistics import SHOWN, refresh_statistics
from services.texts import search_text
from services.transactions import SET_WORKSPACE, Session, Transaction, workspace_transaction

BATCH = 100 * COMPANY_EVERY
Progress = Callable[[int, int], None]
"""Told the customers that are there and those that are wanted."""

INSERT_WORKSPACE = """
    INSERT INTO workspaces (workspace_id, name, timezone, default_country, currency, created_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace_id) DO NOTHING"""
THERE = "SELECT id FROM customers WHERE workspace_id = $1 AND id = ANY($2::uuid[])"


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The demo workspace, and what this load has done there."""

    workspace_id: UUID
    customers: int
    """That were asked for, and are there now."""
    added: int
    """Of them, by this load: 0 where all were there already."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the customers' records depend on beside their numbers."""

    reference: datetime
    """The full hour of the first load, in UTC: all times count back from it."""
    now: datetime
    window_hours: int
    campaign_months: int


@dataclass(slots=True)
class Batch:
    """Customers with all their records, not written yet."""

    count: int
    sheets: Sheets
    events: list[tuple[UUID, Told]]


async def load_demo(
    customers: int, now: datetime, progress: Progress = lambda there, wanted: None
) -> DemoResult:
    """Have the demo workspace hold its first `customers` customers with all their records.

    The same data every time: names, numbers, ids and contents follow from each customer's number;
    times count back from the hour of the first load. Each batch is one transaction, through the
    application's role. Those that are there already stay as they are, so a load that was broken off
    is gone on with, and a larger one adds.
    """
    await make_workspace(now)
    async with workspace_transaction(WORKSPACE_ID, now=now) as tx:
        workspace = tx.workspace
        setting = Setting(
            workspace.created_at, now, workspace.window_hours, workspace.campaign_months
        )
        await make_shop(setting.reference).write(tx)
    added, there = 0, 0
    starts = iter(range(0, customers, BATCH))
    coming = start_batch(starts, customers, setting)
    while (batch := await coming) is not None:
        numbers, made = batch
        coming = start_batch(starts, customers, setting)
        added += await write_batch(numbers, made, setting)
        there += len(numbers)
        progress(there, customers)
    await refresh_statistics(added, SHOWN)
    return DemoResult(WORKSPACE_ID, customers, added)


def start_batch(
    starts: Iterable[int], customers: int, setting: Setting
) -> "asyncio.Future[tuple[range, Batch] | None]":
    """Make the next batch in a thread, while the one before is written."""
    start = next(iter(starts), None)

    def make() -> tuple[range, Batch] | None:
        if start is None:
            return None
        numbers = range(start, min(start + BATCH, customers))
        return numbers, make_batch(numbers, setting)

    return asyncio.ensure_future(asyncio.to_thread(make))


async def make_workspace(now: datetime) -> None:
    """Make the demo workspace, if it is not there. Its time of making is a full hour."""
    session = Session(application_connection())
    connection = await session.begin()
    done = False
    try:
        await connection.execute_query(SET_WORKSPACE, [WORKSPACE_ID])
        hour = now.replace(minute=0, second=0, microsecond=0)
        values = [WORKSPACE_ID, NAME, TIMEZONE, COUNTRY, CURRENCY, hour]
        await connection.execute_query(INSERT_WORKSPACE, values)
        await insert_built_ins(connection, WORKSPACE_ID, hour)
        done = True
    finally:
        await session.end(commit=done)


def make_batch(numbers: Iterable[int], setting: Setting) -> Batch:
    """The customers of these numbers with all their records."""
    sheets = Sheets()
    events: list[tuple[UUID, Told]] = []
    count = 0
    for number in numbers:
        journey = begin_journey(draw_person(number), setting.reference)
        add_dialogues(sheets, journey, setting.window_hours, setting.now)
        add_mailings(sheets, journey, setting.campaign_months, setting.now)
        add_sales(sheets, journey)
        add_records(sheets, journey)
        add_customer(sheets, journey, setting.window_hours, setting.now)
        events += [
            (part_id(Kind.EVENT, number, part), told) for part, told in enumerate(journey.events)
        ]
        count += 1
    return Batch(count, sheets, events)


async def write_batch(numbers: Sequence[int], batch: Batch, setting: Setting) -> int:
    """Write the customers that are not there yet; their number."""
    async with workspace_transaction(WORKSPACE_ID, now=setting.now) as tx:
        ids = [part_id(Kind.CUSTOMER, number, 0) for number in numbers]
        rows = await tx.fetch(THERE, tx.workspace_id, ids)
        there = {row["id"] for row in rows}
        missing = [number for number, id in zip(numbers, ids, strict=True) if id not in there]
        if not missing:
            return 0
        if there:
            batch = make_batch(missing, setting)
        await number_tickets(tx, batch.sheets)
        events = sorted(batch.events, key=lambda event: (event[1].at, event[0]))
        last = await tx.next_number("events", len(events))
        for seq, (id, told) in enumerate(events, start=last - len(events) + 1):
            batch.sheets.add(
                models.Event,
                id=id,
                seq=seq,
                type=told.type,
                occurred_at=told.at,
                customer_id=told.customer_id,
                payload=told.payload,
            )
        for row in batch.sheets.rows.get(models.ContactLog, []):
            count_contacts(tx, row["kind"], [row["channel"]], row["created_at"])
        count_demo(tx, batch.sheets)
        await batch.sheets.write(tx)
    return len(missing)


async def number_tickets(tx: Transaction, sheets: Sheets) -> None:
    """Give the batch's tickets the workspace's next numbers, in the order of their making."""
    tickets = sheets.rows.get(models.Ticket, [])
    if not tickets:
        return
    last = await tx.next_number("tickets", len(tickets))
    ordered = sorted(tickets, key=lambda ticket: (ticket["created_at"], ticket["id"]))
    for number, ticket in enumerate(ordered, start=last - len(tickets) + 1):
        ticket["number"] = f"T-{number:06d}"
        ticket["search_text"] = search_text(
            ticket["number"], ticket["subject"], ticket["external_id"]
        )
