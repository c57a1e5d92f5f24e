"""The table of customers: searches, filters on custom properties, orders by them, and reports.

Each is asked in this process, by the very code that answers requests, through the application's
role; what is slow or of interest is shown with the plan that PostgreSQL has chosen.
"""

import argparse
import os
import time
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from bench.datasets import START, quick_loading
from bench.graphs import tables
from bench.graphs.dataset import FUNCTIONS, Size
from bench.graphs.tables import ENTRIES, FEW, SERIES
from bench.kept import add_keeping, on_servers
from bench.questions import Asking, Question, explained
from models import Role, Workspace
from models.base import new_id
from models.database import close_database, maintenance_connection, open_database
from resolvers.context import Context
from resolvers.customer_pages import LONGEST, criteria_apart
from resolvers.loaders.batches import rows_sql
from resolvers.loaders.customers import CUSTOMERS
from resolvers.loaders.paging import PageRequest
from resolvers.loaders.statements import Statement
from resolvers.loaders.walks import Walk
from resolvers.pages import PageArguments, question_of
from schema.customer_filters import CustomerFilter
from schema.inputs import criteria_of
from schema.stored_inputs import restored
from services.actors import ROLE_SCOPES, Actor
from services.searches import near_terms
from settings import Settings

MADE = "SELECT workspace_id FROM workspaces WHERE name = 'Benchmark' LIMIT 1"
MORE_PROPERTIES = """
    INSERT INTO property_definitions (workspace_id, id, key, label, type, options, position,
        created_at, updated_at)
    VALUES ($1, pg_temp.few('property', 2), 'note', 'Note', 'TEXT', '{{}}', 2,
        '{first}'::timestamptz, '{first}'::timestamptz),
        ($1, pg_temp.few('property', 3), 'birthday', 'Birthday', 'DATE', '{{}}', 3,
        '{first}'::timestamptz, '{first}'::timestamptz)"""
MORE_ENTRIES = f"""
    INSERT INTO property_index_entries (workspace_id, id, property_id, customer_id, text_value,
        time_value)
    SELECT $1, pg_temp.made_id('more', n, '{{first}}'), pg_temp.few('property', 2 + n % 2),
        pg_temp.customer(n / 2),
        CASE WHEN n % 2 = 0 THEN pg_temp.pick(ARRAY['suka kopi', 'alergi kacang', 'pelanggan lama',
            'minta katalog'], 90, n) || ' ' || pg_temp.dice(91, n, 50000) END,
        CASE WHEN n % 2 = 1
            THEN '1960-01-01'::timestamptz + pg_temp.dice(92, n, 18000) * interval '1 day' END
    FROM {SERIES} n"""
LOGS = f"""
    INSERT INTO contact_logs (workspace_id, id, kind, created_at, contact_id, contact_name, source,
        channel)
    SELECT $1, pg_temp.made_id('log', n, at),
        CASE WHEN n < {{customers}} THEN 'ADDED' ELSE
            pg_temp.pick(ARRAY['CONNECTED', 'CONNECTED', 'DELETED', 'MERGED'], 93, n) END,
        at, pg_temp.customer(n % {{customers}}), 'Siti', 'INCOMING_MESSAGE',
        pg_temp.pick(ARRAY['WHATSAPP', 'WHATSAPP', 'INSTAGRAM', 'TOKOPEDIA', 'SHOPEE'], 6, n)
    FROM {SERIES} n CROSS JOIN LATERAL (
        SELECT pg_temp.customer_at(n % {{customers}})
            + (n / {{customers}}) * interval '1 hour' AS at
    ) made"""
DAYS = """
    INSERT INTO contact_log_days (workspace_id, id, date, kind, channel, count, customers)
    SELECT $1, uuidv7(), (created_at AT TIME ZONE 'Asia/Jakarta')::date, kind, channel, count(*),
        sum(customers)
    FROM contact_logs WHERE workspace_id = $1 GROUP BY 3, 4, 5"""
TABLES = (
    ("customers", 1, tables.CUSTOMERS),
    ("property_index_entries", 2, ENTRIES),
    ("property_index_entries", 2, MORE_ENTRIES),
    ("contact_logs", 1.5, LOGS),
)
MOST = 7_200.0
YEAR = {"from": "2025-11-20T03:00:00+07:00", "to": "2026-11-20T03:00:00+07:00"}


async def main(arguments: list[str]) -> None:
    """Make customers with properties and a log of two years, and ask."""
    parser = argparse.ArgumentParser(prog="bench properties", description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40, help="times that each is asked")
    parser.add_argument("--explain", action="store_true", help="show plans, too")
    add_keeping(parser)
    await on_servers(parser.parse_args(arguments), run)


async def run(told: argparse.Namespace, settings: Settings) -> None:
    """Make the data where there are none, and ask."""
    connection = await asyncpg.connect(settings.database_url)
    workspace_id = await connection.fetchval(MADE) or await make(connection, told.customers)
    await connection.close()
    print(f"Load average: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.", flush=True)
    await open_database(settings)
    try:
        asking = await Asking.of(workspace_id, told.rounds)
        for title, questions in GROUPS.items():
            await asking.table(title, questions)
        if told.explain:
            await show_plans(workspace_id)
    finally:
        await close_database()


async def make(connection: asyncpg.Connection, customers: int) -> UUID:
    """A workspace with so many customers, four values of properties each, and a log of them."""
    began = time.perf_counter()
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    size, workspace_id = Size(customers, midnight), new_id()
    await connection.execute(FUNCTIONS.format_map(size.values()))
    for few in (*FEW, MORE_PROPERTIES):
        await connection.execute(few.format_map(size.values()), workspace_id)
    for table, each, statement in TABLES:
        sql = statement.replace(SERIES, "generate_series(0::bigint, {rows}::bigint - 1)")
        async with quick_loading(connection, table):
            await connection.execute(sql.format_map(size.values(each)), workspace_id, timeout=MOST)
        print(f"  {table}: {time.perf_counter() - began:.0f} s so far", flush=True)
    await connection.execute(DAYS, workspace_id, timeout=MOST)
    await connection.execute("VACUUM ANALYZE", timeout=MOST)
    print(f"{customers:,} customers, made in {time.perf_counter() - began:.0f} s", flush=True)
    return workspace_id


PAGE = """query($search: String, $filter: CustomerFilter, $orderBy: CustomerOrder) {
    customers(search: $search, filter: $filter, orderBy: $orderBy) {
        nodes { id fullName phone email } pageInfo { hasNextPage endCursor } } }"""
COUNT = "query($filter: CustomerFilter) { customers(filter: $filter) { totalCount } }"
REPORT = """query($period: PeriodInput!) { contactReport(period: $period) {
    overview { totalAtStart totalAtEnd growth added connected deleted merged
        daily { date added connected deleted merged unmerged } bySource { source count } } } }"""
LOG = """query($period: PeriodInput!) { contactReport(period: $period) {
    added { nodes { createdAt contactId contactName source channel user { name } } } } }"""
OTHERS = {"statuses": ["CHURNED"], "sources": ["SHOPEE"]}
BY_NAME = {"by": "FULL_NAME", "direction": "ASC"}
SEARCHES = {
    "a frequent word (1 in 40)": "siti",
    "a rare word (1 in 10,000)": "zulaikha",
    "two frequent words": "siti santoso",
    "a piece of two letters": "zu",
    "a whole phone number": "0811 0000 0007 07",
    "the beginning of one": "+62 811 0000 07",
    "nothing like it": "qqxqq",
    "a rare word, two letters swapped": "zulaihka",
    "a rare word, a letter missing": "zulaika",
    "a frequent word, a letter wrong": "szti",
    "a frequent word, a letter too many": "sitti",
    "two frequent words, each with an error": "budo santozo",
}
CONDITIONS: dict[str, tuple[str, str, object]] = {
    "a select, 1 in 3": ("tier", "EQ", "gold"),
    "a number, 1 in 10,000": ("points", "EQ", 1234),
    "a number, 1 in 1,000": ("points", "GTE", 9990),
    "a number, 1 in 250": ("points", "GTE", 9960),
    "a number, 1 in 200": ("points", "GTE", 9950),
    "a number, 1 in 100": ("points", "GTE", 9900),
    "a number, 1 in 10": ("points", "GTE", 9000),
    "a number, 1 in 2": ("points", "LT", 5000),
    "one of sixty numbers": ("points", "IN", [*range(60)]),
    "a number that nobody has": ("points", "EQ", 99_999),
    "any number": ("points", "IS_SET", None),
    "a text, 1 in 200,000": ("note", "EQ", "suka kopi 77"),
    "words in a text, rare": ("note", "CONTAINS", "kacang 4242"),
    "words in a text, 1 in 4": ("note", "CONTAINS", "kopi"),
    "the beginning of a text": ("note", "STARTS_WITH", "minta katalog 12"),
    "a day": ("birthday", "EQ", "1990-05-17"),
    "a decade": ("birthday", "BETWEEN", ["1990-01-01", "1999-12-31"]),
    "not the one option": ("tier", "NE", "gold"),
    "no number, where all have one": ("points", "IS_NOT_SET", None),
}
TOGETHER = ("tier", "EQ", "gold"), ("points", "GTE", 9000), ("birthday", "LT", "1970-01-01")


def page(name: str, **variables: object) -> Question:
    """A page of twenty customers."""
    return Question(name, PAGE, dict(variables))


def met(*told: tuple[str, str, object]) -> dict[str, object]:
    """A filter on custom properties."""
    return {"properties": [{"key": key, "op": op, "value": value} for key, op, value in told]}


def by(key: str, direction: str = "DESC") -> dict[str, object]:
    """The order of a custom property."""
    return {"by": "PROPERTY", "property": key, "direction": direction}


GROUPS: dict[str, list[Question]] = {
    "search": [page(name, search=word) for name, word in SEARCHES.items()]
    + [
        page(f"{name}, by name", search=SEARCHES[name], orderBy=BY_NAME)
        for name in ("a frequent word (1 in 40)", "a rare word (1 in 10,000)")
    ],
    "filter on a custom property": [
        page(name, filter=met(told)) for name, told in CONDITIONS.items()
    ]
    + [
        page("three of them, 1 in 150 together", filter=met(*TOGETHER)),
        page("and a status, and a source", filter={**met(TOGETHER[0]), **OTHERS}),
    ],
    "the same by name": [
        page(name, filter=met(told), orderBy=BY_NAME) for name, told in CONDITIONS.items()
    ],
    "how many meet a filter on a custom property": [
        Question(name, COUNT, {"filter": met(CONDITIONS[name])})
        for name in ("a select, 1 in 3", "a number, 1 in 100", "not the one option")
    ],
    "order by a custom property": [
        page(f"{key}, {direction}", orderBy=by(key, direction))
        for key in ("tier", "points", "note", "birthday")
        for direction in ("ASC", "DESC")
    ]
    + [
        page("points, of 1 in 3", orderBy=by("points"), filter=met(CONDITIONS["a select, 1 in 3"])),
        page("points, of half of them", orderBy=by("points"), filter=met(("points", "LT", 5000))),
        page(
            "birthday, of 1 in 1,000", orderBy=by("birthday"), filter=met(("points", "GTE", 9990))
        ),
        page("birthday, of a frequent word", orderBy=by("birthday"), search="siti"),
    ],
    "contact report": [
        Question("a month", REPORT, {"period": {"month": "2026-10"}}),
        Question("the last 30 days", REPORT, {"period": {"preset": "LAST_30_DAYS"}}),
        Question("a year", REPORT, {"period": {"between": YEAR}}),
        Question("all time", REPORT, {"period": {"preset": "ALL_TIME"}}),
        Question("a page of the log of a year", LOG, {"period": {"between": YEAR}}),
    ],
}


async def show_plans(workspace_id: UUID) -> None:
    """The plans of filters on a custom property, and of a search with a typing error."""
    workspace = await Workspace.filter(id=workspace_id).using_db(maintenance_connection()).get()
    actor = Actor(workspace_id, Role.OWNER, ROLE_SCOPES[Role.OWNER])
    for title, criteria in (
        ("a number, 1 in 1,000", met(("points", "GTE", 9990))),
        ("a number, 1 in 100", met(("points", "GTE", 9900))),
        ("words in a text, rare", met(("note", "CONTAINS", "kacang 4242"))),
    ):
        context = Context(actor, workspace)
        found = await criteria_of(context, restored(CustomerFilter, criteria)) or {}
        found = await criteria_apart(context, found)
        question = question_of(context, CUSTOMERS, PageArguments(first=20), filter=found)
        await context.close()
        if "property_apart" not in found:
            statement = Statement.of_root(workspace_id, context.now)
            sql = Walk(question, found, LONGEST).listed(statement)
            walk = await explained(workspace_id, sql, statement.parameters)
            print(f"\n{title}, the walk:\n{walk}")
            continue
        statement = Statement(workspace_id, context.now, list(question.parameters))
        sql = rows_sql(question, statement)
        print(f"\n{title}:\n{await explained(workspace_id, sql, statement.parameters)}")
    terms = near_terms("zulaika", "ID") or ()
    statement = Statement.of_root(workspace_id, START)
    criteria = {"found_apart": terms}
    question = Context(actor, workspace).loaders.question(
        CUSTOMERS, filter=criteria, request=PageRequest(20)
    )
    statement.parameters = list(question.parameters)
    sql = rows_sql(question, statement, columns="r.id, r.full_name")
    print(f"\nzulaika:\n{await explained(workspace_id, sql, statement.parameters)}")
