"""Letting indexes serve searches and amounts under row-level security.

Under a policy PostgreSQL uses an index for a condition only if the condition's function is marked
LEAKPROOF: it must not tell of other tenants' rows by raising an error (PostgreSQL: Rules and
Privileges). LIKE, lower() and the comparisons of numeric are not marked, though with our
parameters they cannot raise one: patterns are escaped by us, and folding case or comparing numbers
never fails. Without the marks `customers(search:)`, and finding who has an e-mail address, would
read the whole workspace.
"""

import asyncpg

FUNCTIONS = (
    "textlike(text,text)",
    "lower(text)",
    "numeric_eq(numeric,numeric)",
    "numeric_lt(numeric,numeric)",
    "numeric_le(numeric,numeric)",
    "numeric_gt(numeric,numeric)",
    "numeric_ge(numeric,numeric)",
)
UNMARKED = """
    SELECT f FROM unnest($1::text[]) AS f
    JOIN pg_proc p ON p.oid = ('pg_catalog.' || f)::regprocedure WHERE NOT p.proleakproof"""
MAY_MARK = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


async def mark_leakproof(connection: asyncpg.Connection) -> list[str]:
    """Mark the functions that are not marked yet; return those that could not be.

    Done at each migration run and not in one migration, because a dump does not carry marks of the
    system's own functions. It takes a superuser; without one searches are right, but slow.
    """
    unmarked = [row["f"] for row in await connection.fetch(UNMARKED, list(FUNCTIONS))]
    if not unmarked or not await connection.fetchval(MAY_MARK):
        return unmarked
    for function in unmarked:
        await connection.execute(f"ALTER FUNCTION pg_catalog.{function} LEAKPROOF")
    return []
