"""Several who edit one customer at the same time, each knowing the same version: one wins."""

import asyncio

from models import Customer, Workspace
from services.customer_fields import CustomerChanges
from services.customer_updates import update_customer
from services.errors import ErrorCode, Refusal
from tests.services.writing import change, customer, rows, stored

TITLES = ("Guru", "Dokter", "Petani", "Sopir", "Koki", "Penulis")


async def attempt(workspace: Workspace, id: object, title: str, version: int) -> Customer | Refusal:
    """What comes of an edit, in a transaction of its own."""
    changes = CustomerChanges(job_title=title)
    try:
        return await change(workspace, update_customer, id, changes, version)
    except Refusal as refusal:
        return refusal


async def test_one_of_several_edits_wins_and_the_others_learn_what_has_changed(
    workspace: Workspace,
) -> None:
    one = await customer(workspace)
    outcomes = await asyncio.gather(
        *(attempt(workspace, one.id, title, one.version) for title in TITLES)
    )
    winners = [outcome for outcome in outcomes if isinstance(outcome, Customer)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert (len(winners), len(refused)) == (1, len(TITLES) - 1)
    for refusal in refused:
        assert (refusal.code, refusal.field) == (ErrorCode.STALE, ("expectedVersion",))
        assert "Changed since: jobTitle." in refusal.message
        assert refusal.conflicting == (Customer, one.id)
    now = await stored(workspace, one.id)
    assert (now.job_title, now.version) == (winners[0].job_title, one.version + 1)
    history = "SELECT id FROM profile_changes WHERE workspace_id = $1"
    assert len(await rows(workspace, history)) == 1


async def test_who_reads_again_after_a_refusal_wins_the_next_time(workspace: Workspace) -> None:
    one = await customer(workspace)
    version = one.version
    for number, title in enumerate(TITLES):
        stale = await attempt(workspace, one.id, title, version - 1) if number else None
        assert stale is None or isinstance(stale, Refusal)
        won = await attempt(workspace, one.id, title, version)
        assert isinstance(won, Customer)
        version = won.version
    assert version == one.version + len(TITLES)


async def test_edits_without_a_version_all_happen(workspace: Workspace) -> None:
    one = await customer(workspace)
    edits = (
        change(workspace, update_customer, one.id, CustomerChanges(job_title=title))
        for title in TITLES
    )
    await asyncio.gather(*edits)
    assert (await stored(workspace, one.id)).version == one.version + len(TITLES)
