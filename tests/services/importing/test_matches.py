"""Who is there already: found by id, external id, identity, phone and e-mail, and what becomes of
them."""

from typing import Any

import pytest

from models import Acquisition, Customer, ImportStatus, OnDuplicate
from services.ids import global_id
from tests.services.importing.queues import POLICIES, Queue, counts, table
from tests.services.writing import count, customer, event_types, group, merged, rows, tag

HEADER = ["id", "externalId", "fullName", "phone", "email", "channel", "jobTitle"]
FOUND_BY = {
    "external id": ["", "A-1", "Siti Baru", "", "", "", "Guru"],
    "identity": ["", "", "Siti Baru", "0811 1111 1111", "", "WHATSAPP", "Guru"],
    "phone": ["", "", "Siti Baru", "0812 1111 1111", "", "", "Guru"],
    "e-mail": ["", "", "Siti Baru", "", "SITI@example.com", "", "Guru"],
}


async def somebody(queue: Queue) -> Customer:
    """Siti, with an external id, a phone, an e-mail address and no job."""
    return await customer(
        queue.workspace,
        "Siti Rahma",
        external_id="A-1",
        phone="081211111111",
        email="siti@example.com",
    )


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("by", FOUND_BY)
async def test_somebody_who_is_there_is_skipped_updated_or_filled_up(
    queue: Queue, policy: OnDuplicate, by: str
) -> None:
    if by == "identity":
        file = table(HEADER, ["", "A-1", "Siti Rahma", "081111111111", "", "WHATSAPP", ""])
        await queue.done(file)
    else:
        await somebody(queue)
    done = await queue.done(table(HEADER, FOUND_BY[by]), on_duplicate=policy)
    changed = policy is not OnDuplicate.SKIP
    assert counts(done) == (1, 0, int(changed), int(not changed), 0), queue.errors(done)
    [found] = await queue.customers()
    assert found["job_title"] == ("Guru" if changed else None)
    assert found["full_name"] == ("Siti Baru" if policy is OnDuplicate.UPDATE else "Siti Rahma")
    assert found["external_id"] == "A-1"


@pytest.mark.parametrize("policy", POLICIES)
async def test_the_same_holds_for_rows_of_one_file(queue: Queue, policy: OnDuplicate) -> None:
    file = table(
        HEADER,
        ["", "B-1", "Budi", "081222222222", "", "", ""],
        ["", "", "Budi Santoso", "+62 812-2222-2222", "budi@example.com", "", "Guru"],
        ["", "", "B. Santoso", "", "BUDI@example.com", "", "Dosen"],
        ["", "B-1", "Budi S.", "", "", "", ""],
    )
    done = await queue.done(file, on_duplicate=policy)
    found = await queue.customers()
    shown = [(one["full_name"], one["email"], one["job_title"]) for one in found]
    if policy is OnDuplicate.SKIP:
        # The skipped second row has given Budi no address: the third one is of somebody else.
        assert counts(done) == (4, 2, 0, 2, 0)
        assert shown == [("B. Santoso", "BUDI@example.com", "Dosen"), ("Budi", None, None)]
    elif policy is OnDuplicate.UPDATE:
        assert counts(done) == (4, 1, 3, 0, 0)
        assert shown == [("Budi S.", "BUDI@example.com", "Dosen")]
    else:
        assert counts(done) == (4, 1, 1, 2, 0)
        assert shown == [("Budi", "budi@example.com", "Guru")]


async def test_an_id_of_ours_goes_before_everything_else(queue: Queue) -> None:
    siti = await somebody(queue)
    other = await customer(queue.workspace, "Dewi", phone="081233333333")
    row = [global_id(Customer, other.id), "", "Dewi Lestari", "081233333333", "", "", ""]
    done = await queue.done(table(HEADER, row), on_duplicate=OnDuplicate.UPDATE)
    assert counts(done) == (1, 0, 1, 0, 0)
    assert [one["full_name"] for one in await queue.customers()] == ["Dewi Lestari", siti.full_name]


async def test_an_id_of_nobody_here_says_nothing(queue: Queue) -> None:
    never = "cus_00000000000070008000000000000000"
    done = await queue.done(table(HEADER, [never, "", "Dewi", "", "", "", ""]))
    assert counts(done) == (1, 1, 0, 0, 0)


async def test_a_row_of_two_customers_is_refused_with_the_second_ones_name(queue: Queue) -> None:
    await somebody(queue)
    dewi = await customer(queue.workspace, "Dewi", external_id="A-2")
    row = ["", "A-2", "Dewi", "081211111111", "", "", ""]
    done = await queue.done(table(HEADER, row), on_duplicate=OnDuplicate.UPDATE)
    assert counts(done) == (1, 0, 0, 0, 1)
    [error] = queue.errors(done)
    assert (error["line"], error["column"]) == ("2", "phone")
    assert "Siti Rahma" in error["reason"]
    assert dewi.phone is None


async def test_a_row_with_anothers_phone_and_an_external_id_of_its_own_changes_no_external_id(
    queue: Queue,
) -> None:
    await somebody(queue)
    row = ["", "A-9", "Siti", "081211111111", "", "", ""]
    done = await queue.done(table(HEADER, row), on_duplicate=OnDuplicate.UPDATE)
    assert counts(done) == (1, 0, 0, 0, 1)
    assert "A-1" in queue.errors(done)[0]["reason"]


async def test_a_merged_customer_is_stood_for_by_the_main_one(queue: Queue) -> None:
    siti = await somebody(queue)
    main = await customer(queue.workspace, "Siti R.")
    await merged(queue.workspace, siti, main)
    row = ["", "A-1", "Siti R.", "", "", "", "Guru"]
    done = await queue.done(table(HEADER, row), on_duplicate=OnDuplicate.MERGE_GAPS)
    assert counts(done) == (1, 0, 1, 0, 0), queue.errors(done)
    found = {one["full_name"]: one["job_title"] for one in await queue.customers()}
    assert found == {"Siti R.": "Guru", "Siti Rahma": None}


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_row_of_a_deleted_customer_is_refused(queue: Queue, policy: OnDuplicate) -> None:
    await somebody(queue)
    await rows(
        queue.workspace,
        "UPDATE customers SET deleted_at = created_at WHERE workspace_id = $1 RETURNING id",
    )
    done = await queue.done(table(HEADER, FOUND_BY["external id"]), on_duplicate=policy)
    assert counts(done) == (1, 0, 0, 0, 1)
    assert "restoreCustomer" in queue.errors(done)[0]["reason"]


@pytest.mark.parametrize("policy", POLICIES)
async def test_groups_and_tags_for_all_rows_come_to_those_who_are_there_too(
    queue: Queue, policy: OnDuplicate
) -> None:
    siti = await somebody(queue)
    expo, hot = await group(queue.workspace, "Expo"), await tag(queue.workspace, "Hangat")
    await group(queue.workspace, "Pameran")
    file = table(
        ["externalId", "fullName", "phone", "Grup"],
        ["A-1", "Siti", "", "Pameran"],
        ["A-2", "Budi", "", "Pameran"],
        ["", "Siti lagi", "081211111111", ""],
    )
    told: dict[str, Any] = {"on_duplicate": policy, "group_ids": [expo.id], "tag_ids": [hot.id]}
    done = await queue.done(file, **told)
    skip = policy is OnDuplicate.SKIP
    expected = {"SKIP": (0, 2, 0), "UPDATE": (2, 0, 0), "MERGE_GAPS": (1, 1, 0)}
    assert counts(done)[2:] == expected[policy], queue.errors(done)
    # A group that a row names is one of its values, which skipping leaves alone.
    assert await count(queue.workspace, "customer_groups") == (3 if skip else 4)
    assert await count(queue.workspace, "customer_tags") == 2
    found = {one["id"]: one for one in await queue.customers()}
    assert found[siti.id]["full_name"] == (
        "Siti lagi" if policy is OnDuplicate.UPDATE else "Siti Rahma"
    )
    assert found[siti.id]["version"] == (3 if policy is OnDuplicate.UPDATE else 2)
    again = await queue.done(file, **{**told, "on_duplicate": OnDuplicate.SKIP})
    assert counts(again) == (3, 0, 0, 3, 0)
    assert {one["id"]: one["version"] for one in await queue.customers()} == {
        id: one["version"] for id, one in found.items()
    }


async def test_an_import_is_told_of_by_whoever_asked_for_it(queue: Queue) -> None:
    done = await queue.done(table(HEADER, ["", "", "Budi", "", "", "", ""]))
    assert done.status is ImportStatus.FINISHED
    [found] = await queue.customers()
    assert found["acquisition"] == Acquisition.IMPORT
    assert found["added_by_id"] == done.added_by_id == queue.actor.user_id
    events = await rows(queue.workspace, "SELECT * FROM events WHERE workspace_id = $1")
    assert {one["user_id"] for one in events} == {queue.actor.user_id}
    assert (await event_types(queue.workspace))[-1] == "IMPORT_FINISHED"
