"""Merging over GraphQL: what clients send and get, what they are refused, and what ids answer."""

from typing import Any
from uuid import UUID

import pytest

from models import ChannelIdentity as Identity
from models import ChannelKind, Company, Conversation, Customer, Merge, Role, Workspace
from models.base import new_id
from services.customer_deletions import delete_customer
from services.ids import global_id
from tests.asking import an_actor, ask
from tests.services.merging.families import hear
from tests.services.writing import change, customer, identities

MERGE = """
    mutation ($input: MergeInput!) { mergeCustomers(input: $input) {
        customer { id fullName isMerged members { customerId fullName mergedBy { id } } }
        merge { id memberIds source undoneAt main { id } }
        errors { code field message conflictingId } } }"""
UNMERGE = """
    mutation ($input: UnmergeInput!) { unmergeCustomer(input: $input) {
        customer { id fullName isMerged mergedInto { id } } main { id isMerged }
        errors { code field message conflictingId } } }"""
MERGE_CONVERSATION = """
    mutation ($input: MergeConversationInput!) { mergeConversationCustomer(input: $input) {
        customer { id } merge { source memberIds }
        errors { code field message conflictingId } } }"""
SET_MAIN = """
    mutation ($input: SetMainIdentityInput!) { setMainIdentity(input: $input) {
        customer { id mainIdentity { id isMain } identities { id isMain } }
        errors { code field message conflictingId } } }"""


def named(one: Customer | UUID) -> str:
    """A customer's global id."""
    return global_id(Customer, one if isinstance(one, UUID) else one.id)


async def merge(workspace: Workspace, main: Any, *members: Any, **input: Any) -> Any:
    """The payload of mergeCustomers."""
    ids = [one if isinstance(one, str) else named(one) for one in members]
    asked = {"mainId": main if isinstance(main, str) else named(main), "memberIds": ids, **input}
    return (await ask(workspace, MERGE, input=asked))["mergeCustomers"]


async def merged(workspace: Workspace, main: Customer, *members: Customer, **input: Any) -> Any:
    """The payload of a merge that was done."""
    payload = await merge(workspace, main, *members, **input)
    assert payload["errors"] == []
    return payload


async def unmerge(workspace: Workspace, member: Any) -> Any:
    """The payload of unmergeCustomer."""
    asked = {"customerId": member if isinstance(member, str) else named(member)}
    return (await ask(workspace, UNMERGE, input=asked))["unmergeCustomer"]


async def set_main(workspace: Workspace, one: Customer, identity_id: str) -> Any:
    """The payload of setMainIdentity."""
    asked = {"customerId": named(one), "identityId": identity_id}
    return (await ask(workspace, SET_MAIN, input=asked))["setMainIdentity"]


def refused(payload: Any, code: str, *field: str, conflicting: str | None = None) -> str:
    """The message of the one error of a payload, which must be this one, beside nothing else."""
    rest = {name: value for name, value in payload.items() if name != "errors"}
    assert set(rest.values()) == {None}
    [error] = payload["errors"]
    assert (error["code"], error["field"] or []) == (code, list(field)), error["message"]
    assert error["conflictingId"] == conflicting
    return str(error["message"])


async def test_a_merge_answers_with_the_main_customer_and_the_merge(workspace: Workspace) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    payload = await merged(workspace, siti, rahma)
    assert payload["customer"] == {
        "id": named(siti),
        "fullName": "Siti",
        "isMerged": True,
        "members": [{"customerId": named(rahma), "fullName": "Rahma", "mergedBy": None}],
    }
    assert payload["merge"] == {
        "id": payload["merge"]["id"],
        "memberIds": [named(rahma)],
        "source": "CUSTOMER_PAGE",
        "undoneAt": None,
        "main": {"id": named(siti)},
    }


async def test_an_unmerge_answers_with_both(workspace: Workspace) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    await merged(workspace, siti, rahma)
    assert await unmerge(workspace, rahma) == {
        "customer": {
            "id": named(rahma),
            "fullName": "Rahma",
            "isMerged": False,
            "mergedInto": None,
        },
        "main": {"id": named(siti), "isMerged": False},
        "errors": [],
    }


async def test_repeated_with_its_key_a_merge_answers_with_the_first(workspace: Workspace) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    first = await merged(workspace, siti, rahma, idempotencyKey="once")
    assert await merged(workspace, siti, rahma, idempotencyKey="once") == first
    third = await customer(workspace, "Ani")
    other = await merge(workspace, siti, third, idempotencyKey="once")
    refused(other, "CONFLICT", "idempotencyKey")


async def test_an_override_names_whose_value_is_taken(workspace: Workspace) -> None:
    siti = await customer(workspace, "Siti", job_title="Guru")
    rahma = await customer(workspace, "Rahma", job_title="Dokter")
    overrides = [{"field": "fullName", "fromCustomerId": named(rahma)}]
    payload = await merged(workspace, siti, rahma, overrides=overrides, strategy="MAIN_WINS")
    assert payload["customer"]["fullName"] == "Rahma"
    found = await ask(workspace, f'{{ customer(id: "{named(siti)}") {{ jobTitle }} }}')
    assert found["customer"] == {"jobTitle": "Guru"}


async def test_the_customer_of_a_conversation_is_merged_from_the_inbox(
    workspace: Workspace,
) -> None:
    siti = await customer(workspace, "Siti")
    heard = await hear(workspace, "+628120000001", "m1", sender_name="Sit")
    asked = {
        "conversationId": global_id(Conversation, heard.conversation.id),
        "mainId": named(siti),
    }
    payload = (await ask(workspace, MERGE_CONVERSATION, input=asked))["mergeConversationCustomer"]
    assert payload == {
        "customer": {"id": named(siti)},
        "merge": {"source": "INBOX", "memberIds": [named(heard.customer)]},
        "errors": [],
    }
    again = (await ask(workspace, MERGE_CONVERSATION, input=asked))["mergeConversationCustomer"]
    refused(again, "CONFLICT", "conversationId", conflicting=named(siti))


async def test_a_conversation_of_the_main_customer_is_none_to_merge(workspace: Workspace) -> None:
    heard = await hear(workspace, "+628120000001", "m1", sender_name="Sit")
    conversation = global_id(Conversation, heard.conversation.id)
    asked = {"conversationId": conversation, "mainId": named(heard.customer)}
    payload = (await ask(workspace, MERGE_CONVERSATION, input=asked))["mergeConversationCustomer"]
    refused(payload, "INVALID", "conversationId")
    unknown = {**asked, "conversationId": global_id(Conversation, new_id())}
    payload = (await ask(workspace, MERGE_CONVERSATION, input=unknown))["mergeConversationCustomer"]
    refused(payload, "NOT_FOUND", "conversationId")


async def test_the_main_identity_is_a_choice_among_all(workspace: Workspace) -> None:
    siti = await customer(workspace, "Siti", phone="08120000001", channel=ChannelKind.WHATSAPP)
    rahma = await customer(workspace, "Rahma", phone="08120000002", channel=ChannelKind.WHATSAPP)
    [own], [other] = await identities(workspace, siti.id), await identities(workspace, rahma.id)
    mine, theirs = global_id(Identity, own.id), global_id(Identity, other.id)
    refused(await set_main(workspace, siti, theirs), "INVALID", "identityId")
    refused(
        await set_main(workspace, siti, global_id(Identity, new_id())), "NOT_FOUND", "identityId"
    )
    await merged(workspace, siti, rahma)
    payload = await set_main(workspace, rahma, theirs)
    assert payload["customer"] == {
        "id": named(siti),
        "mainIdentity": {"id": theirs, "isMain": True},
        "identities": [{"id": theirs, "isMain": True}, {"id": mine, "isMain": False}],
    }


# -- what is refused (issue: bad input) ------------------------------------------------------


async def test_nobody_is_merged_into_themselves(workspace: Workspace) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    refused(await merge(workspace, siti, siti), "INVALID", "memberIds", "0")
    refused(await merge(workspace, siti, rahma, siti), "INVALID", "memberIds", "1")
    refused(await merge(workspace, siti), "INVALID", "memberIds")


async def test_who_is_not_there_is_not_found(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    siti, gone = await customer(workspace, "Siti"), await customer(workspace, "Gone")
    foreign = await customer(other_workspace, "Foreign")
    await change(workspace, delete_customer, gone.id)
    for one in (new_id(), foreign, gone):
        refused(await merge(workspace, siti, one), "NOT_FOUND", "memberIds", "0")
        refused(await merge(workspace, one, siti), "NOT_FOUND", "mainId")
        refused(await unmerge(workspace, one), "NOT_FOUND", "customerId")


async def test_what_is_no_id_of_a_customer_is_invalid(workspace: Workspace) -> None:
    siti = await customer(workspace, "Siti")
    company = global_id(Company, new_id())
    refused(await merge(workspace, siti, company), "INVALID", "memberIds", "0")
    refused(await merge(workspace, "nonsense", siti), "INVALID", "mainId")
    refused(await unmerge(workspace, company), "INVALID", "customerId")


async def test_one_merged_already_is_a_conflict_that_says_where(workspace: Workspace) -> None:
    names = ("Siti", "Rahma", "Ani")
    siti, rahma, ani = [await customer(workspace, name) for name in names]
    await merged(workspace, siti, rahma)
    elsewhere = await merge(workspace, ani, rahma)
    refused(elsewhere, "CONFLICT", "memberIds", "0", conflicting=named(siti))
    again = await merge(workspace, siti, rahma)
    refused(again, "CONFLICT", "memberIds", "0", conflicting=named(siti))
    round_about = await merge(workspace, rahma, siti)
    refused(round_about, "CONFLICT", "memberIds", "0", conflicting=named(siti))


async def test_the_eleventh_member_is_beyond_the_limit_and_nothing_moves(
    workspace: Workspace,
) -> None:
    main, *others = [await customer(workspace, f"Budi {n}") for n in range(12)]
    await merged(workspace, main, *others[:9])
    await merged(workspace, others[9], others[10])
    refused(await merge(workspace, main, others[9]), "LIMIT_EXCEEDED", "memberIds")
    refused(
        await merge(workspace, others[9], *others[:9], main),
        "CONFLICT",
        "memberIds",
        "0",
        conflicting=named(main),
    )
    found = await ask(workspace, "{ customers { nodes { fullName members { fullName } } } }")
    assert {one["fullName"]: len(one["members"]) for one in found["customers"]["nodes"]} == {
        "Budi 0": 9,
        "Budi 10": 1,
    }
    eleven = [await customer(workspace, f"Ani {n}") for n in range(11)]
    refused(await merge(workspace, main, *eleven), "LIMIT_EXCEEDED", "memberIds")


async def test_an_override_is_of_a_field_and_of_who_takes_part(workspace: Workspace) -> None:
    names = ("Siti", "Rahma", "Ani")
    siti, rahma, ani = [await customer(workspace, name) for name in names]

    async def choosing(*choices: tuple[str, Customer]) -> Any:
        overrides = [{"field": name, "fromCustomerId": named(one)} for name, one in choices]
        return await merge(workspace, siti, rahma, overrides=overrides)

    foreign = await choosing(("phone", rahma), ("email", ani))
    refused(foreign, "INVALID", "overrides", "1", "fromCustomerId")
    for field in ("externalId", "properties.nobody", "nonsense"):
        refused(await choosing((field, rahma)), "INVALID", "overrides", "0", "field")
    twice = await choosing(("owner", rahma), ("ownerId", siti))
    refused(twice, "INVALID", "overrides", "1", "field")


async def test_one_who_is_not_merged_cannot_be_unmerged(workspace: Workspace) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    refused(await unmerge(workspace, siti), "CONFLICT", "customerId")
    await merged(workspace, siti, rahma)
    refused(await unmerge(workspace, siti), "CONFLICT", "customerId")
    await unmerge(workspace, rahma)
    refused(await unmerge(workspace, rahma), "CONFLICT", "customerId")


@pytest.mark.parametrize("verb", ["mergeCustomers", "unmergeCustomer", "mergeConversationCustomer"])
async def test_merging_asks_for_its_scope(workspace: Workspace, verb: str) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    queries = {
        "mergeCustomers": (MERGE, {"mainId": named(siti), "memberIds": [named(rahma)]}),
        "unmergeCustomer": (UNMERGE, {"customerId": named(siti)}),
        "mergeConversationCustomer": (
            MERGE_CONVERSATION,
            {"mainId": named(siti), "conversationId": global_id(Conversation, new_id())},
        ),
    }
    query, input = queries[verb]
    reader = an_actor(workspace, Role.PARTNER, scopes=frozenset({"customers:write"}))
    payload = (await ask(workspace, query, actor=reader, input=input))[verb]
    assert "merges:write" in refused(payload, "FORBIDDEN")


# -- what ids answer, and what is shown ------------------------------------------------------


async def test_an_id_that_was_merged_away_answers_with_the_main_customer(
    workspace: Workspace,
) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    await merged(workspace, siti, rahma)
    asked = """query ($id: ID!) {
        customer(id: $id) { id isMerged mergedInto { id } }
        node(id: $id) { id ... on Customer { fullName } }
        nodes(ids: [$id]) { id ... on Customer { fullName } } }"""
    found = await ask(workspace, asked, id=named(rahma))
    assert found == {
        "customer": {"id": named(siti), "isMerged": True, "mergedInto": None},
        "node": {"id": named(siti), "fullName": "Siti"},
        "nodes": [{"id": named(siti), "fullName": "Siti"}],
    }
    await unmerge(workspace, rahma)
    found = await ask(workspace, asked, id=named(rahma))
    assert found["customer"] == {"id": named(rahma), "isMerged": False, "mergedInto": None}


async def test_lists_and_counts_show_a_main_customer_once_and_no_member(
    workspace: Workspace,
) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    await merged(workspace, siti, rahma)
    asked = """{ all: customers { totalCount nodes { fullName isMerged } }
        merged: customers(filter: {merged: true}) { totalCount }
        others: customers(filter: {merged: false}) { totalCount } }"""
    found = await ask(workspace, asked)
    assert found == {
        "all": {"totalCount": 1, "nodes": [{"fullName": "Siti", "isMerged": True}]},
        "merged": {"totalCount": 1},
        "others": {"totalCount": 0},
    }


async def test_identities_say_with_whom_they_came_in(workspace: Workspace) -> None:
    siti = await customer(workspace, "Siti", phone="08120000001", channel=ChannelKind.WHATSAPP)
    rahma = await customer(workspace, "Rahma", phone="08120000002", channel=ChannelKind.WHATSAPP)
    await merged(workspace, siti, rahma)
    asked = """query ($id: ID!) { customer(id: $id) {
        identities { identifier isMain member { customerId fullName } }
        members { identities { identifier } } }
        customerByIdentity(channel: WHATSAPP, identifier: "08120000002") { id } }"""
    found = await ask(workspace, asked, id=named(siti))
    member = {"customerId": named(rahma), "fullName": "Rahma"}
    assert found == {
        "customer": {
            "identities": [
                {"identifier": "+628120000001", "isMain": True, "member": None},
                {"identifier": "+628120000002", "isMain": False, "member": member},
            ],
            "members": [{"identities": [{"identifier": "+628120000002"}]}],
        },
        "customerByIdentity": {"id": named(siti)},
    }


async def test_a_member_who_came_along_is_a_member_of_the_last_main_customer(
    workspace: Workspace,
) -> None:
    names = ("Siti", "Rahma", "Ani")
    siti, rahma, ani = [await customer(workspace, name) for name in names]
    first = (await merged(workspace, rahma, ani))["merge"]["id"]
    payload = await merged(workspace, siti, rahma)
    assert payload["merge"]["memberIds"] == [named(rahma), named(ani)]
    assert [one["fullName"] for one in payload["customer"]["members"]] == ["Rahma", "Ani"]
    await unmerge(workspace, rahma)
    asked = "query ($id: ID!) { node(id: $id) { ... on Merge { memberIds undoneAt } } }"
    found = await ask(workspace, asked, id=first)
    assert found["node"] == {"memberIds": [named(ani)], "undoneAt": None}
    await unmerge(workspace, ani)
    for id in (first, payload["merge"]["id"]):
        found = await ask(workspace, asked, id=id)
        assert found["node"]["undoneAt"] is not None, id


async def test_no_merge_reaches_into_another_workspace(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    siti, rahma = await customer(workspace, "Siti"), await customer(workspace, "Rahma")
    done = await merged(workspace, siti, rahma)
    budi = await customer(other_workspace, "Budi")
    refused(await unmerge(other_workspace, rahma), "NOT_FOUND", "customerId")
    refused(await merge(other_workspace, budi, rahma), "NOT_FOUND", "memberIds", "0")
    refused(await merge(other_workspace, siti, budi), "NOT_FOUND", "mainId")
    overrides = [{"field": "phone", "fromCustomerId": named(rahma)}]
    ani = await customer(other_workspace, "Ani")
    foreign = await merge(other_workspace, budi, ani, overrides=overrides)
    refused(foreign, "INVALID", "overrides", "0", "fromCustomerId")
    found = await ask(
        other_workspace, "query ($id: ID!) { node(id: $id) { id } }", id=done["merge"]["id"]
    )
    assert found == {"node": None}
    assert done["merge"]["id"].startswith(global_id(Merge, new_id())[:4])
