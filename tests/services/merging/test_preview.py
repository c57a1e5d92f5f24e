"""Previews: what stands in a merge's way, and that the merge then does what the preview says."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import models
from models import Customer, SurvivorshipStrategy, Workspace
from models.base import new_id
from resolvers.ids import global_id
from services.customer_deletions import delete_customer
from services.errors import ErrorCode
from services.merging.merges import merge_customers
from services.merging.previews import LABELS, MergePreview, preview_merge
from services.merging.requests import FieldChoice, Merging
from services.workspaces import create_workspace
from tests.asking import ask, refusal
from tests.records import Records
from tests.rows import NOW
from tests.services.merging.twins.bases import Base
from tests.services.merging.twins.steps import PEOPLE, SEEDS
from tests.services.writing import change, refused

CODES = """query ($main: ID!, $members: [ID!]!) {
  mergePreview(mainId: $main, memberIds: $members) {
    allowed memberCountAfter
    blockers { code message customerId }
    members { id }
  }
}"""
WHOLE = """query ($main: ID!, $members: [ID!]!, $strategy: SurvivorshipStrategy,
    $overrides: [FieldChoice!]) {
  mergePreview(mainId: $main, memberIds: $members, strategy: $strategy, overrides: $overrides) {
    allowed memberCountAfter
    main { id fullName }
    members { id fullName }
    fields { field label result conflict values { customerId value } }
    identities { identifier }
    moves { chats tickets deals tasks campaigns companies }
  }
}"""
AFTER = """query ($id: ID!) {
  customer(id: $id) {
    fullName owner { id } assignee { id } source username phone email status jobTitle province
    regencyCity district subdistrict zipCode
    properties { key value }
    identities { id }
    members { customerId }
    activityCounts { chats tickets deals tasks campaigns companies }
  }
}"""


def named(customer: Customer | UUID) -> str:
    """The global id of a customer."""
    return global_id(Customer, customer if isinstance(customer, UUID) else customer.id)


async def preview(workspace: Workspace, main: Customer, *members: Customer) -> MergePreview:
    """What a merge with the usual strategy would do."""
    merging = Merging(main_id=main.id, member_ids=[one.id for one in members])
    return await change(workspace, preview_merge, merging, now=NOW)


async def merged(workspace: Workspace, main: Customer, *members: Customer) -> None:
    """Merge with the usual strategy."""
    merging = Merging(main_id=main.id, member_ids=[one.id for one in members])
    await change(workspace, merge_customers, merging, now=NOW)


async def some(workspace: Workspace, count: int = 3) -> list[Customer]:
    """Customers, of whom nothing is known but their names."""
    records = Records(workspace)
    made = [records.customer(f"Budi {number}") for number in range(count)]
    await records.save()
    return made


async def codes(workspace: Workspace, main: Any, *members: Any) -> list[tuple[str, str | None]]:
    """The blockers that a client sees: code, and whom it is about."""
    found = await ask(workspace, CODES, main=named(main), members=[named(one) for one in members])
    blockers = found["mergePreview"]["blockers"]
    assert found["mergePreview"]["allowed"] is (blockers == [])
    assert all(blocker["message"] for blocker in blockers)
    return [(blocker["code"], blocker["customerId"]) for blocker in blockers]


async def test_nothing_stands_in_the_way_of_strangers(workspace: Workspace) -> None:
    main, member, _ = await some(workspace)
    assert await codes(workspace, main, member) == []


async def test_each_blocker_names_whom_it_is_about(workspace: Workspace) -> None:
    main, deleted, elsewhere, other, here, erased = await some(workspace, 6)
    await merged(workspace, other, elsewhere)
    await merged(workspace, main, here)
    await change(workspace, delete_customer, deleted.id)
    await erase(workspace, erased)
    unknown = new_id()
    members = (main, deleted, elsewhere, here, erased, unknown)
    assert await codes(workspace, main, *members) == [
        ("SAME_CUSTOMER", named(main)),
        ("DELETED", named(deleted)),
        ("ALREADY_MERGED", named(elsewhere)),
        ("ALREADY_MERGED", named(here)),
        ("ERASED", named(erased)),
        ("NOT_FOUND", named(unknown)),
    ]


async def erase(workspace: Workspace, customer: Customer) -> None:
    """Have a customer stand as erased."""

    async def mark(tx: Any) -> None:
        sql = "UPDATE customers SET erased_at = $3 WHERE workspace_id = $1 AND id = $2"
        await tx.execute(sql, tx.workspace_id, customer.id, tx.now)

    await change(workspace, mark)


async def test_another_workspaces_customer_is_unknown(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    [main] = await some(workspace, 1)
    [foreign] = await some(other_workspace, 1)
    assert await codes(workspace, main, foreign) == [("NOT_FOUND", named(foreign))]
    found = await refusal(workspace, CODES, main=named(foreign), members=[named(main)])
    assert (found.code, found.field) == (ErrorCode.NOT_FOUND, ("mainId",))


async def test_a_deleted_main_customer_stands_in_the_way(workspace: Workspace) -> None:
    main, member, _ = await some(workspace)
    await change(workspace, delete_customer, main.id)
    assert await codes(workspace, main, member) == [("DELETED", named(main))]


async def test_ten_members_are_allowed_and_eleven_too_many(workspace: Workspace) -> None:
    main, *members = await some(workspace, 12)
    assert (await preview(workspace, main, *members[:10])).member_count_after == 10
    found = await preview(workspace, main, *members)
    assert [one.code for one in found.blockers] == ["TOO_MANY_MEMBERS"]
    assert (found.member_count_after, found.allowed) == (11, False)


async def test_members_of_members_count(workspace: Workspace) -> None:
    main, *members = await some(workspace, 12)
    await merged(workspace, members[0], *members[1:6])
    await merged(workspace, main, *members[6:])
    assert await codes(workspace, main, members[0]) == [("TOO_MANY_MEMBERS", None)]


async def test_those_who_cannot_be_merged_are_left_out_of_the_rest(workspace: Workspace) -> None:
    main, member, deleted = await some(workspace)
    await change(workspace, delete_customer, deleted.id)
    found = await preview(workspace, main, member, deleted)
    assert [one.id for one in found.members] == [member.id]
    assert found.member_count_after == 1
    assert {len(field.values) for field in found.fields} == {2}


async def test_an_old_id_stands_for_its_main_customer(workspace: Workspace) -> None:
    main, member, third = await some(workspace)
    await merged(workspace, main, member)
    found = await preview(workspace, member, third)
    assert found.main.id == main.id
    assert found.member_count_after == 2


async def test_nobody_named_and_too_many_named_are_refused(workspace: Workspace) -> None:
    [main] = await some(workspace, 1)
    many = Merging(main_id=main.id, member_ids=[new_id() for _ in range(101)])
    nobody = Merging(main_id=main.id, member_ids=[])
    for code, merging in ((ErrorCode.LIMIT_EXCEEDED, many), (ErrorCode.INVALID, nobody)):
        await refused(code, ("memberIds",), change(workspace, preview_merge, merging))


async def test_an_override_of_somebody_else_is_refused(workspace: Workspace) -> None:
    main, member, stranger = await some(workspace)
    overrides = [{"field": "email", "fromCustomerId": named(stranger)}]
    found = await refusal(
        workspace, WHOLE, main=named(main), members=[named(member)], overrides=overrides
    )
    assert (found.code, found.field) == (
        ErrorCode.INVALID,
        ("overrides", "0", "fromCustomerId"),
    )


async def test_a_preview_writes_nothing_and_holds_nobody(
    workspace: Workspace, recorded_statements: list[str]
) -> None:
    main, member, _ = await some(workspace)
    recorded_statements.clear()
    await ask(workspace, WHOLE, main=named(main), members=[named(member)])
    words = " ".join(recorded_statements).upper().split()
    assert words
    assert not {"INSERT", "UPDATE", "DELETE", "SHARE"} & set(words)


async def test_what_a_client_is_shown_of_it(workspace: Workspace) -> None:
    records = Records(workspace)
    owner = records.user("Sari")
    records.property("size", models.PropertyType.SINGLE_SELECT, ["S", "M"], label="Ukuran")
    main = records.customer("Budi", email="budi@example.com", properties={"size": "S"})
    member = records.customer(
        "Budi S.",
        owner_id=owner.id,
        source=models.ChannelKind.WHATSAPP,
        properties={"size": "M"},
    )
    identity = records.identity(member, records.channel(), main=True)
    records.conversation(member, identity)
    records.associate(member, records.company())
    await records.save()
    overrides = [{"field": "properties.size", "fromCustomerId": named(member)}]
    answer = await ask(
        workspace, WHOLE, main=named(main), members=[named(member)], overrides=overrides
    )
    found = answer["mergePreview"]
    fields = {field.pop("field"): field for field in found.pop("fields")}
    assert found == {
        "allowed": True,
        "memberCountAfter": 1,
        "main": {"id": named(main), "fullName": "Budi"},
        "members": [{"id": named(member), "fullName": "Budi S."}],
        "identities": [{"identifier": identity.identifier}],
        "moves": {"chats": 1, "tickets": 0, "deals": 0, "tasks": 0, "campaigns": 0, "companies": 1},
    }
    assert list(fields) == [*LABELS, "properties.size"]
    assert fields["owner"] == {
        "label": "Owner",
        "result": global_id(models.User, owner.id),
        "conflict": False,
        "values": [
            {"customerId": named(main), "value": None},
            {"customerId": named(member), "value": global_id(models.User, owner.id)},
        ],
    }
    assert fields["source"]["result"] == "WHATSAPP"
    assert (fields["fullName"]["result"], fields["fullName"]["conflict"]) == ("Budi", True)
    size = fields["properties.size"]
    assert (size["label"], size["result"], size["conflict"]) == ("Ukuran", "M", True)


ORDINARY, FULL = 40, 400


async def test_the_merge_does_what_the_preview_says(
    database: None, pytestconfig: pytest.Config
) -> None:
    loop = asyncio.get_running_loop()
    full = pytestconfig.getoption("--full")

    @hypothesis_settings(
        max_examples=FULL if full else ORDINARY,
        derandomize=not full,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(PEOPLE, st.sampled_from(list(SurvivorshipStrategy)), SEEDS)
    def compare(people: list[Any], strategy: SurvivorshipStrategy, seed: int) -> None:
        told = preview_and_merge(people, strategy, random.Random(seed))
        said, done = asyncio.run_coroutine_threadsafe(told, loop).result()
        assert said == done

    await asyncio.to_thread(compare)


async def preview_and_merge(
    people: list[Any], strategy: SurvivorshipStrategy, dice: random.Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the preview says, and what the customer is after the merge with the same input."""
    workspace = await create_workspace("Toko Satu", currency="IDR")
    base = Base(workspace)
    customers = [base.person(f"C{n}", person) for n, person in enumerate(people)]
    await base.save_in(workspace)
    dice.shuffle(customers)
    main, *members = customers
    while len(members) > 1 and dice.random() < 0.5:
        # Somebody brings a member along, or is merged already.
        await merged(workspace, dice.choice([main, members[0]]), members.pop())
    fields = dice.sample([*LABELS, "properties.size", "properties.likes"], 3)
    overrides = [FieldChoice(field, dice.choice([main, *members]).id) for field in fields]
    merging = Merging(
        main_id=main.id,
        member_ids=[one.id for one in members],
        strategy=strategy,
        overrides=overrides,
    )
    before = await counts_of(workspace, [main, *members])
    said = await change(workspace, preview_merge, merging, now=NOW)
    assert said.allowed
    await change(workspace, merge_customers, merging, now=NOW)
    after = (await ask(workspace, AFTER, id=named(main)))["customer"]
    assert said.moves.chats == sum(one["chats"] for one in before[1:])
    return (
        {
            **{one.field: one.result for one in said.fields if one.result is not None},
            "identities": [global_id(models.ChannelIdentity, one.id) for one in said.identities],
            "members": said.member_count_after,
        },
        {
            **{name: after[name] for name in LABELS if after[name] is not None},
            **{name: after[name]["id"] for name in ("owner", "assignee") if after[name]},
            **{
                f"properties.{one['key']}": one["value"]
                for one in after["properties"]
                if one["value"] is not None
            },
            "identities": [one["id"] for one in after["identities"]],
            "members": len(after["members"]),
        },
    )


async def counts_of(workspace: Workspace, customers: list[Customer]) -> list[dict[str, int]]:
    """The activity counts of customers."""
    return [
        (await ask(workspace, AFTER, id=named(one)))["customer"]["activityCounts"]
        for one in customers
    ]
