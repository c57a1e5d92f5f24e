"""Demo data: the same every time, whole, believable, and as the services would have made them."""

import random
from datetime import timedelta
from typing import Any

import phonenumbers
import pytest_asyncio

from models import ChannelKind, Customer, Workspace
from services.contacts import normalize_email, normalize_identifier, normalize_phone
from services.customers import searchable
from services.demo.loading import Setting, load_demo, make_batch
from services.demo.people import draw_person, is_twin
from services.demo.places import PLACES
from services.demo.shops import WORKSPACE_ID
from services.expiry import expire_interactions
from services.lifetime_values import REFRESH
from services.monitoring import recount
from services.periods import start_of_day
from services.texts import fold
from services.transactions import workspace_transaction
from services.windows import close_windows
from services.workspaces import time_zone
from tests.services.demo.shops import CUSTOMERS, NOW, demo_shop

KEPT = """
    SELECT sum(total) AS total, sum(active) AS active, sum(productive) AS productive
    FROM monitoring_days WHERE workspace_id = $1 AND date < $2"""
ANEW_AT = """
    SELECT count(*) AS total,
        count(*) FILTER (WHERE EXISTS (
            SELECT 1 FROM conversations v
            JOIN messages m ON m.workspace_id = $1 AND m.conversation_id = v.id
            WHERE v.workspace_id = $1 AND v.customer_id = c.id AND v.channel_kind = 'WHATSAPP'
                AND m.direction = 'INBOUND'
                AND m.sent_at >= $2::timestamptz - interval '24 hours' AND m.sent_at < $2
        )) AS active,
        count(*) FILTER (WHERE EXISTS (
            SELECT 1 FROM orders o WHERE o.workspace_id = $1 AND o.customer_id = c.id
                AND o.status = 'PAID' AND o.paid_at < $2
        )) AS productive
    FROM customers c WHERE c.workspace_id = $1 AND c.created_at < $2"""


@pytest_asyncio.fixture(scope="module")
async def demo(database: None) -> Workspace:
    """The demo workspace with 400 customers."""
    return await demo_shop()


async def fetch(sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """What a statement returns inside the demo workspace, its $1."""
    async with workspace_transaction(WORKSPACE_ID, now=NOW) as tx:
        return await tx.fetch(sql, WORKSPACE_ID, *parameters)


async def every_row() -> dict[str, list[dict[str, Any]]]:
    """All rows of the workspace, by table."""
    tables = await fetch(
        """SELECT table_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'workspace_id' AND $1::uuid IS NOT NULL"""
    )
    return {
        table["name"]: await fetch(
            f"SELECT * FROM {table['name']} t WHERE workspace_id = $1 ORDER BY t::text"
        )
        for table in tables
    }


async def test_loaded_again_nothing_changes_and_a_larger_number_adds(demo: Workspace) -> None:
    before = await every_row()
    again = await load_demo(CUSTOMERS, NOW + timedelta(hours=3))
    assert (again.workspace_id, again.added) == (WORKSPACE_ID, 0)
    assert await every_row() == before


def test_the_same_customers_are_made_whatever_was_made_before() -> None:
    setting = Setting(NOW.replace(minute=0, second=0, microsecond=0), NOW, 24, 12)
    random.seed(NOW.timestamp())
    some, all_ = make_batch(range(30, 60), setting), make_batch(range(90), setting)
    assert some.count == 30
    for model, rows in some.sheets.rows.items():
        of_all = {row["id"]: row for row in all_.sheets.rows[model]}
        assert all(of_all[row["id"]] == row for row in rows), model
    later = Setting(setting.reference + timedelta(days=1), NOW + timedelta(days=1), 24, 12)
    moved = make_batch(range(30, 60), later)
    for model, rows in some.sheets.rows.items():
        for one, other in zip(rows, moved.sheets.rows[model], strict=True):
            assert one["id"] == other["id"]
            assert {k: v for k, v in one.items() if isinstance(v, str)} == {
                k: v for k, v in other.items() if isinstance(v, str)
            }


async def test_every_collection_and_every_channel_is_there(demo: Workspace) -> None:
    found = {name: len(rows) for name, rows in (await every_row()).items()}
    wanted = (
        "users channels customers channel_identities conversations messages campaigns "
        "campaign_interactions companies customer_companies pipelines stages tickets "
        "customer_tickets deals customer_deals tasks customer_tasks orders order_items groups "
        "customer_groups tags customer_tags property_definitions property_index_entries events "
        "contact_logs profile_changes"
    )
    assert [name for name in wanted.split() if not found[name]] == []
    assert found["customers"] >= CUSTOMERS
    kinds = await fetch("SELECT DISTINCT kind FROM channels WHERE workspace_id = $1")
    assert {row["kind"] for row in kinds} == set(ChannelKind)


async def test_phones_and_addresses_are_valid_and_in_normal_form(demo: Workspace) -> None:
    for row in await fetch("SELECT phone, email FROM customers WHERE workspace_id = $1"):
        if row["phone"]:
            assert normalize_phone(row["phone"], "ID", "phone") == row["phone"]
            number = phonenumbers.parse(row["phone"])
            assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        if row["email"]:
            assert normalize_email(row["email"], "email") == row["email"]
    for row in await fetch(
        "SELECT kind, identifier FROM channel_identities WHERE workspace_id = $1"
    ):
        kind = ChannelKind(row["kind"])
        assert normalize_identifier(kind, row["identifier"], "ID", "id") == row["identifier"]


def test_places_lie_in_each_of_the_38_provinces() -> None:
    places = [place for of_province in PLACES.values() for place in of_province]
    assert len(PLACES) == 38
    assert len({(place.province, place.regency_city) for place in places}) >= 60
    assert all(place.zip_code.isdigit() and len(place.zip_code) == 5 for place in places)
    assert all(place.regency_city.startswith(("Kota ", "Kabupaten ")) for place in places)
    # The first two digits of a post code are those of one region, and so is a district's.
    by_district: dict[tuple[str, str], set[str]] = {}
    for place in places:
        key = (place.regency_city, place.district)
        by_district.setdefault(key, set()).add(place.zip_code[:2])
    assert all(len(begins) == 1 for begins in by_district.values())


def test_some_customers_are_plainly_the_same_person() -> None:
    pairs = [(draw_person(n - 1), draw_person(n)) for n in range(CUSTOMERS) if is_twin(n)]
    assert len(pairs) == CUSTOMERS // 20
    assert any(a.phone is not None and a.phone == b.phone for a, b in pairs)
    assert any(a.name == b.name for a, b in pairs)
    assert any(a.name != b.name and a.phone == b.phone for a, b in pairs)
    assert all({one.kind for one in b.identities} - {ChannelKind.WHATSAPP} for _, b in pairs)


def test_names_are_of_many_peoples_and_some_are_single() -> None:
    names = [draw_person(number).name for number in range(1_000)]
    assert len(set(names)) > 600
    assert any(" " not in name for name in names)
    for part in ("Hutapea", "I Wayan", "Tan", "Muhammad", "Wenda", "Nugroho"):
        assert any(part in name for name in names), part


async def test_some_windows_are_open_and_some_interactions_are_over(demo: Workspace) -> None:
    (row,) = await fetch(
        """SELECT count(*) FILTER (WHERE window_status = 'ACTIVE') AS open, count(*) AS total
        FROM customers WHERE workspace_id = $1"""
    )
    assert 0 < row["open"] < row["total"] / 4
    (row,) = await fetch(
        """SELECT count(*) FILTER (WHERE expired_at IS NOT NULL) AS over, count(*) AS total
        FROM campaign_interactions WHERE workspace_id = $1"""
    )
    assert 0 < row["over"] < row["total"]


async def test_nothing_happened_in_the_future_or_before_its_customer_came(demo: Workspace) -> None:
    (row,) = await fetch(
        """SELECT
            (SELECT max(sent_at) FROM messages WHERE workspace_id = $1) AS message,
            (SELECT max(ordered_at) FROM orders WHERE workspace_id = $1) AS sale,
            (SELECT max(occurred_at) FROM events WHERE workspace_id = $1) AS event,
            (SELECT max(updated_at) FROM customers WHERE workspace_id = $1) AS change"""
    )
    assert max(row.values()) <= NOW
    early = """
        SELECT count(*) AS n FROM {table} r
        JOIN customers c ON c.workspace_id = $1 AND c.id = r.customer_id
        WHERE r.workspace_id = $1 AND r.{column} < c.created_at"""
    for table, column in (
        ("orders", "ordered_at"),
        ("conversations", "opened_at"),
        ("campaign_interactions", "sent_at"),
        ("channel_identities", "connected_at"),
    ):
        (found,) = await fetch(early.format(table=table, column=column))
        assert found["n"] == 0, table


async def test_computing_anew_what_services_derive_changes_nothing(demo: Workspace) -> None:
    sql = "SELECT * FROM customers WHERE workspace_id = $1 ORDER BY id"
    found = await fetch(sql)
    async with workspace_transaction(WORKSPACE_ID, now=NOW) as tx:
        ids = [row["id"] for row in found]
        assert await tx.execute(REFRESH, WORKSPACE_ID, ids, tx.workspace.currency) == 0
    windows = await close_windows(WORKSPACE_ID, clock=lambda: NOW, proceed=lambda: True)
    assert windows.closed == 0
    expired = await expire_interactions(WORKSPACE_ID, clock=lambda: NOW, proceed=lambda: True)
    assert (expired.expired, expired.finished) == (0, True)
    heard = {
        row["customer_id"]: row
        for row in await fetch(
            """SELECT c.customer_id, min(m.sent_at) AS first,
                max(m.sent_at) FILTER (
                    WHERE m.direction = 'INBOUND' AND c.channel_kind = 'WHATSAPP') AS last
            FROM conversations c
            JOIN messages m ON m.workspace_id = $1 AND m.conversation_id = c.id
            WHERE c.workspace_id = $1 GROUP BY c.customer_id"""
        )
    }
    identifiers: dict[Any, list[str]] = {}
    for row in await fetch(
        """SELECT customer_id, identifier FROM channel_identities WHERE workspace_id = $1
        ORDER BY connected_at, id"""
    ):
        identifiers.setdefault(row["customer_id"], []).append(row["identifier"])
    for row in found:
        customer = Customer._init_from_db(**row)
        assert customer.search_text == searchable(customer, identifiers.get(customer.id, []))
        assert customer.name_key == fold(customer.full_name)
        contact = heard.get(customer.id, {"first": None, "last": None})
        assert customer.first_contacted_at == contact["first"]
        assert customer.last_inbound_at == contact["last"]
        is_open = contact["last"] is not None and contact["last"] > NOW - timedelta(hours=24)
        assert customer.window_status == ("ACTIVE" if is_open else "PASSIVE")


async def test_conversations_show_their_messages(demo: Workspace) -> None:
    wrong = await fetch(
        """SELECT c.id FROM conversations c
        CROSS JOIN LATERAL (
            SELECT m.text, m.sent_at FROM messages m
            WHERE m.workspace_id = $1 AND m.conversation_id = c.id
            ORDER BY m.sent_at DESC LIMIT 1
        ) AS last
        CROSS JOIN LATERAL (
            SELECT count(*) AS n FROM messages m
            WHERE m.workspace_id = $1 AND m.conversation_id = c.id AND m.direction = 'INBOUND'
                AND m.sent_at > coalesce((
                    SELECT max(o.sent_at) FROM messages o
                    WHERE o.workspace_id = $1 AND o.conversation_id = c.id
                        AND o.direction = 'OUTBOUND'), '-infinity')
        ) AS unread
        WHERE c.workspace_id = $1 AND (
            c.last_message_at <> last.sent_at OR c.last_message_preview <> last.text
            OR c.activity_at <> last.sent_at OR c.unread_count <> unread.n)"""
    )
    assert wrong == []


async def test_orders_cost_what_their_items_cost(demo: Workspace) -> None:
    wrong = await fetch(
        """SELECT o.id FROM orders o
        LEFT JOIN order_items i ON i.workspace_id = $1 AND i.order_id = o.id
        WHERE o.workspace_id = $1 GROUP BY o.workspace_id, o.id, o.total
        HAVING o.total IS DISTINCT FROM sum(i.quantity * i.unit_price)"""
    )
    assert wrong == []


async def test_events_and_tickets_are_numbered_without_gaps(demo: Workspace) -> None:
    (events,) = await fetch(
        """SELECT count(*) AS n, max(seq) AS last,
            (SELECT value FROM counters WHERE workspace_id = $1 AND name = 'events') AS counter
        FROM events WHERE workspace_id = $1"""
    )
    assert events["n"] == events["last"] == events["counter"]
    tickets = await fetch("SELECT number FROM tickets WHERE workspace_id = $1 ORDER BY number")
    assert [row["number"] for row in tickets] == [f"T-{n:06d}" for n in range(1, len(tickets) + 1)]


async def test_the_kept_counts_are_those_of_the_rows(demo: Workspace) -> None:
    """Those of now, and of each day that is over: total, active and productive."""
    async with workspace_transaction(WORKSPACE_ID, now=NOW) as tx:
        assert set((await recount(tx)).values()) == {0}
    zone = time_zone(demo)
    ends = [
        start_of_day((NOW - timedelta(days=days)).astimezone(zone).date(), zone)
        for days in (0, 1, 2, 5, 30, 200)
    ]
    for end in ends:
        [kept] = await fetch(KEPT, end.astimezone(zone).date())
        [anew] = await fetch(ANEW_AT, end)
        assert kept == anew
    assert kept["total"]
    assert kept["productive"]
