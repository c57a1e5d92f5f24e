"""Changing, deleting and restoring customers."""

import asyncio

from models import ChannelKind, EventType, Workspace
from models.base import new_id
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import CustomerChanges
from services.customer_updates import update_customer
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from tests.services.writing import (
    NOW,
    as_key,
    as_user,
    change,
    contact_log,
    count,
    customer,
    event_types,
    group,
    identities,
    merged,
    refused,
    rows,
    stored,
    tag,
    user,
)

INVALID = ErrorCode.INVALID
NOT_FOUND = ErrorCode.NOT_FOUND
DUPLICATE = ErrorCode.DUPLICATE


async def test_update_changes_what_is_given_only(workspace: Workspace) -> None:
    agent = await user(workspace)
    one = await customer(workspace, phone="081234567890", job_title="Owner", province="Bali")
    changes = CustomerChanges(job_title=None, province="Aceh", owner_id=agent.id)
    await change(workspace, update_customer, one.id, changes, actor=as_user(agent))
    kept = await stored(workspace, one.id)
    assert (kept.full_name, kept.phone) == ("Siti Rahma", "+6281234567890")
    assert (kept.job_title, kept.province, kept.owner_id) == (None, "Aceh", agent.id)
    assert kept.version == 2
    (history,) = await rows(
        workspace,
        "SELECT changes::text, source, user_id FROM profile_changes WHERE workspace_id = $1",
    )
    assert (history["source"], history["user_id"]) == ("USER", agent.id)
    assert history["changes"].count('"field"') == 3
    assert global_id(type(agent), agent.id) in history["changes"]
    (event,) = await rows(
        workspace,
        "SELECT payload->'fields' AS fields FROM events"
        " WHERE workspace_id = $1 AND type = 'CUSTOMER_UPDATED'",
    )
    assert event["fields"] == '["ownerId", "jobTitle", "province"]'


async def test_update_to_the_same_changes_nothing(workspace: Workspace) -> None:
    one = await customer(workspace, phone="081234567890", province="Bali")
    same = CustomerChanges(full_name="Siti Rahma", phone="+62 812 3456 7890", province=" Bali ")
    await change(workspace, update_customer, one.id, same)
    kept = await stored(workspace, one.id)
    assert (kept.version, kept.updated_at) == (1, NOW)
    assert await count(workspace, "profile_changes") == 0
    assert await event_types(workspace) == [EventType.CUSTOMER_ADDED]


async def test_new_name_is_found_and_sorted_by(workspace: Workspace) -> None:
    one = await customer(workspace, phone="081234567890", channel=ChannelKind.WHATSAPP)
    await change(workspace, update_customer, one.id, CustomerChanges(full_name="Élise", phone=None))
    kept = await stored(workspace, one.id)
    assert kept.name_key == "elise"
    assert "elise" in kept.search_text
    assert "6281234567890" in kept.search_text, "the identity's number is still found"


async def test_name_cannot_be_cleared(workspace: Workspace) -> None:
    one = await customer(workspace)
    attempt = change(workspace, update_customer, one.id, CustomerChanges(full_name=None))
    await refused(INVALID, ("fullName",), attempt)


async def test_stale_version_says_what_has_changed(workspace: Workspace) -> None:
    one = await customer(workspace)
    await change(workspace, update_customer, one.id, CustomerChanges(job_title="Owner"))
    await change(workspace, update_customer, one.id, CustomerChanges(province="Bali"), 2)
    attempt = change(workspace, update_customer, one.id, CustomerChanges(full_name="B"), 1)
    refusal = await refused(ErrorCode.STALE, ("expectedVersion",), attempt)
    assert "version 3" in refusal.message
    assert "jobTitle, province" in refusal.message
    attempt = change(workspace, update_customer, one.id, CustomerChanges(full_name="B"), 2)
    refusal = await refused(ErrorCode.STALE, ("expectedVersion",), attempt)
    assert "jobTitle" not in refusal.message
    assert (await stored(workspace, one.id)).full_name == "Siti Rahma"


async def test_of_two_updates_of_one_version_one_is_stale(workspace: Workspace) -> None:
    one = await customer(workspace)
    done = await asyncio.gather(
        change(workspace, update_customer, one.id, CustomerChanges(full_name="A"), 1),
        change(workspace, update_customer, one.id, CustomerChanges(full_name="B"), 1),
        return_exceptions=True,
    )
    refusals = [result for result in done if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refusals] == [ErrorCode.STALE]
    assert (await stored(workspace, one.id)).version == 2


async def test_update_checks_contacts_of_others(workspace: Workspace) -> None:
    first = await customer(workspace, phone="081234567890", external_id="1")
    second = await customer(workspace, "Budi")
    for changes, field in (
        (CustomerChanges(phone="081234567890"), "phone"),
        (CustomerChanges(external_id="1"), "externalId"),
    ):
        attempt = change(workspace, update_customer, second.id, changes)
        refusal = await refused(DUPLICATE, (field,), attempt)
        assert refusal.conflicting is not None
        assert refusal.conflicting[1] == first.id
    allowed = CustomerChanges(phone="081234567890", allow_duplicate=True)
    await change(workspace, update_customer, second.id, allowed)
    assert (await stored(workspace, second.id)).phone == "+6281234567890"


async def test_external_id_taken_at_one_instant_is_of_one(workspace: Workspace) -> None:
    first, second = await customer(workspace, "A"), await customer(workspace, "B")
    taking = CustomerChanges(external_id="E-1")
    done = await asyncio.gather(
        change(workspace, update_customer, first.id, taking),
        change(workspace, update_customer, second.id, taking),
        return_exceptions=True,
    )
    refusals = [one for one in done if isinstance(one, Refusal)]
    assert [(one.code, one.field) for one in refusals] == [(DUPLICATE, ("externalId",))]


async def test_groups_and_tags_become_those_given(workspace: Workspace) -> None:
    vip, local, hot = (
        await group(workspace, "VIP"),
        await group(workspace, "Local"),
        await tag(workspace, "Hot"),
    )
    one = await customer(workspace, group_ids=[vip.id], tag_ids=[hot.id, hot.id])
    changes = CustomerChanges(group_ids=[local.id])
    assert (await change(workspace, update_customer, one.id, changes)).version == 2
    found = await rows(workspace, "SELECT group_id FROM customer_groups WHERE workspace_id = $1")
    assert [row["group_id"] for row in found] == [local.id]
    assert await count(workspace, "customer_tags") == 1
    cleared = CustomerChanges(group_ids=[], tag_ids=None)
    await change(workspace, update_customer, one.id, cleared)
    assert await count(workspace, "customer_groups") == await count(workspace, "customer_tags") == 0
    assert (await change(workspace, update_customer, one.id, cleared)).version == 3


async def test_channel_given_later_connects(workspace: Workspace) -> None:
    one = await customer(workspace, phone="081234567890")
    changes = CustomerChanges(channel=ChannelKind.WHATSAPP)
    await change(workspace, update_customer, one.id, changes, actor=await as_key(workspace))
    (identity,) = await identities(workspace, one.id)
    kept = await stored(workspace, one.id)
    assert identity.identifier == "+6281234567890"
    assert (kept.source, kept.main_identity_id) == (ChannelKind.WHATSAPP, identity.id)
    assert ("CONNECTED", "API", "WHATSAPP") in await contact_log(workspace)
    assert EventType.IDENTITY_CONNECTED in await event_types(workspace)
    await change(workspace, update_customer, one.id, changes)
    assert len(await identities(workspace, one.id)) == 1


async def test_merged_id_stands_for_the_main_customer(workspace: Workspace) -> None:
    main, member = await customer(workspace, "Main"), await customer(workspace, "Member")
    await merged(workspace, member, main)
    changes = CustomerChanges(province="Bali")
    assert (await change(workspace, update_customer, member.id, changes)).id == main.id
    assert (await stored(workspace, main.id)).province == "Bali"
    assert (await stored(workspace, member.id)).province is None
    assert (await change(workspace, delete_customer, member.id)).id == main.id


async def test_deleted_customer_is_restored_whole(workspace: Workspace) -> None:
    vip, agent = await group(workspace, "VIP"), await user(workspace)
    one = await customer(workspace, phone="081234567890", group_ids=[vip.id])
    before = await rows(workspace, "SELECT * FROM customers WHERE workspace_id = $1")
    await change(workspace, delete_customer, one.id, actor=as_user(agent))
    assert (await stored(workspace, one.id)).deleted_at == NOW
    await refused(NOT_FOUND, ("customerId",), change(workspace, delete_customer, one.id))
    attempt = change(workspace, update_customer, one.id, CustomerChanges(full_name="B"))
    await refused(NOT_FOUND, ("customerId",), attempt)
    await change(workspace, restore_customer, one.id, actor=await as_key(workspace))
    assert await rows(workspace, "SELECT * FROM customers WHERE workspace_id = $1") == before
    assert [kind for kind, _, _ in await contact_log(workspace)] == ["ADDED", "DELETED", "RESTORED"]
    assert [source for _, source, _ in await contact_log(workspace)] == ["MANUAL", "USER", "API"]
    assert (await event_types(workspace))[1:] == [
        EventType.CUSTOMER_DELETED,
        EventType.CUSTOMER_RESTORED,
    ]


async def test_restoring_who_lives_changes_nothing(workspace: Workspace) -> None:
    one = await customer(workspace)
    assert (await change(workspace, restore_customer, one.id)).id == one.id
    assert await contact_log(workspace) == [("ADDED", "MANUAL", None)]
    await refused(NOT_FOUND, ("customerId",), change(workspace, restore_customer, new_id()))
