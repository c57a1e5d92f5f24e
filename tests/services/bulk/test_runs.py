"""Changing many customers at once: whom, exactly once, and what a kill leaves."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tortoise.fields.data import JSON_LOADS

from models import (
    BulkChange,
    BulkChangeKind,
    BulkChangeStatus,
    Customer,
    CustomerStatus,
    EventType,
    Workspace,
)
from models.base import new_id
from services.batches import always
from services.bulk import runs
from services.bulk.choices import BATCH, MOST_IDS, Choice
from services.bulk.records import LEASE, cancel_bulk_change, claim, find_bulk_change, freeze
from services.bulk.runs import run_bulk_change
from services.bulk.verbs import changes_of, options_of
from services.customer_deletions import delete_customer
from services.customer_fields import CustomerChanges
from services.errors import ErrorCode
from services.ids import global_id
from services.properties import PropertyEntry
from services.transactions import Transaction
from tests.services.writing import (
    NOW,
    as_user,
    change,
    customer,
    event_types,
    group,
    merged,
    refused,
    rows,
    stored,
    tag,
    user,
)

ALL = (
    "SELECT r.id FROM customers r"
    " WHERE r.workspace_id = $1 AND r.deleted_at IS NULL AND r.merged_into_id IS NULL"
)


async def many(workspace: Workspace, count: int) -> list[UUID]:
    """So many customers, written straight to the table; their ids in order."""
    ids = [new_id() for _ in range(count)]
    made = [
        Customer(
            id=id,
            workspace_id=workspace.id,
            full_name=f"Ani {number}",
            name_key=f"ani {number}",
            search_text=f"ani {number}",
            acquisition="MANUAL",
            created_at=NOW,
            updated_at=NOW,
        )
        for number, id in enumerate(ids)
    ]

    async def insert(tx: Transaction) -> None:
        await Customer.bulk_create(made, using_db=tx.connection)

    await change(workspace, insert)
    return sorted(ids)


def everybody(workspace: Workspace) -> Choice:
    """The choice of all customers who are shown."""
    return Choice(statement=ALL, parameters=[workspace.id])


async def asked(
    workspace: Workspace,
    kind: BulkChangeKind,
    choice: Choice,
    options: dict[str, Any] | None = None,
    **told: Any,
) -> BulkChange:
    """A bulk change that was asked for."""
    return await change(workspace, freeze, kind, options or {}, choice, **told)


async def done(workspace: Workspace, bulk: BulkChange) -> BulkChange:
    """A bulk change after a run of it."""
    await run_bulk_change(workspace.id, bulk.id, clock=lambda: NOW, proceed=always)
    return await change(workspace, find_bulk_change, bulk.id)


async def tagged(workspace: Workspace, tag_id: UUID) -> list[UUID]:
    """Who carries a tag by hand, a customer as often as there are rows."""
    found = await rows(
        workspace,
        "SELECT customer_id FROM customer_tags WHERE workspace_id = $1 AND tag_id = $2"
        " ORDER BY customer_id",
        tag_id,
    )
    return [row["customer_id"] for row in found]


async def failures(workspace: Workspace, bulk: BulkChange) -> list[tuple[UUID, str]]:
    """Whom a bulk change has not changed, and why."""
    found = await rows(
        workspace,
        "SELECT customer_id, code FROM bulk_change_failures"
        " WHERE workspace_id = $1 AND bulk_change_id = $2 ORDER BY id",
        bulk.id,
    )
    return [(row["customer_id"], row["code"]) for row in found]


def named(model: Any, ids: Sequence[UUID]) -> list[str]:
    """Global ids."""
    return [global_id(model, id) for id in ids]


async def test_all_that_match_are_frozen_at_the_call(workspace: Workspace) -> None:
    ids = await many(workspace, 2 * BATCH + 7)
    vip = await tag(workspace, "VIP")
    bulk = await asked(workspace, BulkChangeKind.TAG, everybody(workspace), {"id": str(vip.id)})
    assert (bulk.total, bulk.status) == (len(ids), BulkChangeStatus.QUEUED)
    await many(workspace, 3)
    ended = await done(workspace, bulk)
    assert await tagged(workspace, vip.id) == ids
    assert (ended.status, ended.done, ended.failed) == (BulkChangeStatus.FINISHED, len(ids), 0)
    assert ended.finished_at == NOW
    left = await rows(workspace, "SELECT 1 FROM bulk_change_batches WHERE workspace_id = $1")
    assert left == []


async def test_other_workspaces_are_not_touched(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await many(workspace, 3)
    theirs = await many(other_workspace, 3)
    vip = await tag(workspace, "VIP")
    options = {"id": str(vip.id)}
    bulk = await asked(workspace, BulkChangeKind.TAG, Choice(ids=theirs), options)
    ended = await done(workspace, bulk)
    assert ended.failed == 3
    assert await failures(workspace, bulk) == [(id, "NOT_FOUND") for id in theirs]
    assert await tagged(workspace, vip.id) == []
    assert not (
        await run_bulk_change(other_workspace.id, bulk.id, clock=lambda: NOW, proceed=always)
    ).finished


async def test_a_killed_worker_leaves_what_it_committed_and_everyone_is_changed_once(
    workspace: Workspace,
) -> None:
    ids = await many(workspace, 3 * BATCH)
    vip = await tag(workspace, "VIP")
    bulk = await asked(workspace, BulkChangeKind.TAG, everybody(workspace), {"id": str(vip.id)})
    held = await change(workspace, claim, bulk.id)
    assert held is not None
    assert await runs._one_batch(held, lambda: NOW) == BATCH
    # It dies here: the lease is another's only once it has lapsed.
    assert (await done(workspace, bulk)).done == BATCH
    later = NOW + LEASE
    run = await run_bulk_change(workspace.id, bulk.id, clock=lambda: later, proceed=always)
    assert (run.done, run.finished) == (2 * BATCH, True)
    assert await tagged(workspace, vip.id) == ids
    versions = await rows(
        workspace, "SELECT DISTINCT version FROM customers WHERE workspace_id = $1"
    )
    assert [row["version"] for row in versions] == [2]


async def test_a_worker_that_only_slept_changes_nothing_more(workspace: Workspace) -> None:
    await many(workspace, 2 * BATCH)
    vip = await tag(workspace, "VIP")
    bulk = await asked(workspace, BulkChangeKind.TAG, everybody(workspace), {"id": str(vip.id)})
    slept = await change(workspace, claim, bulk.id)
    assert slept is not None
    later = NOW + LEASE
    await run_bulk_change(workspace.id, bulk.id, clock=lambda: later, proceed=always)
    assert await runs._one_batch(slept, lambda: later) is None
    ended = await change(workspace, find_bulk_change, bulk.id)
    assert ended.done == 2 * BATCH


async def test_a_run_that_is_told_to_end_is_gone_on_with_at_once(workspace: Workspace) -> None:
    await many(workspace, 2 * BATCH)
    vip = await tag(workspace, "VIP")
    bulk = await asked(workspace, BulkChangeKind.TAG, everybody(workspace), {"id": str(vip.id)})
    turns = iter([True, False])
    run = await run_bulk_change(
        workspace.id, bulk.id, clock=lambda: NOW, proceed=lambda: next(turns)
    )
    assert (run.done, run.finished) == (BATCH, False)
    assert (await done(workspace, bulk)).status is BulkChangeStatus.FINISHED


async def test_cancelling_leaves_the_rest(workspace: Workspace) -> None:
    await many(workspace, 2 * BATCH)
    vip = await tag(workspace, "VIP")
    bulk = await asked(workspace, BulkChangeKind.TAG, everybody(workspace), {"id": str(vip.id)})
    held = await change(workspace, claim, bulk.id)
    assert held is not None
    await runs._one_batch(held, lambda: NOW)
    cancelled = await change(workspace, cancel_bulk_change, bulk.id)
    assert (cancelled.status, cancelled.done) == (BulkChangeStatus.CANCELLED, BATCH)
    assert (await done(workspace, bulk)).done == BATCH
    assert len(await tagged(workspace, vip.id)) == BATCH
    again = await change(workspace, cancel_bulk_change, bulk.id, now=NOW + timedelta(days=1))
    assert again.finished_at == NOW


async def test_who_cannot_be_changed_is_told_and_the_others_are_changed(
    workspace: Workspace,
) -> None:
    ani, budi, cici = [await customer(workspace, name) for name in ("Ani", "Budi", "Cici")]
    await change(workspace, delete_customer, budi.id)
    await merged(workspace, cici, ani)
    unknown = new_id()
    rina = await user(workspace)
    options = options_of(CustomerChanges(owner_id=rina.id, status=CustomerStatus.LEAD))
    choice = Choice(ids=[ani.id, budi.id, cici.id, unknown])
    bulk = await asked(workspace, BulkChangeKind.UPDATE, choice, options, actor=as_user(rina))
    ended = await done(workspace, bulk)
    assert (ended.total, ended.done, ended.failed) == (4, 4, 2)
    assert set(await failures(workspace, bulk)) == {
        (budi.id, "NOT_FOUND"),
        (unknown, "NOT_FOUND"),
    }
    kept = await stored(workspace, ani.id)
    assert (kept.owner_id, kept.status, kept.version) == (rina.id, CustomerStatus.LEAD, 2)
    [history] = await rows(
        workspace, "SELECT user_id, source FROM profile_changes WHERE workspace_id = $1"
    )
    assert (history["user_id"], history["source"]) == (rina.id, "USER")


async def test_what_fails_for_one_leaves_nothing_behind(workspace: Workspace) -> None:
    ani = await customer(workspace, "Ani")
    options = options_of(CustomerChanges(properties=[PropertyEntry("nothing", "x")]))
    bulk = await asked(workspace, BulkChangeKind.UPDATE, Choice(ids=[ani.id]), options)
    ended = await done(workspace, bulk)
    assert (ended.done, ended.failed) == (1, 1)
    assert await failures(workspace, bulk) == [(ani.id, "INVALID")]
    assert (await stored(workspace, ani.id)).version == 1


async def test_deleting_many_is_like_deleting_each(workspace: Workspace) -> None:
    ids = await many(workspace, 5)
    bulk = await asked(workspace, BulkChangeKind.DELETE, everybody(workspace))
    await done(workspace, bulk)
    gone = await rows(
        workspace,
        "SELECT deleted_at FROM customers WHERE workspace_id = $1 AND deleted_at = $2",
        NOW,
    )
    assert len(gone) == len(ids)
    assert (await event_types(workspace)).count(EventType.CUSTOMER_DELETED) == 5
    logged = await rows(
        workspace, "SELECT count FROM contact_log_days WHERE workspace_id = $1 AND kind = 'DELETED'"
    )
    assert [row["count"] for row in logged] == [5]


async def test_groups_keep_their_history_and_who_is_in_already_stays(workspace: Workspace) -> None:
    ani, budi = await customer(workspace, "Ani"), await customer(workspace, "Budi")
    vip = await group(workspace, "VIP")
    options = {"id": str(vip.id)}
    for ids in ([ani.id], [ani.id, budi.id]):
        await done(
            workspace, await asked(workspace, BulkChangeKind.ADD_TO_GROUP, Choice(ids=ids), options)
        )
    assert [(await stored(workspace, one.id)).version for one in (ani, budi)] == [2, 2]
    removing = await asked(
        workspace, BulkChangeKind.REMOVE_FROM_GROUP, Choice(ids=[ani.id]), options
    )
    await done(workspace, removing)
    found = await rows(
        workspace,
        "SELECT changes FROM profile_changes WHERE workspace_id = $1 AND customer_id = $2"
        " ORDER BY id",
        ani.id,
    )
    [name] = named(type(vip), [vip.id])
    assert [JSON_LOADS(row["changes"]) for row in found] == [
        [{"field": "groupIds", "old": [], "new": [name]}],
        [{"field": "groupIds", "old": [name], "new": []}],
    ]


async def test_a_tag_that_is_gone_by_then_is_no_trouble(workspace: Workspace) -> None:
    ani = await customer(workspace, "Ani")
    options = {"id": str(new_id())}
    bulk = await asked(workspace, BulkChangeKind.TAG, Choice(ids=[ani.id]), options)
    assert (await done(workspace, bulk)).status is BulkChangeStatus.FINISHED


@pytest.mark.parametrize("count", [0, MOST_IDS + 1])
async def test_a_list_names_somebody_and_not_too_many(workspace: Workspace, count: int) -> None:
    choice = Choice(ids=[new_id() for _ in range(count)])
    await refused(
        ErrorCode.INVALID,
        ("customerIds",),
        asked(workspace, BulkChangeKind.DELETE, choice),
    )
    assert await rows(workspace, "SELECT 1 FROM bulk_changes WHERE workspace_id = $1") == []


def test_changes_survive_being_kept() -> None:
    changes = CustomerChanges(
        owner_id=new_id(),
        assignee_id=None,
        status=CustomerStatus.CHURNED,
        job_title=None,
        properties=[PropertyEntry("size", "M"), PropertyEntry("score", None)],
    )
    assert changes_of(options_of(changes)) == changes
