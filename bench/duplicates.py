"""Comparing a whole base for duplicates: seconds, what is found, and what a change costs after it.

The base is a shop's: telephones, e-mail addresses, addresses, birthdays and identity numbers, one
in twenty customers twice, with up to three errors. What is common in real ones is put in on
purpose: a name that one in twenty has, and a telephone that one in fifty gives, the shop's own.
"""

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
from tortoise.fields.data import JSON_DUMPS

from bench.datasets import START, make_workspace, quick_loading
from bench.jobs import peak_megabytes
from bench.people import Damage, Indonesians, People, make_people
from models.base import new_id
from models.database import close_database, open_database
from services.batches import always
from services.duplicates.running import compare_customers
from services.duplicates.scoring import DEFAULT_SCORE
from services.texts import fold
from settings import read_settings

PROPERTIES = {
    "date_of_birth": "DATE",
    "nik": "TEXT",
    "soc_sec_id": "TEXT",
    "street": "TEXT",
    "street_number": "TEXT",
    "address_1": "TEXT",
    "address_2": "TEXT",
}
FIELDS = {"city": "suburb", "zip": "postcode", "province": "state"}
"""What the same column is called in Febrl's sets."""
COLUMNS = (
    "workspace_id", "id", "full_name", "name_key", "search_text", "phone", "email", "province",
    "regency_city", "zip_code", "properties", "acquisition", "created_at", "updated_at",
)  # fmt: skip
DEFINE = """
    INSERT INTO property_definitions
        (workspace_id, id, key, label, type, position, created_at, updated_at)
    SELECT $1, uuidv7(), key, key, type, 0, $2, $2
    FROM unnest($3::text[], $4::text[]) AS p(key, type)"""
FOUND = """
    SELECT first_customer_id, second_customer_id FROM duplicate_suggestions
    WHERE workspace_id = $1 AND score >= $2"""
TELL = """
    INSERT INTO events (workspace_id, id, seq, type, occurred_at, customer_id)
    SELECT $1, uuidv7(), $2 + n, 'CUSTOMER_UPDATED', $3, id
    FROM unnest($4::uuid[]) WITH ORDINALITY AS c(id, n)"""
COUNT_UP = """
    INSERT INTO counters (workspace_id, id, name, value) VALUES ($1, uuidv7(), 'events', $2)
    ON CONFLICT (workspace_id, name) DO UPDATE SET value = excluded.value"""


def make_base(customers: int) -> People:
    """The base, the same every time."""
    dice = random.Random(1)
    shop = Indonesians(dice, 500)

    def person() -> dict[str, str]:
        row = shop.person()
        if dice.random() < 0.05:
            row["given_name"], row["surname"] = "muhammad", "rizki"
        if dice.random() < 0.02:
            row["phone"] = "+622155500100"
        return row

    def copies() -> int:
        return int(dice.random() < 0.05)

    return make_people(person, dice, int(customers / 1.05), copies, Damage(3, 1, 0.2))


def record(workspace_id: UUID, id: UUID, row: dict[str, str]) -> tuple[object, ...]:
    """A row of the table."""
    name = f"{row['given_name']} {row['surname']}".strip().title() or "Pelanggan"
    properties = {key: row[key] for key in PROPERTIES if row.get(key)}
    born = properties.pop("date_of_birth", "")
    if is_a_day(born):
        properties["date_of_birth"] = f"{born[:4]}-{born[4:6]}-{born[6:]}"
    city, zip_code, province = [row.get(one) or row.get(FIELDS[one]) for one in FIELDS]
    return (
        workspace_id, id, name, fold(name), fold(name), (row.get("phone") or "")[:16] or None,
        row.get("email") or None, province or None, city or None, zip_code or None,
        JSON_DUMPS(properties), "IMPORT", START, START,
    )  # fmt: skip


def is_a_day(text: str) -> bool:
    """Whether a text is a day of the calendar as an import takes it: others fail there."""
    try:
        return len(text) == 8 and bool(date.fromisoformat(text))
    except ValueError:
        return False


async def load(
    connection: asyncpg.Connection, people: People, left_out: Sequence[str] = ()
) -> tuple[UUID, list[UUID]]:
    """The base in a workspace of its own, without some columns, and the ids of its rows."""
    workspace_id = await make_workspace(connection)
    known = [key for key in PROPERTIES if key in people.rows[0] and key not in left_out]
    types = [PROPERTIES[key] for key in known]
    await connection.execute(DEFINE, workspace_id, START, known, types)
    ids = [new_id() for _ in people.rows]
    rows = [{key: row[key] for key in row if key not in left_out} for row in people.rows]
    records = [record(workspace_id, *one) for one in zip(ids, rows, strict=True)]
    async with quick_loading(connection, "customers"):
        await connection.copy_records_to_table("customers", records=records, columns=COLUMNS)
    return workspace_id, ids


async def timed(workspace_id: UUID, label: str, *, everybody: bool = False) -> None:
    """Run the job once, and print a line of what it did."""
    began, used = time.perf_counter(), time.process_time()
    now: datetime = START
    done = await compare_customers(
        workspace_id, clock=lambda: now, proceed=always, everybody=everybody
    )
    seconds, used = time.perf_counter() - began, time.process_time() - used
    rate = f"{done.compared / seconds:,.0f}" if done.compared else "–"
    print(
        f"| {label} | {done.compared:,} | {seconds:.2f} | {rate} | {used:.2f} "
        f"| {done.suggested:,} | {peak_megabytes():.0f} MB |",
        flush=True,
    )


@dataclass(frozen=True)
class Quality:
    """What was found of what is there, at the default threshold."""

    there: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """Which share of what was found is right."""
        return self.right / max(1, self.found)

    @property
    def recall(self) -> float:
        """Which share of what is there was found."""
        return self.right / max(1, self.there)


async def quality(
    connection: asyncpg.Connection, workspace_id: UUID, ids: Sequence[UUID], people: People
) -> Quality:
    """How good a workspace's suggestions are."""
    rows = await connection.fetch(FOUND, workspace_id, DEFAULT_SCORE)
    found = {frozenset(row.values()) for row in rows}
    there = {frozenset((ids[a], ids[b])) for a, b in people.pairs()}
    return Quality(len(there), len(found), len(found & there))


async def main(arguments: list[str]) -> None:
    """Compare everybody, then again, then after a hundred changes."""
    parser = argparse.ArgumentParser(prog="bench duplicates", description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    people = make_base(parser.parse_args(arguments).customers)
    settings = read_settings()
    connection = await asyncpg.connect(settings.database_url or "")
    workspace_id, ids = await load(connection, people)
    await open_database(settings)
    print("| | customers | seconds | customers/s | of which Python | suggestions | peak memory |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    await timed(workspace_id, "everybody, the first time")
    known = await quality(connection, workspace_id, ids, people)
    await timed(workspace_id, "everybody again", everybody=True)
    seq = 0
    for count in (1, 100):
        await connection.execute(TELL, workspace_id, seq, START, ids[:count])
        seq += count
        await connection.execute(COUNT_UP, workspace_id, seq)
        await timed(workspace_id, f"after {count} changes")
    await timed(workspace_id, "nothing has changed")
    print(
        f"{known.there:,} pairs are one person; {known.found:,} are suggested: precision "
        f"{known.precision:.4f}, recall {known.recall:.4f}"
    )
    await close_database()
    await connection.close()
