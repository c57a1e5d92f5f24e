"""What is kept and told of merges and unmerges: events, the contact log, records, versions."""

from tortoise.fields.data import JSON_LOADS

from models import (
    Customer,
    EventType,
    LogSource,
    Merge,
    MergeSource,
    Workspace,
)
from services.ids import global_id
from tests.services.merging.families import events, merge, people, unmerge
from tests.services.writing import (
    as_key,
    as_user,
    contact_log,
    customer,
    rows,
    user,
)


async def test_one_event_tells_of_a_merge_and_one_of_an_unmerge(workspace: Workspace) -> None:
    main, first, second = await people(workspace, 3)
    agent = as_user(await user(workspace))
    await merge(workspace, first, second)
    done = await merge(workspace, main, first, actor=agent, source=MergeSource.SUGGESTION)
    told = await events(workspace, EventType.CUSTOMER_MERGED)
    assert told[1] == {
        "type": "CUSTOMER_MERGED",
        "customer": main.id,
        "payload": {
            "mergeId": global_id(Merge, done.merge.id),
            "mainId": global_id(Customer, main.id),
            "memberIds": [global_id(Customer, one.id) for one in (first, second)],
            "source": "SUGGESTION",
            "fields": [],
            "version": done.customer.version,
        },
    }
    parted = await unmerge(workspace, second, actor=agent)
    [told_of] = await events(workspace, EventType.CUSTOMER_UNMERGED)
    assert told_of["payload"] == {
        "mergeId": global_id(Merge, done.merge.id),
        "mainId": global_id(Customer, main.id),
        "memberIds": [global_id(Customer, second.id)],
        "source": "CUSTOMER_PAGE",
        "version": parted.main.version,
    }


async def test_the_contact_log_tells_of_the_main_customer(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    done = await merge(workspace, main, member, source=MergeSource.INBOX)
    assert done.merge.source is MergeSource.INBOX
    await unmerge(workspace, member, actor=as_user(await user(workspace)))
    found = await contact_log(workspace)
    assert found[2:] == [("MERGED", LogSource.INBOX, None), ("UNMERGED", LogSource.USER, None)]
    named = "SELECT DISTINCT contact_id FROM contact_logs WHERE workspace_id = $1"
    assert len(await rows(workspace, named + " AND kind IN ('MERGED', 'UNMERGED')")) == 1


async def test_a_keys_merge_is_the_apis(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    key = await as_key(workspace)
    done = await merge(workspace, main, member, actor=key)
    assert (done.merge.source, done.merge.api_key_id) == (MergeSource.API, key.api_key_id)


async def test_the_record_keeps_what_was_there_before(workspace: Workspace) -> None:
    main = await customer(workspace, "Siti", job_title="Guru")
    member = await customer(workspace, "Rahma", job_title="Dokter", zip_code="40111")
    done = await merge(workspace, main, member, overrides={"jobTitle": member})
    assert done.merge.values_before == {"jobTitle": "Guru", "zipCode": None}
    [row] = await rows(workspace, "SELECT values FROM merge_members WHERE workspace_id = $1")
    given = JSON_LOADS(row["values"])
    assert (given["jobTitle"], given["zipCode"]) == ("Dokter", "40111")


async def test_versions_count_up_with_each_merge_and_unmerge(workspace: Workspace) -> None:
    main, member = await people(workspace, 2)
    assert (await merge(workspace, main, member)).customer.version == main.version + 1
    parted = await unmerge(workspace, member)
    assert parted.main.version == main.version + 2
    assert parted.customer.version == member.version + 2
