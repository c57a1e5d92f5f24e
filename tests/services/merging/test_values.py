"""Values that merges put on main customers: what lies on what, and what takes it off."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from models import Customer, PropertyType, SurvivorshipStrategy, Workspace
from services.customer_fields import CustomerChanges
from services.customer_updates import update_customer
from services.customers import searchable
from services.properties import PropertyDraft, PropertyEntry, save_property
from services.transactions import workspace_transaction
from tests.services.merging.families import merge, snapshot, unmerge
from tests.services.writing import NOW, change, count, customer, rows, stored, user

MOST_RECENT = SurvivorshipStrategy.MOST_RECENT
MAIN_WINS = SurvivorshipStrategy.MAIN_WINS


async def people(workspace: Workspace, *phones: str | None) -> list[Customer]:
    """Customers with these phones, made a day after one another."""
    found = []
    for day, phone in enumerate(phones):
        made = NOW - timedelta(days=len(phones) - day)
        found.append(
            await customer_at(workspace, f"Siti {day}", made, phone=phone, allow_duplicate=True)
        )
    return found


async def customer_at(workspace: Workspace, name: str, at: Any, **fields: Any) -> Customer:
    """A customer whose profile was last edited at an instant."""
    made = await customer(workspace, name, **fields)
    async with workspace_transaction(workspace.id) as tx:
        await tx.execute(
            "UPDATE customers SET created_at = $3, updated_at = $3"
            " WHERE workspace_id = $1 AND id = $2",
            workspace.id,
            made.id,
            at,
        )
    return made


async def edit(workspace: Workspace, one: Customer, **changes: Any) -> None:
    """Edit a customer."""
    await change(
        workspace, update_customer, one.id, CustomerChanges(**changes, allow_duplicate=True)
    )


async def phone(workspace: Workspace, one: Customer) -> str | None:
    """The phone that a customer has now, by its last digit."""
    found = (await stored(workspace, one.id)).phone
    return found[-1] if found else None


def number(digit: int) -> str:
    """A phone that ends in a digit."""
    return f"+62812000000{digit}"


async def test_a_value_leaves_with_its_giver(workspace: Workspace) -> None:
    main, member = await people(workspace, None, number(2))
    await merge(workspace, main, member)
    assert await phone(workspace, main) == "2"
    await unmerge(workspace, member)
    assert await phone(workspace, main) is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_in_whatever_order_givers_leave_what_is_left_shows(
    workspace: Workspace, order: tuple[int, ...]
) -> None:
    main, *members = await people(workspace, number(1), number(2), number(3), number(4))
    before = await snapshot(workspace)
    for member in members:
        await merge(workspace, main, member, strategy=MOST_RECENT)
    assert await phone(workspace, main) == "4"
    left = {2, 3, 4}
    for place in order:
        await unmerge(workspace, members[place])
        left.remove(place + 2)
        assert await phone(workspace, main) == str(max(left, default=1))
    assert await snapshot(workspace) == before


async def test_an_edited_value_stays_for_ever(workspace: Workspace) -> None:
    main, member = await people(workspace, number(1), number(2))
    await merge(workspace, main, member, strategy=MOST_RECENT)
    await edit(workspace, member, phone=number(9), job_title="Guru")
    await unmerge(workspace, member)
    assert await phone(workspace, main) == "9"
    assert (await stored(workspace, main.id)).job_title == "Guru"
    assert await phone(workspace, member) == "2"
    assert await count(workspace, "merge_values") == 0


async def test_only_the_fields_that_were_edited_stay(workspace: Workspace) -> None:
    main = await customer(workspace, "Siti")
    member = await customer(workspace, "Rahma", phone=number(2), email="rahma@toko.example")
    await merge(workspace, main, member)
    await edit(workspace, main, email="siti@toko.example")
    await unmerge(workspace, member)
    found = await stored(workspace, main.id)
    assert (found.phone, found.email) == (None, "siti@toko.example")


async def test_an_edit_to_what_is_there_already_is_none(workspace: Workspace) -> None:
    main, member = await people(workspace, None, number(2))
    await merge(workspace, main, member)
    await edit(workspace, main, phone=number(2))
    await unmerge(workspace, member)
    assert await phone(workspace, main) is None


async def test_a_merge_after_an_edit_lies_on_the_edited_value(workspace: Workspace) -> None:
    main, first, second = await people(workspace, number(1), number(2), number(3))
    await merge(workspace, main, first, strategy=MOST_RECENT)
    await edit(workspace, main, phone=number(9))
    await merge(workspace, main, second, overrides={"phone": second})
    assert await phone(workspace, main) == "3"
    await unmerge(workspace, first)
    assert await phone(workspace, main) == "3"
    await unmerge(workspace, second)
    assert await phone(workspace, main) == "9"


async def test_the_last_update_goes_back_like_a_field(workspace: Workspace) -> None:
    main, first, second = await people(workspace, None, number(2), number(3))
    before = (await stored(workspace, main.id)).updated_at
    await merge(workspace, main, first, now=NOW)
    await merge(workspace, main, second, now=NOW + timedelta(days=1))
    assert (await stored(workspace, main.id)).updated_at == NOW + timedelta(days=1)
    await unmerge(workspace, first)
    assert (await stored(workspace, main.id)).updated_at == NOW + timedelta(days=1)
    await unmerge(workspace, second)
    assert (await stored(workspace, main.id)).updated_at == before


async def test_a_chosen_empty_value_is_taken_and_given_back(workspace: Workspace) -> None:
    main, member = await people(workspace, number(1), None)
    await merge(workspace, main, member, overrides={"phone": member})
    assert await phone(workspace, main) is None
    await unmerge(workspace, member)
    assert await phone(workspace, main) == "1"


# -- members who bring members ---------------------------------------------------------------


async def test_a_value_that_a_member_had_of_their_member_stays_that_ones(
    workspace: Workspace,
) -> None:
    main, middle, last = await people(workspace, None, None, number(3))
    before = await snapshot(workspace)
    await merge(workspace, middle, last)
    assert await phone(workspace, middle) == "3"
    await merge(workspace, main, middle)
    assert await phone(workspace, main) == "3"
    assert await phone(workspace, middle) is None
    await unmerge(workspace, middle)
    assert await phone(workspace, main) == "3"
    await unmerge(workspace, last)
    assert await snapshot(workspace) == before


async def test_what_lay_under_a_members_value_comes_along(workspace: Workspace) -> None:
    main, middle, last = await people(workspace, None, number(2), number(3))
    await merge(workspace, middle, last, strategy=MOST_RECENT)
    await merge(workspace, main, middle)
    assert await phone(workspace, main) == "3"
    await unmerge(workspace, last)
    assert await phone(workspace, main) == "2"
    await unmerge(workspace, middle)
    assert await phone(workspace, main) is None


async def test_a_value_of_ones_own_is_not_hidden_by_a_member_without_any(
    workspace: Workspace,
) -> None:
    main, middle, last = await people(workspace, number(1), None, number(3))
    await merge(workspace, middle, last)
    await merge(workspace, main, middle, strategy=MOST_RECENT)
    assert await phone(workspace, main) == "3"
    await unmerge(workspace, last)
    assert await phone(workspace, main) == "1"


async def test_what_is_not_taken_of_a_member_is_forgotten(workspace: Workspace) -> None:
    main, middle, last = await people(workspace, number(1), None, number(3))
    await merge(workspace, middle, last)
    await merge(workspace, main, middle, strategy=MAIN_WINS)
    assert await phone(workspace, main) == "1"
    await unmerge(workspace, middle)
    assert await phone(workspace, middle) is None
    await unmerge(workspace, last)
    assert await phone(workspace, last) == "3"
    assert await count(workspace, "merge_values") == 0


async def test_an_edit_of_a_member_with_members_goes_along_as_their_own(
    workspace: Workspace,
) -> None:
    main, middle, last = await people(workspace, None, None, number(3))
    await merge(workspace, middle, last)
    await edit(workspace, middle, phone=number(9))
    await merge(workspace, main, middle)
    await unmerge(workspace, last)
    assert await phone(workspace, main) == "9"
    await unmerge(workspace, middle)
    assert await phone(workspace, main) is None
    assert await phone(workspace, middle) == "9"


# -- kinds of values -------------------------------------------------------------------------


async def test_custom_properties_and_their_index_follow(workspace: Workspace) -> None:
    draft = PropertyDraft(key="size", label="Size", type=PropertyType.NUMBER)
    await change(workspace, save_property, draft)
    main = await customer(workspace, "Siti")
    member = await customer(workspace, "Rahma", properties=[PropertyEntry("size", 42)])
    before = await snapshot(workspace)
    await merge(workspace, main, member)
    assert (await stored(workspace, main.id)).properties == {"size": 42}
    indexed = "SELECT number_value FROM property_index_entries WHERE workspace_id = $1"
    of_main = indexed + " AND customer_id = $2"
    assert [row["number_value"] for row in await rows(workspace, of_main, main.id)] == [42]
    await unmerge(workspace, member)
    assert await snapshot(workspace) == before


async def test_users_statuses_and_sources_are_values_too(workspace: Workspace) -> None:
    agent = await user(workspace)
    main = await customer(workspace, "Siti")
    member = await customer(
        workspace, "Rahma", owner_id=agent.id, assignee_id=agent.id, status="PROSPECT"
    )
    before = await snapshot(workspace)
    merged = (await merge(workspace, main, member)).customer
    assert (merged.owner_id, merged.assignee_id, merged.status) == (agent.id, agent.id, "PROSPECT")
    await unmerge(workspace, member)
    assert await snapshot(workspace) == before


async def test_who_has_another_name_is_found_and_sorted_by_it(workspace: Workspace) -> None:
    main, member = await customer(workspace, "Siti"), await customer(workspace, "Rahma Ayu")
    await merge(workspace, main, member, overrides={"fullName": member})
    found = await stored(workspace, main.id)
    assert (found.name_key, found.search_text) == ("rahma ayu", searchable(found))
    await unmerge(workspace, member)
    found = await stored(workspace, main.id)
    assert (found.name_key, found.search_text) == ("siti", searchable(found))
