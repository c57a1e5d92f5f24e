"""How well duplicates are found: precision and recall in Febrl's first set, and in made-up ones.

Each set is loaded whole and again with columns left out, compared by the job, and held against what
its maker knows. FILE is a set as Febrl writes it: `rec_id` tells who is whose copy.
"""

import argparse
import csv
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import asyncpg

from bench.datasets import START
from bench.duplicates import load, quality
from bench.people import Australians, Damage, Indonesians, People, make_people
from models.database import close_database, open_database
from services.batches import always
from services.duplicates.running import compare_customers
from settings import read_settings

FEBRL = Path(__file__).parents[1] / "tests" / "data" / "febrl1.csv"
NUMBERS, DAY = ("soc_sec_id", "nik"), ("date_of_birth",)
ADDRESS = ("street_number", "address_1", "address_2", "suburb", "postcode", "state", "street",
           "city", "province", "zip")  # fmt: skip
LEFT_OUT: dict[str, Sequence[str]] = {
    "all columns": (),
    "no number": NUMBERS,
    "no day of birth": DAY,
    "no address": ADDRESS,
    "neither number nor day": (*NUMBERS, *DAY),
}


def read_set(path: Path) -> People:
    """A set of Febrl's: `rec-7-org` and `rec-7-dup-0` are person 7."""
    people = People()
    with path.open() as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            people.person.append(int(row.pop("rec_id").split("-")[1]))
            people.rows.append({key: value.strip() for key, value in row.items()})
    return people


def up_to_five(dice: random.Random) -> Callable[[], int]:
    """Most have no copy, some several."""
    return lambda: dice.choices((0, 1, 2, 3, 4, 5), (40, 25, 15, 10, 5, 5))[0]


def made_up() -> Iterator[tuple[str, People]]:
    """Sets in the manner of Febrl's four, and Indonesian ones, the same every time."""
    dice = random.Random(7)
    australian, indonesian = Australians(dice).person, Indonesians(dice).person
    several = up_to_five(dice)

    def one() -> int:
        return 1

    yield "made up, one copy, 3 slips", make_people(australian, dice, 2_500, one, Damage(3))
    yield (
        "made up, up to 5 copies, 6 slips",
        make_people(australian, dice, 1_500, several, Damage(6, 2)),
    )
    yield (
        "Indonesian, one copy, 2 slips",
        make_people(indonesian, dice, 2_500, one, Damage(2, 1, 0.15)),
    )
    yield (
        "Indonesian, up to 5 copies, 5 slips",
        make_people(indonesian, dice, 1_500, several, Damage(5, 2, 0.2)),
    )


async def main(arguments: list[str]) -> None:
    """Print a table, a line for each set and each choice of columns."""
    parser = argparse.ArgumentParser(prog="bench duplicate_quality", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="only this set")
    only = parser.parse_args(arguments).file
    sets = [(only.name, read_set(only))] if only else [("febrl1", read_set(FEBRL)), *made_up()]
    settings = read_settings()
    connection = await asyncpg.connect(settings.database_url or "")
    await open_database(settings)
    print("| set | columns | rows | pairs | found | precision | recall |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for name, people in sets:
        for label, left_out in LEFT_OUT.items():
            workspace_id, ids = await load(connection, people, left_out)
            await compare_customers(workspace_id, clock=lambda: START, proceed=always)
            known = await quality(connection, workspace_id, ids, people)
            print(
                f"| {name} | {label} | {len(ids):,} | {known.there:,} | {known.found:,} "
                f"| {known.precision:.4f} | {known.recall:.4f} |",
                flush=True,
            )
    await close_database()
    await connection.close()
