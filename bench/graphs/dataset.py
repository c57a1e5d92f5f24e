"""The data of the graph's benchmark, made by the database itself: the same for a size and a day.

All values are dice thrown from a row's number, so a row can be referred to without looking it up.
Children lie in the order of their time, as they come in life, and so the children of one customer
lie far from each other. The connection is the owner's, on a database that is thrown away.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from bench.datasets import quick_loading
from bench.graphs.tables import FEW, MANY, MOST, SERIES
from models.base import new_id

SPAN = timedelta(days=700)
"""From the first customer to the last."""
SHOWN = timedelta(days=300)
"""From the first campaign's message to the last: all can be seen for two months to come."""

FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.dice(seed int, n bigint, sides bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE RETURN (hashint8extended(n, seed) & 9223372036854775807) % sides;
CREATE OR REPLACE FUNCTION pg_temp.pick(words text[], seed int, n bigint) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN words[1 + (hashint8extended(n, seed) & 9223372036854775807) % cardinality(words)];
-- UUIDs of version 7 (RFC 9562): the milliseconds, then bits that look random.
CREATE OR REPLACE FUNCTION pg_temp.made_id(kind text, n bigint, at timestamptz) RETURNS uuid
    LANGUAGE sql STABLE
    RETURN overlay(overlay(overlay(md5(kind || n)
        placing lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') from 1 for 12)
        placing '7' from 13 for 1) placing '8' from 17 for 1)::uuid;
CREATE OR REPLACE FUNCTION pg_temp.few(kind text, n bigint) RETURNS uuid
    LANGUAGE sql STABLE RETURN pg_temp.made_id(kind, n, '{first}'::timestamptz);
CREATE OR REPLACE FUNCTION pg_temp.customer_at(n bigint) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN '{first}'::timestamptz + make_interval(secs => n * {span} / {customers}::float8);
CREATE OR REPLACE FUNCTION pg_temp.customer(n bigint) RETURNS uuid
    LANGUAGE sql STABLE RETURN pg_temp.made_id('customer', n, pg_temp.customer_at(n));
CREATE OR REPLACE FUNCTION pg_temp.identity(n bigint) RETURNS uuid
    LANGUAGE sql STABLE RETURN pg_temp.made_id('identity', n, pg_temp.customer_at(n));
"""


@dataclass(frozen=True)
class Size:
    """How much there is to be, and when it is to have happened."""

    customers: int
    today: datetime

    @property
    def first(self) -> datetime:
        """When the first customer was added."""
        return self.today - SPAN

    def values(self, each: float = 1.0) -> dict[str, str]:
        """What stands in braces in the statements, for `each` rows a customer."""
        rows = max(1, int(self.customers * each))
        return {
            "customers": str(self.customers),
            "rows": str(rows),
            "companies": str(max(1, self.customers // 5)),
            "first": self.first.isoformat(),
            "today": self.today.isoformat(),
            "span": str(int(SPAN.total_seconds())),
            "step": repr(SPAN.total_seconds() / rows),
            "shown": (self.today - SHOWN).isoformat(),
            "shown_step": repr(SHOWN.total_seconds() / rows),
        }


async def make_graph(
    connection: asyncpg.Connection, size: Size, tell: Callable[[str], None]
) -> UUID:
    """A workspace with so many customers, and about 8 conversations, 6 campaign interactions, 2
    companies, 4 tickets, 3 deals and 4 tasks of each. `tell` is told of each table.
    """
    workspace_id = new_id()
    await connection.execute(FUNCTIONS.format_map(size.values()))
    for few in FEW:
        await connection.execute(few.format_map(size.values()), workspace_id)
    for table, each, statement in MANY:
        began = time.perf_counter()
        sql = statement.replace(SERIES, "generate_series(0::bigint, {rows}::bigint - 1)")
        async with quick_loading(connection, table):
            done = await connection.execute(
                sql.format_map(size.values(each)), workspace_id, timeout=MOST
            )
        rows = int(done.rpartition(" ")[2])
        tell(f"  {table}: {rows:,} rows in {time.perf_counter() - began:.0f} s")
    await connection.execute("VACUUM ANALYZE", timeout=MOST)
    return workspace_id
