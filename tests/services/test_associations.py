"""Associating customers with companies, tickets, deals and tasks, and ending it."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models import Customer, Workspace
from models.base import new_id
from services.associations import Association, associate, dissociate
from services.companies import CompanyReport, upsert_company
from services.customer_deletions import delete_customer
from services.deals import DealReport, upsert_deal
from services.errors import ErrorCode
from services.tasks import TaskReport, upsert_task
from services.tickets import TicketReport, upsert_ticket
from tests.services.writing import change, customer, merged, refused, rows

NOT_FOUND = ErrorCode.NOT_FOUND
KINDS = ("company", "ticket", "deal", "task")
TABLES = {
    "company": "customer_companies",
    "ticket": "customer_tickets",
    "deal": "customer_deals",
    "task": "customer_tasks",
}


async def record(workspace: Workspace, kind: str, *customers: Customer) -> UUID:
    """A record of a kind, associated with these customers; its id."""
    ids = [one.id for one in customers]
    match kind:
        case "company":
            report: Any = CompanyReport(external_id="X", name="PT Maju", customer_ids=ids)
            return (await change(workspace, upsert_company, report)).id
        case "ticket":
            report = TicketReport(external_id="X", subject="Broken", customer_ids=ids)
            return (await change(workspace, upsert_ticket, report)).id
        case "deal":
            report = DealReport(
                external_id="X", name="Big", amount=Decimal("1.00"), customer_ids=ids
            )
            return (await change(workspace, upsert_deal, report)).id
    report = TaskReport(external_id="X", title="Call", customer_ids=ids)
    return (await change(workspace, upsert_task, report)).id


def between(one: Customer, kind: str, id: UUID) -> Association:
    """A customer and a record."""
    named: dict[str, Any] = {f"{kind}_id": id}
    return Association(customer_id=one.id, **named)


async def associations(workspace: Workspace, kind: str) -> list[tuple[UUID, UUID, UUID]]:
    """Customer, origin and record of each association of a kind."""
    found = await rows(
        workspace,
        f"SELECT customer_id, origin_customer_id, {kind}_id AS record FROM {TABLES[kind]}"
        " WHERE workspace_id = $1 ORDER BY origin_customer_id",
    )
    return [(row["customer_id"], row["origin_customer_id"], row["record"]) for row in found]


@pytest.mark.parametrize("kind", KINDS)
async def test_associated_once_however_often_it_is_said(workspace: Workspace, kind: str) -> None:
    one, id = await customer(workspace), await record(workspace, kind)
    for _ in range(2):
        assert (await change(workspace, associate, between(one, kind, id))).id == one.id
    assert await associations(workspace, kind) == [(one.id, one.id, id)]
    for _ in range(2):
        assert (await change(workspace, dissociate, between(one, kind, id))).id == one.id
    assert await associations(workspace, kind) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_customers_of_a_record_are_added_and_none_removed(
    workspace: Workspace, kind: str
) -> None:
    first, second = await customer(workspace, "A"), await customer(workspace, "B")
    id = await record(workspace, kind, first)
    assert await record(workspace, kind, second, second) == id
    assert await record(workspace, kind) == id
    assert [row[0] for row in await associations(workspace, kind)] == sorted([first.id, second.id])


async def test_association_at_one_instant_is_one(workspace: Workspace) -> None:
    one, id = await customer(workspace), await record(workspace, "deal")
    both = between(one, "deal", id)
    await asyncio.gather(*(change(workspace, associate, both) for _ in range(4)))
    assert await associations(workspace, "deal") == [(one.id, one.id, id)]


async def test_exactly_one_record_is_named(workspace: Workspace) -> None:
    one, id = await customer(workspace), await record(workspace, "deal")
    none = Association(customer_id=one.id)
    two = Association(customer_id=one.id, deal_id=id, task_id=new_id())
    for verb in (associate, dissociate):
        await refused(ErrorCode.INVALID, (), change(workspace, verb, none))
        await refused(ErrorCode.INVALID, ("taskId",), change(workspace, verb, two))


@pytest.mark.parametrize("kind", KINDS)
async def test_records_and_customers_of_others_are_unknown(
    workspace: Workspace, other_workspace: Workspace, kind: str
) -> None:
    ours, our_record = await customer(workspace), await record(workspace, kind)
    theirs, their_record = await customer(other_workspace), await record(other_workspace, kind)
    for verb in (associate, dissociate):
        messages = set()
        for id in (their_record, new_id()):
            attempt = change(workspace, verb, between(ours, kind, id))
            messages.add((await refused(NOT_FOUND, (f"{kind}Id",), attempt)).message)
        attempt = change(workspace, verb, between(theirs, kind, our_record))
        await refused(NOT_FOUND, ("customerId",), attempt)
        assert len(messages) == 1
    await refused(NOT_FOUND, ("customerIds", "1"), record(workspace, kind, ours, theirs))
    assert await associations(workspace, kind) == []


async def test_merged_id_brings_its_association_to_the_main_customer(workspace: Workspace) -> None:
    main, member = await customer(workspace, "Main"), await customer(workspace, "Member")
    await merged(workspace, member, main)
    id = await record(workspace, "ticket", member)
    assert await associations(workspace, "ticket") == [(main.id, member.id, id)]
    assert (await change(workspace, associate, between(main, "ticket", id))).id == main.id
    assert len(await associations(workspace, "ticket")) == 2
    await change(workspace, dissociate, between(member, "ticket", id))
    assert await associations(workspace, "ticket") == []


async def test_deleted_customer_is_not_associated(workspace: Workspace) -> None:
    one, id = await customer(workspace), await record(workspace, "task")
    await change(workspace, delete_customer, one.id)
    attempt = change(workspace, associate, between(one, "task", id))
    refusal = await refused(NOT_FOUND, ("customerId",), attempt)
    assert "deleted" in refusal.message
