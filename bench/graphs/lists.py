"""Lists of customers, of Satukan alone: searches, filters, orders, deep pages and counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import orjson

from bench.graphs.dataset import Size
from bench.graphs.load import Target, ask, put_load
from bench.graphs.peers import PLACE, Peer
from bench.graphs.shapes import LIST_FIELDS
from services.ids import PREFIXES

QUERY = (
    "query Customers($search: String, $filter: CustomerFilter, $orderBy: CustomerOrder, "
    "$first: Int, $after: String) { customers(search: $search, filter: $filter, orderBy: $orderBy, "
    f"first: $first, after: $after) {{ nodes {{ {' '.join(LIST_FIELDS)} }} "
    "pageInfo { hasNextPage endCursor }"
)
COUNTED = "totalCount"
ORDERS = ("UPDATED_AT", "CREATED_AT", "FULL_NAME", "LIFETIME_VALUE", "LAST_INBOUND_AT")
PAGE = 20
DEEP = 1_000
"""The page, counted from one, that is fetched by the cursor of the one before it."""
SEARCHES = {
    "a frequent word (1 in 40)": "siti",
    "a frequent beginning": "san",
    "a frequent word and a place": "siti santoso",
    "a rare word (1 in 10,000)": "zulaikha",
    "one phone number": "62811000008",
    "a piece of two letters": "zu",
    "nothing like it": "qqxqq",
}


@dataclass(frozen=True)
class Case:
    """A list: what it is called and what it is asked with."""

    group: str
    name: str
    variables: Mapping[str, Any]
    counted: bool = False


@dataclass(frozen=True)
class Listed:
    """A measured list: milliseconds, and how many customers were on the page."""

    case: Case
    p50: float
    p99: float
    rows: int
    total: int | None


async def filters(connection: asyncpg.Connection, size: Size) -> dict[str, dict[str, Any]]:
    """A value for each filter, of rows that there are."""

    async def first(table: str) -> str:
        id = await connection.fetchval(f"SELECT id FROM {table} ORDER BY name LIMIT 1")
        [prefix] = [prefix for model, prefix in PREFIXES.items() if model._meta.db_table == table]
        return f"{prefix}_{id.hex}"

    ago = (size.today - timedelta(days=30)).isoformat()
    until = (size.today - timedelta(days=23)).isoformat()
    user = await first("users")
    return {
        "sources": {"sources": ["TOKOPEDIA", "SHOPEE"]},
        "updated": {"updated": {"preset": "LAST_30_DAYS"}},
        "created": {"created": {"between": {"from": ago, "to": until}}},
        "ownerIds": {"ownerIds": [user]},
        "assigneeIds": {"assigneeIds": [user]},
        "statuses": {"statuses": ["CHURNED"]},
        "acquisitions": {"acquisitions": ["IMPORT"]},
        "window ACTIVE": {"window": "ACTIVE"},
        "window PASSIVE": {"window": "PASSIVE"},
        "productive": {"productive": True},
        "not productive": {"productive": False},
        "merged": {"merged": True},
        "groupIds": {"groupIds": [await first("groups")]},
        "segmentIds": {"segmentIds": [await first("segments")]},
        "tagIds": {"tagIds": [await first("tags")]},
        "properties, equal": {"properties": [{"key": "tier", "op": "EQ", "value": "gold"}]},
        "properties, rare": {"properties": [{"key": "points", "op": "GTE", "value": 9_990}]},
        "four at once": {
            "statuses": ["LEAD"],
            "sources": ["WHATSAPP"],
            "productive": True,
            "ownerIds": [user],
        },
    }


async def cases(peer: Peer, connection: asyncpg.Connection, size: Size) -> list[Case]:
    """All lists that are measured."""
    found = [Case("search", name, {"search": word}) for name, word in SEARCHES.items()]
    for name, filter in (await filters(connection, size)).items():
        found.append(Case("filter", name, {"filter": filter}))
    for by in ORDERS:
        for direction in ("DESC", "ASC"):
            order = {"orderBy": {"by": by, "direction": direction}}
            name = f"{by} {direction}"
            found.append(Case("first page", name, order))
            pages = min(DEEP, max(2, size.customers // PAGE))
            cursor = await deep_cursor(peer, order, (pages - 1) * PAGE)
            found.append(Case(f"page {pages:,}", name, {**order, "after": cursor}))
    counted: dict[str, dict[str, Any]] = {
        "all": {},
        "a search": {"search": "siti"},
        "a filter": {"filter": {"merged": True}},
    }
    found += [Case("totalCount", name, told, counted=True) for name, told in counted.items()]
    return found


def target_of(peer: Peer, counted: bool, variables: Mapping[str, Any]) -> Target:
    """Where a list is asked for."""
    given = peer.targets["list"]
    text = f"{QUERY} {COUNTED if counted else ''} }} }}"
    body = orjson.dumps({"query": text, "variables": {"first": PLACE, **variables}})
    before, after = body.split(orjson.dumps(PLACE))
    return Target(given.url, given.headers, before, after, [str(PAGE).encode()])


async def deep_cursor(peer: Peer, order: Mapping[str, Any], rows: int) -> str:
    """The cursor of the row with this number, walked to in the largest pages there are."""
    cursor: str | None = None
    while rows > 0:
        step = min(rows, 100)
        variables = dict(order) if cursor is None else {**order, "after": cursor}
        answer = await ask(target_of(peer, False, variables), str(step).encode())
        cursor = orjson.loads(answer)["data"]["customers"]["pageInfo"]["endCursor"]
        rows -= step
    return cursor or ""


async def measure_list(peer: Peer, case: Case, seconds: float) -> Listed:
    """One client asks for the list again and again."""
    target = target_of(peer, case.counted, case.variables)
    data = orjson.loads(await ask(target, target.values[0]))["data"]["customers"]
    await put_load(target, 1, requests=5)
    taken = await put_load(target, 1, seconds=seconds)
    return Listed(
        case,
        taken.percentile(0.5),
        taken.percentile(0.99),
        len(data["nodes"]),
        data.get(COUNTED),
    )
