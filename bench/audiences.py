"""Audiences among a million customers: previews, a broadcast to 100,000 people, their analysis."""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from bench.datasets import START, make_customers, make_workspace, quick_loading
from bench.jobs import Neighbour
from models import Campaign, CampaignInteractionStatus, Group, Role
from models.base import new_id
from models.database import close_database, open_database
from resolvers.analyses import Analysis
from resolvers.context import Context
from resolvers.loaders.campaigns import QUEUE
from resolvers.loaders.paging import PageRequest
from services.actors import ROLE_SCOPES, Actor
from services.audiences import Audience, preview_audience
from services.batches import always
from services.broadcasts.creating import NewBroadcast, create_broadcast
from services.broadcasts.queueing import run_broadcast
from services.campaign_interactions import InteractionReport, record_campaign_interaction
from services.periods import Period
from services.transactions import Transaction, read_workspace, workspace_transaction
from settings import read_settings

NOW = START + timedelta(days=30)
OVERLAP = 10
"""One in so many of a group is in the next one, too."""
CHANNEL = """
    INSERT INTO channels (workspace_id, id, kind, name, is_default, created_at)
    VALUES ($1, $2, 'WHATSAPP', 'WhatsApp', true, $3)"""
IDENTITIES = """
    INSERT INTO channel_identities (workspace_id, id, channel_id, kind, identifier, phone,
        customer_id, origin_customer_id, connected_at, last_inbound_at)
    SELECT $1, uuidv7(), $2, 'WHATSAPP', phone, phone, id, id, created_at, last_inbound_at
    FROM customers WHERE workspace_id = $1"""
MAINS = """
    UPDATE customers c SET main_identity_id = i.id,
        lifetime_value = (hashtext(c.phone) & 1023), paid_order_count = hashtext(c.phone) & 1
    FROM channel_identities i
    WHERE c.workspace_id = $1 AND i.workspace_id = $1 AND i.customer_id = c.id"""
GROUP = """
    INSERT INTO groups (workspace_id, id, name, search_text, created_at, updated_at)
    VALUES ($1, $2, $3::text, $3::text, $4, $4)"""
MEMBERSHIPS = """
    INSERT INTO customer_groups (workspace_id, id, customer_id, origin_customer_id, group_id,
        created_at)
    SELECT $1, uuidv7(), id, id, $2, last_inbound_at FROM (
        SELECT id, last_inbound_at, row_number() OVER (ORDER BY phone) - 1 AS place
        FROM customers WHERE workspace_id = $1) AS c
    WHERE place % $3 = 0 AND (place / $3) % 3 = $4 OR place % ($3 * $5) = 0"""
EVERYBODY = """
    INSERT INTO customer_groups (workspace_id, id, customer_id, origin_customer_id, group_id,
        created_at)
    SELECT $1, uuidv7(), customer_id, customer_id, $2, min(created_at) FROM customer_groups
    WHERE workspace_id = $1 GROUP BY customer_id"""
TAG = """
    INSERT INTO tags (workspace_id, id, name, search_text, ltv_min, ltv_max, created_at, updated_at)
    VALUES ($1, $2, 'Middle', 'middle', 100, 200, $3, $3)"""
ORDERS = """
    INSERT INTO orders (workspace_id, id, external_id, customer_id, origin_customer_id, status,
        total, currency, ordered_at, paid_at, created_at, updated_at)
    SELECT $1, uuidv7(), phone || n, id, id, 'PAID', n * 10000, 'IDR',
        $2::timestamptz + n * interval '1 day', $2, $2, $2
    FROM customers, generate_series(1, 3) AS n WHERE workspace_id = $1"""
CURRENCY = "UPDATE workspaces SET currency = 'IDR' WHERE workspace_id = $1"
CHANGE = "UPDATE customers SET job_title = 'Guru' WHERE workspace_id = $1 AND id = $2"


async def main(arguments: list[str]) -> None:
    """Make customers and groups of a tenth of them; preview, broadcast, analyse."""
    parser = argparse.ArgumentParser(prog="bench audiences", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--recipients", type=int, default=100_000)
    told = parser.parse_args(arguments)
    settings = read_settings()
    connection = await asyncpg.connect(settings.database_url or "", command_timeout=3_600)
    began = time.perf_counter()
    workspace_id = await make_workspace(connection)
    made = await make_base(connection, workspace_id, told.customers, told.recipients)
    sample = "SELECT customer_id FROM customer_groups WHERE workspace_id = $1 AND group_id = $2"
    people = [row[0] for row in await connection.fetch(sample, workspace_id, made["all"])]
    print(
        f"{told.customers:,} customers, {len(people):,} of them in three groups that share one in "
        f"{OVERLAP}, made in {time.perf_counter() - began:.0f} s"
    )
    await connection.close()
    await open_database(settings)
    await previews(workspace_id, made, people)
    await analyses(workspace_id, made["all"])
    neighbour = Neighbour(settings.database_url or "", CHANGE, workspace_id, people)
    async with neighbour.at_work():
        await broadcast(workspace_id, made)
    print(f"A neighbour's change of one of the recipients meanwhile: {neighbour.describe()}")
    await close_database()


async def make_base(
    connection: asyncpg.Connection, workspace_id: UUID, customers: int, recipients: int
) -> dict[str, UUID]:
    """Customers whom WhatsApp reaches, with three orders each; groups, and a tag with a range."""
    ids = {name: new_id() for name in ("channel", "tag", "0", "1", "2", "all")}
    await make_customers(connection, workspace_id, customers)
    await connection.execute(CURRENCY, workspace_id)
    await connection.execute(CHANNEL, workspace_id, ids["channel"], START)
    async with quick_loading(connection, "channel_identities"):
        await connection.execute(IDENTITIES, workspace_id, ids["channel"])
    async with quick_loading(connection, "customers"):
        await connection.execute(MAINS, workspace_id)
    async with quick_loading(connection, "orders"):
        await connection.execute(ORDERS, workspace_id, START)
    async with quick_loading(connection, "customer_groups"):
        every = customers // recipients
        for place, name in enumerate(("0", "1", "2")):
            await connection.execute(GROUP, workspace_id, ids[name], name, START)
            numbers = (every, place, OVERLAP)
            await connection.execute(MEMBERSHIPS, workspace_id, ids[name], *numbers)
        await connection.execute(GROUP, workspace_id, ids["all"], "all", START)
        await connection.execute(EVERYBODY, workspace_id, ids["all"])
    await connection.execute(TAG, workspace_id, ids["tag"], START)
    await connection.execute("VACUUM ANALYZE", timeout=3_600)
    return ids


async def timed(label: str, attempt: Callable[[], Awaitable[Any]], times: int = 5) -> Any:
    """Do something some times, and print what the middle one took."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        found = await attempt()
        seconds.append(time.perf_counter() - began)
    shown = found if isinstance(found, str) else ""
    print(f"| {label} | {statistics.median(seconds):.3f} s | {max(seconds):.3f} s | {shown} |")
    return found


async def previews(workspace_id: UUID, made: dict[str, UUID], people: list[UUID]) -> None:
    """Preview audiences of several kinds."""
    groups = [made[name] for name in ("0", "1", "2")]
    audiences = {
        "three groups": Audience(group_ids=groups),
        "one of them, without another": Audience(
            group_ids=groups[:1], exclude_group_ids=groups[1:2]
        ),
        "a tag by lifetime value": Audience(tag_ids=[made["tag"]]),
        "10,000 ids": Audience(customer_ids=people[:10_000]),
    }
    print("| preview of | median | longest | found |\n|---|--:|--:|---|")
    for label, audience in audiences.items():

        async def attempt(audience: Audience = audience) -> str:
            async with workspace_transaction(workspace_id, now=NOW) as tx:
                found = await preview_audience(tx, audience)
            return (
                f"{found.matched:,} names, {found.recipients:,} recipients, "
                f"{found.duplicates_avoided:,} duplicates avoided"
            )

        await timed(label, attempt)


async def analyses(workspace_id: UUID, group_id: UUID) -> None:
    """Analyse all recipients as one group, each part and all of them."""
    print("| analysis of the group of all | median | longest | |\n|---|--:|--:|---|")
    parts = ("standing", "sales", "growth", "messages")
    week = Period(NOW - timedelta(days=7), NOW)
    for wanted, period in ((parts, Period()), (parts, week), (parts[:1], week), (parts[1:2], week)):

        async def attempt(wanted: tuple[str, ...] = wanted, period: Period = period) -> str:
            context = await asking(workspace_id)
            analysis = Analysis(context, Group, group_id, period)
            for name in wanted:
                await getattr(analysis, name)()
            await context.close()
            return ""

        of = "all times" if period == Period() else "a week"
        await timed(f"{' + '.join(wanted)}, {of}", attempt)


async def asking(workspace_id: UUID) -> Context:
    """A request's context."""
    async with workspace_transaction(workspace_id, now=NOW) as tx:
        workspace = await read_workspace(tx.connection, workspace_id)
    actor = Actor(workspace_id, Role.OWNER, ROLE_SCOPES[Role.OWNER])
    return Context(actor, workspace, now=NOW)


async def broadcast(workspace_id: UUID, made: dict[str, UUID]) -> None:
    """Broadcast to the three groups: freeze the audience, then queue all messages."""
    audience = Audience(group_ids=[made[name] for name in ("0", "1", "2")])
    began = time.perf_counter()
    async with workspace_transaction(workspace_id, now=NOW) as tx:
        campaign = await create_broadcast(
            tx, NewBroadcast(name="Promo", template="Halo", audience=audience)
        )
    frozen = time.perf_counter()
    run = await run_broadcast(workspace_id, campaign.id, clock=lambda: NOW, proceed=always)
    ended = time.perf_counter()
    print(
        f"A broadcast: {campaign.waiting_count:,} recipients frozen in {frozen - began:.2f} s, "
        f"{run.queued:,} messages queued in {run.batches:,} batches in {ended - frozen:.1f} s "
        f"({run.queued / (ended - frozen):,.0f}/s)"
    )
    await sending(workspace_id, campaign)
    await again(workspace_id, campaign.id)


async def sending(workspace_id: UUID, campaign: Campaign) -> None:
    """Fetch pages of the queue, and report their messages, as a system that sends does."""
    fetched, reported, number = 0.0, 0.0, 0
    for _ in range(5):
        began = time.perf_counter()
        context = await asking(workspace_id)
        question = context.loaders.question(QUEUE, request=PageRequest(size=100))
        rows = (await context.loaders.page(question, campaign.id)).rows
        await context.close()
        fetched += time.perf_counter() - began
        began = time.perf_counter()
        for row in rows:
            number += 1
            report = InteractionReport(
                external_id=f"wa-{number}",
                campaign_id=campaign.id,
                customer_id=row.customer_id,
                status=CampaignInteractionStatus.SENT,
                sent_at=NOW,
            )
            async with workspace_transaction(workspace_id, now=NOW) as tx:
                await record_campaign_interaction(tx, report)
        reported += time.perf_counter() - began
    print(
        f"A page of 100 of the queue: {fetched / 5 * 1000:.0f} ms; a report, one after another: "
        f"{reported / number * 1000:.1f} ms"
    )


async def again(workspace_id: UUID, campaign_id: UUID) -> None:
    """Several workers at once on what is done: nobody gets a second message."""
    runs = [
        run_broadcast(workspace_id, campaign_id, clock=lambda: NOW, proceed=always)
        for _ in range(4)
    ]
    queued = sum(run.queued for run in await asyncio.gather(*runs))
    async with workspace_transaction(workspace_id, now=NOW) as tx:
        twice = await people_with_two(tx, campaign_id)
    print(f"Run again by four at once: {queued} more; people with two messages: {twice}")


async def people_with_two(tx: Transaction, campaign_id: UUID) -> int:
    """How many people have more than one message of a campaign."""
    rows = await tx.fetch(
        "SELECT 1 FROM campaign_interactions WHERE workspace_id = $1 AND campaign_id = $2"
        " GROUP BY customer_id HAVING count(*) > 1",
        tx.workspace_id,
        campaign_id,
    )
    return len(rows)
