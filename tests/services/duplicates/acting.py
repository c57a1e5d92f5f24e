"""What happens to customers in tests of duplicates, and which pairs are shown after it."""

from typing import Any
from uuid import UUID

from models import Customer, Workspace
from services.batches import Proceed
from services.customer_additions import add_customer
from services.customer_fields import CustomerChanges, NewCustomer
from services.customer_updates import update_customer
from services.duplicates.dismissals import dismiss_duplicate
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from tests.asking import ask
from tests.services.duplicates.bases import pair_of
from tests.services.writing import change, rows

PHONE, EMAIL = "+6281234567001", "wulan@toko.example"
NAME = "Wulandari Hadikusumo"
IDS = "{ duplicateSuggestions(first: 100, minScore: 0) { totalCount nodes { customers { id } } } }"
WRITTEN = """
    SELECT 'run' AS what, xmin::text, id::text FROM job_runs WHERE workspace_id = $1
    UNION ALL SELECT 'state', xmin::text, id::text
        FROM duplicate_comparisons WHERE workspace_id = $1
    UNION ALL SELECT 'suggestion', xmin::text, id::text
        FROM duplicate_suggestions WHERE workspace_id = $1
    UNION ALL SELECT 'key', xmin::text, customer_id::text
        FROM duplicate_keys WHERE workspace_id = $1
    ORDER BY 1, 3, 2"""


async def somebody(workspace: Workspace, name: str = NAME, **values: Any) -> Customer:
    """A new customer, whoever has the same telephone."""
    given = {"phone": PHONE, "email": EMAIL, **values}
    return await change(
        workspace, add_customer, NewCustomer(full_name=name, allow_duplicate=True, **given)
    )


async def edit(workspace: Workspace, customer: Customer, **values: Any) -> None:
    changes = CustomerChanges(allow_duplicate=True, **values)
    await change(workspace, update_customer, customer.id, changes)


async def merge(workspace: Workspace, main: Customer, *members: Customer) -> None:
    merging = Merging(main_id=main.id, member_ids=[member.id for member in members])
    await change(workspace, merge_customers, merging)


async def dismiss(workspace: Workspace, one: Customer, other: Customer) -> None:
    first, second = pair_of(one, other)
    [row] = await rows(
        workspace,
        "SELECT id FROM duplicate_suggestions WHERE workspace_id = $1"
        " AND first_customer_id = $2 AND second_customer_id = $3",
        first,
        second,
    )
    await change(workspace, dismiss_duplicate, row["id"])


async def shown(workspace: Workspace) -> set[tuple[UUID, UUID]]:
    """The pairs that the API shows."""
    found = (await ask(workspace, IDS))["duplicateSuggestions"]
    assert found["totalCount"] == len(found["nodes"])
    pairs = set()
    for node in found["nodes"]:
        first, second = sorted(UUID(one["id"].removeprefix("cus_")) for one in node["customers"])
        pairs.add((first, second))
    assert len(pairs) == len(found["nodes"])
    return pairs


def after(batches: int) -> Proceed:
    """Lets so many batches run."""
    answers = iter([True] * batches)
    return lambda: next(answers, False)
