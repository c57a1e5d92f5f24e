"""What changes of customers, merges and refusals make of the suggestions."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import Workspace
from services.customer_deletions import delete_customer, restore_customer
from services.duplicates.dismissals import dismiss_duplicate
from services.errors import ErrorCode
from services.job_runs import LEASE
from services.merging.unmerges import unmerge_customer
from services.workspaces import create_workspace
from tests.rows import NOW
from tests.services.duplicates.acting import (
    EMAIL,
    NAME,
    PHONE,
    WRITTEN,
    dismiss,
    edit,
    merge,
    shown,
    somebody,
)
from tests.services.duplicates.bases import compare, pair_of, suggested
from tests.services.writing import as_user, change, refused, rows, user

KEYS = "SELECT key FROM duplicate_keys WHERE workspace_id = $1 AND customer_id = $2"


# Changes


async def test_two_who_are_alike_are_suggested_and_a_third_is_not(workspace: Workspace) -> None:
    one, other = await somebody(workspace), await somebody(workspace, "Wulandari Hadikusuma")
    await somebody(workspace, "Agus Wijaya", phone="+6281234567002", email=None)
    run = await compare(workspace)
    assert (run.compared, run.suggested, run.finished) == (3, 1, True)
    assert await shown(workspace) == {pair_of(one, other)}


async def test_nobody_is_compared_where_nothing_has_changed(workspace: Workspace) -> None:
    await somebody(workspace)
    await somebody(workspace)
    await compare(workspace)
    before = await rows(workspace, WRITTEN)
    run = await compare(workspace)
    assert (run.compared, run.suggested, run.finished) == (0, 0, True)
    assert await rows(workspace, WRITTEN) == before


async def test_only_those_who_changed_are_compared_again(workspace: Workspace) -> None:
    one = await somebody(workspace)
    other = await somebody(workspace, "Agus Wijaya", phone="+6281234567002", email=None)
    await compare(workspace)
    assert await shown(workspace) == set()
    await edit(workspace, other, full_name=NAME, email=EMAIL)
    run = await compare(workspace)
    assert (run.compared, run.suggested) == (1, 1)
    assert await shown(workspace) == {pair_of(one, other)}


async def test_two_who_are_no_longer_alike_lose_their_suggestion(workspace: Workspace) -> None:
    _, other = await somebody(workspace), await somebody(workspace)
    await compare(workspace)
    assert len(await suggested(workspace)) == 1
    await edit(workspace, other, full_name="Agus Wijaya", phone=None, email=None)
    await compare(workspace)
    assert await suggested(workspace) == {}


async def test_a_change_that_leaves_two_alike_changes_the_score(workspace: Workspace) -> None:
    one, other = await somebody(workspace), await somebody(workspace, email=None)
    await compare(workspace)
    [before] = (await suggested(workspace)).values()
    await edit(workspace, other, phone=None, email=EMAIL, full_name="Wulandari H")
    await compare(workspace)
    found = await suggested(workspace)
    assert found.keys() == {pair_of(one, other)}
    assert found[pair_of(one, other)] != before


async def test_a_deleted_customer_leaves_at_once_and_comes_back(workspace: Workspace) -> None:
    one, other = await somebody(workspace), await somebody(workspace)
    await compare(workspace)
    await change(workspace, delete_customer, other.id)
    assert await shown(workspace) == set()
    await compare(workspace)
    assert await rows(workspace, KEYS, other.id) == []
    await change(workspace, restore_customer, other.id)
    assert await shown(workspace) == {pair_of(one, other)}
    await compare(workspace)
    assert await shown(workspace) == {pair_of(one, other)}
    assert await rows(workspace, KEYS, other.id) != []


async def test_who_changed_while_the_other_was_deleted_is_compared_when_they_come_back(
    workspace: Workspace,
) -> None:
    one, other = await somebody(workspace), await somebody(workspace)
    await compare(workspace)
    await change(workspace, delete_customer, other.id)
    await edit(workspace, one, full_name="Agus Wijaya", phone=None, email=None)
    await compare(workspace)
    await change(workspace, restore_customer, other.id)
    await compare(workspace)
    assert await suggested(workspace) == {}


async def test_a_telephone_that_a_message_brought_counts(workspace: Workspace) -> None:
    """The channel's identity, as much as the field."""
    one = await somebody(workspace)
    other = await somebody(workspace, "Wulandari", phone="+6281234567003", email=None)
    await compare(workspace)
    assert await shown(workspace) == set()
    await edit(workspace, other, full_name=NAME, email="Wulan@toko.example")
    await compare(workspace)
    assert await shown(workspace) == {pair_of(one, other)}


# Refusals and merges


async def test_a_dismissed_pair_is_never_suggested_again(workspace: Workspace) -> None:
    one, other = await somebody(workspace), await somebody(workspace)
    await compare(workspace)
    await dismiss(workspace, one, other)
    assert await shown(workspace) == set()
    await edit(workspace, other, full_name="Wulandari Hadikusumo S")
    await compare(workspace)
    await compare(workspace, everybody=True)
    assert await shown(workspace) == set()
    assert await suggested(workspace) == {}


async def test_who_was_dismissed_is_not_suggested_through_those_whom_they_became_part_of(
    workspace: Workspace,
) -> None:
    one, other = await somebody(workspace), await somebody(workspace)
    mains = [await somebody(workspace), await somebody(workspace)]
    await compare(workspace)
    assert len(await shown(workspace)) == 6
    await dismiss(workspace, one, other)
    await merge(workspace, mains[0], one)
    await merge(workspace, mains[1], other)
    assert await shown(workspace) == set()
    await compare(workspace)
    await compare(workspace, everybody=True)
    assert await shown(workspace) == set()


async def test_an_undone_merge_is_a_refusal(workspace: Workspace) -> None:
    one, other, third = [await somebody(workspace) for _ in range(3)]
    await compare(workspace)
    await merge(workspace, one, other)
    assert await shown(workspace) == {pair_of(one, third)}
    await compare(workspace)
    await change(workspace, unmerge_customer, other.id)
    rest = {pair_of(one, third), pair_of(other, third)}
    assert await shown(workspace) == rest
    await compare(workspace)
    assert await shown(workspace) == rest
    await merge(workspace, third, other)
    assert await shown(workspace) == set()


async def test_the_main_customer_is_like_those_whom_their_members_are_like(
    workspace: Workspace,
) -> None:
    main = await somebody(workspace, phone="+6281234567009", email=None)
    member = await somebody(workspace)
    await merge(workspace, main, member)
    like_the_member = await somebody(workspace, phone=PHONE, email=None)
    await compare(workspace)
    assert await shown(workspace) == {pair_of(main, like_the_member)}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "unmerge", "dismiss", "delete", "restore", "compare", "all"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_no_refused_merged_or_deleted_customer_is_ever_shown(
    database: None, steps: list[tuple[str, int, int]]
) -> None:
    """Over random steps: exactly those pairs are shown whose two stand in lists, and of which
    nobody has said that they, or whoever is part of them, are two."""
    workspace = await create_workspace("Toko Acak")
    customers = [await somebody(workspace) for _ in range(4)]
    await compare(workspace)
    place = {customer.id: index for index, customer in enumerate(customers)}
    main, deleted, refused_pairs = dict.fromkeys(range(4)), set(), set()
    for step, a, b in steps:
        if step == "compare" or step == "all":
            await compare(workspace, everybody=step == "all")
        elif step == "delete" and main[a] is None and a not in deleted:
            await change(workspace, delete_customer, customers[a].id)
            deleted.add(a)
        elif step == "restore" and a in deleted:
            await change(workspace, restore_customer, customers[a].id)
            deleted.discard(a)
        elif step == "merge" and a != b and not {a, b} & deleted:
            if main[a] is None and main[b] is None:
                await merge(workspace, customers[a], customers[b])
                main |= {x: a for x in range(4) if main[x] == b} | {b: a}
        elif step == "unmerge" and main[a] is not None and main[a] not in deleted:
            refused_pairs.add(frozenset((a, main[a])))
            await change(workspace, unmerge_customer, customers[a].id)
            main[a] = None
        elif step == "dismiss":
            pair = pair_of(customers[a], customers[b]) if a != b else None
            if pair in await shown(workspace):
                await dismiss(workspace, customers[a], customers[b])
                refused_pairs.add(frozenset((a, b)))
        found = await shown(workspace)
        for one, other in found:
            x, y = place[one], place[other]
            assert (main[x], main[y]) == (None, None)
            assert not {x, y} & deleted
            families = [{z for z in range(4) if z == m or main[z] == m} for m in (x, y)]
            assert not {frozenset((p, q)) for p in families[0] for q in families[1]} & refused_pairs


# Dismissing


async def test_dismissing_says_by_whom_and_when_and_may_be_done_twice(
    workspace: Workspace,
) -> None:
    await somebody(workspace)
    await somebody(workspace)
    await compare(workspace)
    [row] = await rows(workspace, "SELECT id FROM duplicate_suggestions WHERE workspace_id = $1")
    rina = await user(workspace)
    done = await change(workspace, dismiss_duplicate, row["id"], actor=as_user(rina), now=NOW)
    again = await change(workspace, dismiss_duplicate, row["id"], now=NOW + LEASE)
    assert (done.dismissed_by_id, done.dismissed_at) == (rina.id, NOW)
    assert (again.dismissed_by_id, again.dismissed_at) == (rina.id, NOW)


async def test_an_unknown_suggestion_and_one_of_another_workspace_cannot_be_dismissed(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    one = await somebody(other_workspace)
    await somebody(other_workspace)
    await compare(other_workspace)
    [row] = await rows(
        other_workspace, "SELECT id FROM duplicate_suggestions WHERE workspace_id = $1"
    )
    for id in (one.id, row["id"]):
        attempt = change(workspace, dismiss_duplicate, id)
        await refused(ErrorCode.NOT_FOUND, ("suggestionId",), attempt)
    assert len(await shown(other_workspace)) == 1
