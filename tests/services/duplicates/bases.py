"""Bases of customers for tests of duplicates: rows of a file, or made-up people, in a workspace."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.people import People, Row
from models import Customer, PropertyType, Workspace
from services.batches import Proceed, always
from services.duplicates.running import ComparisonRun, compare_customers
from services.duplicates.scoring import DEFAULT_SCORE
from tests.records import Records
from tests.rows import NOW
from tests.services.writing import rows

FEBRL = Path(__file__).parents[2] / "data" / "febrl1.csv"
COLUMNS = {
    "suburb": "regency_city",
    "city": "regency_city",
    "postcode": "zip_code",
    "zip": "zip_code",
    "state": "province",
    "province": "province",
    "phone": "phone",
    "email": "email",
}
PROPERTIES = {
    "date_of_birth": PropertyType.DATE,
    "soc_sec_id": PropertyType.TEXT,
    "nik": PropertyType.TEXT,
    "street_number": PropertyType.TEXT,
    "address_1": PropertyType.TEXT,
    "address_2": PropertyType.TEXT,
    "street": PropertyType.TEXT,
}
SUGGESTED = """
    SELECT first_customer_id, second_customer_id, score, reasons, status
    FROM duplicate_suggestions WHERE workspace_id = $1 ORDER BY score DESC, id DESC"""


def febrl() -> People:
    """The rows of Febrl's first set: `rec-7-org` and `rec-7-dup-0` are person 7."""
    people = People()
    with FEBRL.open() as file:
        for row in csv.DictReader(file, skipinitialspace=True):
            people.person.append(int(row.pop("rec_id").split("-")[1]))
            people.rows.append({key: value.strip() for key, value in row.items()})
    return people


def is_a_day(value: str) -> bool:
    """Whether it is a day of the calendar, as an import takes it."""
    try:
        return len(value) == 8 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def values_of(row: Row, left_out: Iterable[str]) -> dict[str, Any]:
    """A row as a customer's columns and properties. A day that does not exist is left out."""
    given = {key: value for key, value in row.items() if value and key not in left_out}
    found: dict[str, Any] = {"properties": {}}
    for key, value in given.items():
        if key == "date_of_birth":
            if is_a_day(value):
                found["properties"][key] = date.fromisoformat(value).isoformat()
        elif key in PROPERTIES:
            found["properties"][key] = value
        elif key in COLUMNS:
            found[COLUMNS[key]] = value[:16] if key == "phone" else value
    return found


@dataclass
class Base:
    """People as a workspace's customers."""

    workspace: Workspace
    customers: list[Customer]
    people: People

    async def quality(self, least: float = DEFAULT_SCORE) -> tuple[float, float]:
        """Precision and recall of the suggestions from a score on."""
        found, there = await self.found(least), self.there()
        right = len(found & there)
        return right / max(1, len(found)), right / len(there)

    async def mistaken(self) -> set[tuple[UUID, UUID]]:
        """Who are suggested and are two."""
        return await self.found(DEFAULT_SCORE) - self.there()

    async def found(self, least: float) -> set[tuple[UUID, UUID]]:
        """Who are suggested, from a score on."""
        kept = await suggested(self.workspace)
        return {pair for pair, score in kept.items() if score >= least}

    def there(self) -> set[tuple[UUID, UUID]]:
        """Who are one person."""
        return {
            pair_of(self.customers[one], self.customers[other])
            for one, other in self.people.pairs()
        }


async def make_base(workspace: Workspace, people: People, left_out: Sequence[str] = ()) -> Base:
    """The people as customers, without the columns that are left out."""
    records = Records(workspace)
    for key, type in PROPERTIES.items():
        if key in people.rows[0] and key not in left_out:
            records.property(key, type)
    customers = []
    for row in people.rows:
        name = f"{row['given_name']} {row['surname']}".strip() or "Pelanggan"
        customers.append(records.customer(name, **values_of(row, left_out)))
    await records.save()
    return Base(workspace, customers, people)


def pair_of(one: Customer, other: Customer) -> tuple[UUID, UUID]:
    """Two customers as a suggestion has them."""
    first, second = sorted((one.id, other.id))
    return first, second


async def suggested(workspace: Workspace) -> Mapping[tuple[UUID, UUID], float]:
    """Each pair that is kept as an open suggestion, with its score, the surest first."""
    return {
        (row["first_customer_id"], row["second_customer_id"]): float(row["score"])
        for row in await rows(workspace, SUGGESTED)
        if row["status"] == "OPEN"
    }


async def compare(
    workspace: Workspace,
    proceed: Proceed = always,
    *,
    everybody: bool = False,
    now: datetime = NOW,
) -> ComparisonRun:
    """Run the job once."""
    return await compare_customers(
        workspace.id, clock=lambda: now, proceed=proceed, everybody=everybody
    )
