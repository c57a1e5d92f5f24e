"""What an operator does with groups through HTTP: made by hand, by a list and by a filter, counted,
downloaded, analysed, broadcast to, deleted; and the business's sender, who empties the queue."""

import csv
import io
from pathlib import Path
from typing import Any
from uuid import UUID

from models import ChannelKind, Export, Group, Role, Workspace
from services.batches import always
from services.exporting.runs import run_export
from services.files import Files
from services.ids import decode_id, global_id
from tests.journeys.conftest import Client, Connect
from tests.records import Records
from tests.rows import NOW
from workers.registrations import present

ADD = """mutation($input: AddCustomersInput!) {
    addCustomers(input: $input) { customers { id } errors { message } } }"""
SAVE = """mutation($input: GroupInput!) {
    saveGroup(input: $input) { group { id name createdAt customerCount } errors { message } } }"""
PUT = """mutation($input: GroupMembersInput!) {
    addToGroup(input: $input) { group { customerCount } errors { message } } }"""
MERGE = """mutation($input: MergeInput!) {
    mergeCustomers(input: $input) { customer { id } errors { message } } }"""
SHOWN = """query($id: ID!) { node(id: $id) { ... on Group { name createdAt customerCount
    customers { totalCount nodes { id } }
    analysis(period: { preset: LAST_7_DAYS }) { customers active passive productive orders revenue
        averageLifetimeValue bySource { source count } growth { count }
        campaigns { queued sent failed } } } } }"""
EXPORT = """mutation($input: ExportInput!) {
    exportCustomers(input: $input) { export { id } errors { message } } }"""
EXPORTED = "query($id: ID!) { export(id: $id) { status url total } }"
PREVIEW = """query($input: AudienceInput!) { audiencePreview(input: $input) {
    matched recipients duplicatesAvoided unreachable sample { id } } }"""
BROADCAST = """mutation($input: BroadcastInput!) { createBroadcast(input: $input) {
    campaign { id status recipientCount interactionCounts { queued } } errors { message } } }"""
QUEUE = """query($id: ID!) { node(id: $id) { ... on Campaign { status template
    interactionCounts { queued sent }
    queue(first: 100) { nodes { customer { id } identity { kind identifier } } } } } }"""
REPORT = """mutation($input: CampaignInteractionInput!) {
    recordCampaignInteraction(input: $input) { errors { message } } }"""
CAMPAIGNS = """query($id: ID!) { customer(id: $id) {
    campaigns { totalCount nodes { status campaign { name } } } } }"""
DELETE = "mutation($input: DeleteInput!) { deleteGroup(input: $input) { deletedId } }"


async def did(client: Client, mutation: str, **input: Any) -> Any:
    """What a mutation changed, where nothing was wrong with it."""
    (payload,) = (await client.ask(mutation, input=input)).values()
    assert payload.pop("errors", []) == []
    (changed,) = payload.values()
    return changed


async def downloaded(client: Client, files: Files, group: str) -> list[dict[str, str]]:
    """The rows of a group's export, which a worker has written meanwhile."""
    asked = await did(client, EXPORT, format="CSV", groupId=group)
    model, id = decode_id(asked["id"]) or (None, None)
    assert model is Export
    assert isinstance(id, UUID)
    await run_export(client.workspace.id, id, files=files, clock=present, proceed=always)
    export = (await client.ask(EXPORTED, id=asked["id"]))["export"]
    answer = await client.http.get(export["url"])
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert export["total"] == len(found)
    return found


async def test_a_group_from_its_making_to_its_deletion(
    workspace: Workspace, connect: Connect, tmp_path: Path
) -> None:
    client = await connect(workspace, files=tmp_path / "files")
    files = Files(tmp_path / "files")
    people = [
        {"fullName": f"Sari {n}", "channel": "WHATSAPP", "phone": f"0812{n:08}", "status": "LEAD"}
        for n in range(1, 7)
    ]
    made = await did(client, ADD, customers=[*people, {"fullName": "Tanpa Nomor"}])
    ids = [one["id"] for one in made]
    group = await did(client, SAVE, name="Lebaran")
    assert group["customerCount"] == 0
    assert (await did(client, SAVE, id=group["id"], name="Lebaran 2027"))["name"] == "Lebaran 2027"
    for input, count in (
        ({"customerIds": ids[:1]}, 1),
        ({"customerIds": [*ids[1:3], ids[6]]}, 4),
        ({"filter": {"statuses": ["LEAD"]}}, 7),
    ):
        put = (await client.ask(PUT, input={"groupId": group["id"], **input}))["addToGroup"]
        assert (put["group"]["customerCount"], put["errors"]) == (count, [])
    await did(client, MERGE, mainId=ids[0], memberIds=[ids[1]])
    node = (await client.ask(SHOWN, id=group["id"]))["node"]
    assert node["customerCount"] == node["customers"]["totalCount"] == 6
    assert node["createdAt"] == group["createdAt"]
    analysis = node["analysis"]
    assert (analysis["customers"], analysis["active"], analysis["passive"]) == (6, 0, 6)
    assert sum(day["count"] for day in analysis["growth"]) == 6
    assert len(await downloaded(client, files, group["id"])) == 6
    audience = {"groupIds": [group["id"]], "customerIds": [ids[1]]}
    preview = (await client.ask(PREVIEW, input=audience))["audiencePreview"]
    numbers = [preview[n] for n in ("matched", "recipients", "duplicatesAvoided", "unreachable")]
    assert numbers == [8, 5, 2, 1]
    campaign = await did(client, BROADCAST, name="Promo", template="Halo", audience=audience)
    assert (campaign["recipientCount"], campaign["interactionCounts"]["queued"]) == (5, 5)
    await sent_by_a_partner(workspace, connect, campaign["id"])
    analysis = (await client.ask(SHOWN, id=group["id"]))["node"]["analysis"]
    assert analysis["campaigns"] == {"queued": 0, "sent": 5, "failed": 0}
    mine = (await client.ask(CAMPAIGNS, id=ids[1]))["customer"]["campaigns"]
    assert mine == {
        "totalCount": 1,
        "nodes": [{"status": "SENT", "campaign": {"name": "Promo"}}],
    }
    deleted = await client.ask(DELETE, input={"id": group["id"]})
    assert deleted == {"deleteGroup": {"deletedId": group["id"]}}
    assert (await client.ask(SHOWN, id=group["id"])) == {"node": None}


async def sent_by_a_partner(workspace: Workspace, connect: Connect, campaign: str) -> None:
    """A sender with a key that reads customers and reports sends all that is queued."""
    sender = await connect(workspace, Role.PARTNER, ("customers:read", "ingest:write"))
    node = (await sender.ask(QUEUE, id=campaign))["node"]
    assert (node["status"], node["template"]) == ("SENDING", "Halo")
    queued = node["queue"]["nodes"]
    assert len({one["identity"]["identifier"] for one in queued}) == 5
    for number, one in enumerate(queued):
        await did(
            sender,
            REPORT.replace("errors", "campaignInteraction { id } errors"),
            externalId=f"{campaign}-{number}",
            campaignId=campaign,
            customerId=one["customer"]["id"],
            status="SENT",
            sentAt=present().isoformat(),
        )
    node = (await sender.ask(QUEUE, id=campaign))["node"]
    assert (node["status"], node["queue"]["nodes"]) == ("SENT", [])


async def test_another_workspace_s_groups_and_people_are_no_audience(
    workspace: Workspace, other_workspace: Workspace, connect: Connect
) -> None:
    client = await connect(workspace)
    own, theirs = Records(workspace, NOW), Records(other_workspace, NOW)
    group = {one.workspace.id: one.group("Sama") for one in (own, theirs)}
    foreign = theirs.customer()
    theirs.identity(foreign, theirs.channel(ChannelKind.WHATSAPP), main=True)
    theirs.associate(foreign, group[other_workspace.id])
    await own.save()
    await theirs.save()
    never = global_id(Group, UUID(int=0))
    answers = []
    for id in (global_id(Group, group[other_workspace.id].id), never):
        for name in ("groupIds", "excludeGroupIds"):
            input = {"groupIds": [global_id(Group, group[workspace.id].id)], name: [id]}
            error = await client.error(PREVIEW, input=input)
            answers.append((error["extensions"]["code"], error["message"]))
    assert len(set(answers)) == 1
    assert answers[0][0] == "NOT_FOUND"
