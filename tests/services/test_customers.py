"""Adding customers who are typed in or told by connected systems."""

import asyncio
from typing import Any

import pytest

from models import Acquisition, ChannelKind, CustomerStatus, EventType, Workspace
from models.base import new_id
from services.customer_additions import add_customer
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import CustomerChanges, NewCustomer
from services.customer_updates import update_customer
from services.errors import ErrorCode, Refusal
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
    stored,
    tag,
    user,
)

INVALID = ErrorCode.INVALID
NOT_FOUND = ErrorCode.NOT_FOUND
DUPLICATE = ErrorCode.DUPLICATE


async def test_added_customer_is_kept_in_normal_form(workspace: Workspace) -> None:
    agent = await user(workspace)
    new = NewCustomer(
        full_name="  Siti  Nurhaliza ",
        owner_id=agent.id,
        assignee_id=agent.id,
        phone="0812-3456-7890",
        email="Siti@Example.COM",
        username="@siti",
        status=CustomerStatus.LEAD,
        zip_code=" 12345 ",
        external_id="E-1",
    )
    added = await change(workspace, add_customer, new, actor=as_user(agent))
    kept = await stored(workspace, added.id)
    assert (kept.full_name, kept.name_key) == ("Siti  Nurhaliza", "siti nurhaliza")
    assert (kept.phone, kept.email, kept.username) == ("+6281234567890", "Siti@example.com", "siti")
    assert (kept.owner_id, kept.assignee_id, kept.added_by_id) == (agent.id, agent.id, agent.id)
    assert (kept.zip_code, kept.external_id, kept.version) == ("12345", "E-1", 1)
    assert (kept.created_at, kept.updated_at) == (NOW, NOW)
    assert kept.source is None
    for term in ("siti nurhaliza", "6281234567890", "siti@example.com", "e-1"):
        assert term in kept.search_text


async def test_adding_is_logged_with_who_did_it(workspace: Workspace) -> None:
    agent, key = as_user(await user(workspace)), await as_key(workspace)
    by_user = await change(workspace, add_customer, NewCustomer(full_name="A"), actor=agent)
    by_key = await change(workspace, add_customer, NewCustomer(full_name="B"), actor=key)
    imported = await change(
        workspace, add_customer, NewCustomer(full_name="C"), acquisition=Acquisition.IMPORT
    )
    assert by_user.acquisition is Acquisition.MANUAL
    assert by_key.acquisition is Acquisition.API
    assert imported.acquisition is Acquisition.IMPORT
    log = await contact_log(workspace)
    assert log == [("ADDED", source, None) for source in ("MANUAL", "API", "IMPORT")]
    assert await event_types(workspace) == [EventType.CUSTOMER_ADDED] * 3


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"full_name": ""}, "fullName"),
        ({"full_name": None}, "fullName"),
        ({}, "fullName"),
        ({"full_name": "x" * 201}, "fullName"),
        ({"full_name": "x" * 2_000_000}, "fullName"),
        ({"full_name": "a\x00b"}, "fullName"),
        ({"full_name": "A", "phone": "12"}, "phone"),
        ({"full_name": "A", "phone": "not a phone"}, "phone"),
        ({"full_name": "A", "email": "nobody"}, "email"),
        ({"full_name": "A", "zip_code": "1" * 17}, "zipCode"),
        ({"full_name": "A", "job_title": "a\nb"}, "jobTitle"),
        ({"full_name": "A", "channel": ChannelKind.WHATSAPP}, "phone"),
        ({"full_name": "A", "channel": ChannelKind.EMAIL, "phone": "081234567890"}, "email"),
        ({"full_name": "A", "channel": ChannelKind.INSTAGRAM}, "username"),
    ],
)
async def test_bad_value_is_refused_at_its_field(
    workspace: Workspace, fields: dict[str, Any], field: str
) -> None:
    await refused(INVALID, (field,), change(workspace, add_customer, NewCustomer(**fields)))
    assert await count(workspace, "customers") == 0
    assert await count(workspace, "contact_logs") == 0
    assert await event_types(workspace) == []


async def test_ids_of_others_are_unknown(workspace: Workspace, other_workspace: Workspace) -> None:
    theirs = await user(other_workspace)
    their_group, their_tag = await group(other_workspace, "VIP"), await tag(other_workspace, "New")
    cases: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({"owner_id": theirs.id}, ("ownerId",)),
        ({"assignee_id": theirs.id}, ("assigneeId",)),
        ({"group_ids": [their_group.id]}, ("groupIds", "0")),
        ({"tag_ids": [their_tag.id]}, ("tagIds", "0")),
    ]
    for fields, field in cases:
        attempt = change(workspace, add_customer, NewCustomer(full_name="A", **fields))
        foreign = await refused(NOT_FOUND, field, attempt)
        unknown: dict[str, Any] = {
            name: [new_id()] if "ids" in name else new_id() for name in fields
        }
        attempt = change(workspace, add_customer, NewCustomer(full_name="A", **unknown))
        assert foreign.message == (await refused(NOT_FOUND, field, attempt)).message
    ours = await customer(other_workspace)
    for verb in (delete_customer, restore_customer):
        await refused(NOT_FOUND, ("customerId",), change(workspace, verb, ours.id))
    attempt = change(workspace, update_customer, ours.id, CustomerChanges(full_name="B"))
    await refused(NOT_FOUND, ("customerId",), attempt)
    assert (await stored(other_workspace, ours.id)).full_name == "Siti Rahma"


async def test_equal_contacts_in_two_workspaces_do_not_meet(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    fields: dict[str, Any] = {
        "phone": "081234567890",
        "email": "s@example.com",
        "external_id": "1",
        "channel": ChannelKind.WHATSAPP,
    }
    ours = await customer(workspace, **fields)
    theirs = await customer(other_workspace, **fields)
    assert ours.id != theirs.id
    assert await count(workspace, "customers") == await count(other_workspace, "customers") == 1


async def test_contact_of_another_customer_is_refused_unless_allowed(workspace: Workspace) -> None:
    first = await customer(workspace, phone="081234567890", email="Siti@example.com")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"phone": "+62 812 3456 7890"}, "phone"),
        ({"email": "siti@EXAMPLE.com"}, "email"),
    ]
    for fields, field in cases:
        new = NewCustomer(full_name="Siti", **fields)
        refusal = await refused(DUPLICATE, (field,), change(workspace, add_customer, new))
        assert refusal.conflicting is not None
        assert refusal.conflicting[1] == first.id
    second = await customer(workspace, phone="081234567890", allow_duplicate=True)
    assert second.phone == first.phone


async def test_duplicate_names_the_main_customer(workspace: Workspace) -> None:
    main, member = await customer(workspace), await customer(workspace, phone="081234567890")
    await merged(workspace, member, main)
    attempt = change(workspace, add_customer, NewCustomer(full_name="Siti", phone="081234567890"))
    refusal = await refused(DUPLICATE, ("phone",), attempt)
    assert refusal.conflicting is not None
    assert refusal.conflicting[1] == main.id


async def test_contact_of_an_identity_is_a_duplicate(workspace: Workspace) -> None:
    first = await customer(workspace, phone="081234567890", channel=ChannelKind.WHATSAPP)
    await change(workspace, update_customer, first.id, CustomerChanges(phone=None))
    attempt = change(workspace, add_customer, NewCustomer(full_name="S", phone="081234567890"))
    refusal = await refused(DUPLICATE, ("phone",), attempt)
    assert refusal.conflicting is not None
    assert refusal.conflicting[1] == first.id


async def test_contact_of_a_deleted_customer_is_free(workspace: Workspace) -> None:
    first = await customer(workspace, phone="081234567890")
    await change(workspace, delete_customer, first.id)
    assert (await customer(workspace, phone="081234567890")).phone == first.phone


async def test_external_id_is_of_one_customer(workspace: Workspace) -> None:
    first = await customer(workspace, external_id="E-1")
    await change(workspace, delete_customer, first.id)
    attempt = change(workspace, add_customer, NewCustomer(full_name="B", external_id="E-1"))
    refusal = await refused(DUPLICATE, ("externalId",), attempt)
    assert refusal.conflicting is not None
    assert refusal.conflicting[1] == first.id


async def test_same_phone_twice_at_one_instant_makes_one_customer(workspace: Workspace) -> None:
    new = NewCustomer(full_name="Siti", phone="081234567890")
    done = await asyncio.gather(
        *(change(workspace, add_customer, new) for _ in range(4)), return_exceptions=True
    )
    refusals = [one for one in done if isinstance(one, Refusal)]
    assert len(refusals) == 3
    assert {one.code for one in refusals} == {DUPLICATE}
    assert await count(workspace, "customers") == 1


@pytest.mark.parametrize(
    ("kind", "fields", "identifier"),
    [
        (ChannelKind.WHATSAPP, {"phone": "081234567890"}, "+6281234567890"),
        (ChannelKind.SMS, {"phone": "081234567890"}, "+6281234567890"),
        (ChannelKind.EMAIL, {"email": "Siti@Example.com"}, "siti@example.com"),
        (ChannelKind.INSTAGRAM, {"username": "@siti"}, "siti"),
    ],
)
async def test_channel_makes_the_main_identity(
    workspace: Workspace, kind: ChannelKind, fields: dict[str, Any], identifier: str
) -> None:
    added = await customer(workspace, channel=kind, **fields)
    kept = await stored(workspace, added.id)
    (identity,) = await identities(workspace, added.id)
    assert (identity.kind, identity.identifier) == (kind, identifier)
    assert (kept.source, kept.main_identity_id) == (kind, identity.id)
    assert identity.origin_customer_id == added.id
    assert await contact_log(workspace) == [("ADDED", "MANUAL", kind.value)]


async def test_channel_identity_of_another_is_always_refused(workspace: Workspace) -> None:
    first = await customer(workspace, phone="081234567890", channel=ChannelKind.WHATSAPP)
    new = NewCustomer(
        full_name="B",
        phone="081234567890",
        channel=ChannelKind.WHATSAPP,
        allow_duplicate=True,
    )
    refusal = await refused(DUPLICATE, ("phone",), change(workspace, add_customer, new))
    assert refusal.conflicting is not None
    assert refusal.conflicting[1] == first.id
    assert await count(workspace, "customers") == 1


async def test_same_key_adds_once(workspace: Workspace) -> None:
    new = NewCustomer(full_name="Siti", phone="081234567890")
    first = await change(workspace, add_customer, new, "key-1")
    again = await change(workspace, add_customer, new, "key-1")
    assert again.id == first.id
    assert await count(workspace, "customers") == await count(workspace, "contact_logs") == 1
    assert await event_types(workspace) == [EventType.CUSTOMER_ADDED]
    other = NewCustomer(full_name="Budi")
    attempt = change(workspace, add_customer, other, "key-1")
    await refused(ErrorCode.CONFLICT, ("idempotencyKey",), attempt)
    assert (await change(workspace, add_customer, other, "key-2")).id != first.id


async def test_same_key_at_one_instant_adds_once(workspace: Workspace) -> None:
    new = NewCustomer(full_name="Siti")
    added = await asyncio.gather(*(change(workspace, add_customer, new, "k") for _ in range(6)))
    assert len({one.id for one in added}) == 1
    assert await count(workspace, "customers") == 1


async def test_key_of_a_refused_call_stays_free(workspace: Workspace) -> None:
    attempt = change(workspace, add_customer, NewCustomer(full_name=""), "k")
    await refused(INVALID, ("fullName",), attempt)
    assert (await change(workspace, add_customer, NewCustomer(full_name="A"), "k")).full_name == "A"


async def test_key_of_a_merged_customer_answers_with_the_main_one(workspace: Workspace) -> None:
    new = NewCustomer(full_name="Siti")
    member = await change(workspace, add_customer, new, "k")
    main = await customer(workspace)
    await merged(workspace, member, main)
    assert (await change(workspace, add_customer, new, "k")).id == main.id
