"""How well duplicates are found: precision and recall in Febrl's first set, and in made-up ones.

Each set is loaded whole and again with columns left out, compared by the job, and held against what
its maker knows. FILE is a set as Febrl writes it: `rec_id` tells who is whose copy.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import asyncpg

from bench.datasets import START
from bench.duplicates import load, quality
from bench.febrl import POISSON, ZIPF, make_set
from bench.people import People
from models.database import close_database, open_database
from services.batches import always
from services.duplicates.running import compare_customers
from settings import read_settings

FEBRL = Path(__file__).parents[1] / "tests" / "data" / "febrl1.csv"
NUMBERS, DAY = ("soc_sec_id", "nik"), ("date_of_birth",)
ADDRESS = ("street_number", "address_1", "address_2", "suburb", "postcode", "state", "street",
           "city", "province", "zip")  # fmt: skip
COMPARED = """
    SELECT a.customer_id AS one, b.customer_id AS other
    FROM duplicate_keys a JOIN duplicate_keys b
        ON b.workspace_id = $1 AND b.key = a.key AND b.customer_id > a.customer_id
    WHERE a.workspace_id = $1
    GROUP BY 1, 2 HAVING sum(1 + (a.key & 1)) >= 2"""
LEFT_OUT: dict[str, Sequence[str]] = {
    "all columns": (),
    "no number": NUMBERS,
    "no day of birth": DAY,
    "no address": ADDRESS,
    "neither number nor day": (*NUMBERS, *DAY),
    "no telephone": ("phone",),
    "neither telephone nor e-mail": ("phone", "email"),
}


def read_set(path: Path) -> People:
    """A set of Febrl's: `rec-7-org` and `rec-7-dup-0` are person 7."""
    people = People()
    with path.open() as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            people.person.append(int(row.pop("rec_id").split("-")[1]))
            people.rows.append({key: value.strip() for key, value in row.items()})
    return people


def made_up(seed: int) -> Iterator[tuple[str, People]]:
    """Sets such as Febrl's first three, and Indonesian ones."""
    yield "like febrl1", make_set(seed, 1_000)
    yield "like febrl2", make_set(seed, 2_000, copies=POISSON)
    yield "like febrl3", make_set(seed, 1_000, copies=ZIPF, most=6, in_field=3)
    yield "Indonesian, one copy", make_set(seed, 1_000, indonesian=True)
    yield (
        "Indonesian, up to 5 copies",
        make_set(seed, 1_000, indonesian=True, copies=ZIPF, most=6, in_field=3),
    )


async def compared(
    connection: asyncpg.Connection, workspace_id: UUID, ids: Sequence[UUID], people: People
) -> float:
    """Which share of what is there was compared at all: what blocking leaves of the recall."""
    rows = await connection.fetch(COMPARED, workspace_id)
    met = {frozenset((row["one"], row["other"])) for row in rows}
    there = {frozenset((ids[a], ids[b])) for a, b in people.pairs()}
    return len(there & met) / max(1, len(there))


async def main(arguments: list[str]) -> None:
    """Print a table, a line for each set and each choice of columns."""
    parser = argparse.ArgumentParser(prog="bench duplicate_quality", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="only this set")
    parser.add_argument("--seed", type=int, default=7, help="of the made-up sets")
    asked = parser.parse_args(arguments)
    only = asked.file
    febrl1 = ("febrl1", read_set(FEBRL))
    sets = [(only.name, read_set(only))] if only else [febrl1, *made_up(asked.seed)]
    settings = read_settings()
    connection = await asyncpg.connect(settings.database_url or "")
    await open_database(settings)
    print("| set | columns | rows | pairs | compared | found | precision | recall |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for name, people in sets:
        for label, left_out in LEFT_OUT.items():
            if not any(column in people.rows[0] for column in left_out or people.rows[0]):
                continue
            workspace_id, ids = await load(connection, people, left_out)
            await compare_customers(workspace_id, clock=lambda: START, proceed=always)
            known = await quality(connection, workspace_id, ids, people)
            blocked = await compared(connection, workspace_id, ids, people)
            print(
                f"| {name} | {label} | {len(ids):,} | {known.there:,} | {blocked:.4f} "
                f"| {known.found:,} "
                f"| {known.precision:.4f} | {known.recall:.4f} |",
                flush=True,
            )
    await close_database()
    await connection.close()
