"""Merging as people do it: the six functions through HTTP, and what everybody sees afterwards."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio

from models import Workspace
from tests.asking import ask
from tests.journeys.conftest import Client, Connect

HOUR = timedelta(hours=1)
PAGE = (Path(__file__).parents[2] / "docs" / "merging.md").read_text()

ADD = """mutation ($input: AddCustomerInput!) {
  addCustomer(input: $input) { customer { id } errors { code message } } }"""
MESSAGE = """mutation ($input: RecordMessageInput!) {
  recordMessage(input: $input) { customer { id } conversation { id } errors { code message } } }"""
ORDER = """mutation ($input: OrderInput!) {
  upsertOrder(input: $input) { order { id } errors { code message } } }"""
TICKET = """mutation ($input: TicketInput!) {
  upsertTicket(input: $input) { ticket { id } errors { code message } } }"""
ASSOCIATE = """mutation ($input: AssociateInput!) {
  associate(input: $input) { customer { id } errors { code message } } }"""
MERGE = """mutation ($input: MergeInput!) { mergeCustomers(input: $input) {
  customer { id version } merge { id memberIds main { id } source undoneAt }
  errors { code message field conflictingId } } }"""
MERGE_CONVERSATION = """mutation ($input: MergeConversationInput!) {
  mergeConversationCustomer(input: $input) {
    customer { id } merge { memberIds source } errors { code message } } }"""
UNMERGE = """mutation ($input: UnmergeInput!) { unmergeCustomer(input: $input) {
  customer { id isMerged } main { id isMerged } errors { code message field } } }"""
SET_MAIN = """mutation ($input: SetMainIdentityInput!) { setMainIdentity(input: $input) {
  customer { mainIdentity { identifier } identities { identifier isMain } }
  errors { code message field } } }"""
PREVIEW = """query ($main: ID!, $members: [ID!]!) {
  mergePreview(mainId: $main, memberIds: $members) {
    allowed memberCountAfter blockers { code } moves { chats tickets } } }"""

WHOLE = """query ($id: ID!) {
  customer(id: $id) {
    id fullName phone email isMerged lifetimeValue isProductive firstContactedAt
    members { customerId fullName identities { identifier } }
    mergedInto { id }
    window { status }
    mainIdentity { identifier }
    identities { identifier isMain member { customerId } }
    activityCounts { chats tickets deals tasks campaigns companies }
    conversations { totalCount nodes { status } }
    tickets { totalCount nodes { subject } }
    orders { totalCount nodes { total } }
    groups { id } tags { id }
  }
}"""
LISTED = """{ customers(first: 100) { totalCount nodes { id isMerged } }
  merged: customers(filter: { merged: true }) { totalCount nodes { id } }
  regularCustomers { totalCount nodes { id } } }"""
BY_IDENTITY = """query ($identifier: String!) {
  customerByIdentity(channel: WHATSAPP, identifier: $identifier) { id } }"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Customer { fullName } } }"
EVENTS = (
    "{ events(types: [CUSTOMER_MERGED, CUSTOMER_UNMERGED]) { nodes { type customerId payload } } }"
)


@dataclass
class Shop:
    """A workspace and somebody who works in it."""

    client: Client
    workspace: Workspace
    now: datetime
    number: int = 0

    async def do(self, mutation: str, **input: Any) -> Any:
        """What a mutation answers with, where nothing was refused."""
        answer = await self.client.ask(mutation, input=input)
        [payload] = answer.values()
        assert payload["errors"] == [], payload
        return payload

    async def refused(self, mutation: str, **input: Any) -> Any:
        """The one error of a mutation that was refused."""
        [payload] = (await self.client.ask(mutation, input=input)).values()
        [error] = payload["errors"]
        return error

    async def see(self, query: str, **variables: Any) -> Any:
        """What a query answers with: over HTTP, and the same on both read paths."""
        told = await self.client.ask(query, **variables)
        assert told == await ask(self.workspace, query, now=self.now, **variables)
        return told

    async def whole(self, id: str) -> Any:
        """All that is shown of whom an id stands for."""
        return (await self.see(WHOLE, id=id))["customer"]

    async def someone(self, name: str, **fields: Any) -> str:
        """The id of a customer who is typed in."""
        added = await self.do(ADD, fullName=name, **fields)
        id: str = added["customer"]["id"]
        return id

    async def writes(self, identifier: str) -> Any:
        """A WhatsApp message of somebody, just now."""
        self.number += 1
        return await self.do(
            MESSAGE,
            channel="WHATSAPP",
            identifier=identifier,
            direction="INBOUND",
            externalId=f"m{self.number}",
            sentAt=(self.now - HOUR).isoformat(),
            text="Halo",
        )

    async def buys(self, id: str, total: str) -> None:
        """A paid order of somebody."""
        self.number += 1
        await self.do(
            ORDER,
            externalId=f"o{self.number}",
            customerId=id,
            status="PAID",
            total=total,
            orderedAt=(self.now - HOUR).isoformat(),
        )

    async def complains(self, *ids: str) -> None:
        """A ticket of somebody."""
        self.number += 1
        await self.do(TICKET, externalId=f"t{self.number}", subject="Rusak", customerIds=list(ids))

    async def merge(self, main: str, *members: str, **more: Any) -> Any:
        """A merge that is done."""
        return await self.do(MERGE, mainId=main, memberIds=list(members), **more)


@pytest_asyncio.fixture
async def shop(connect: Connect, workspace: Workspace) -> Shop:
    """A shop whose owner asks."""
    return Shop(await connect(workspace), workspace, datetime.now(UTC))


async def two(shop: Shop) -> tuple[str, str]:
    """Budi on WhatsApp, who bought, and his e-mail, who complained and bought."""
    budi = await shop.someone("Budi", phone="0812 1111 1111", channel="WHATSAPP")
    mail = await shop.someone("B. Santoso", email="budi@example.com", channel="EMAIL")
    await shop.writes("+6281211111111")
    await shop.buys(budi, "100000")
    await shop.buys(mail, "50000")
    await shop.complains(mail)
    return budi, mail


async def test_merge_a_single_customer(shop: Shop) -> None:
    budi, mail = await two(shop)
    before = await shop.whole(budi), await shop.whole(mail)
    done = await shop.merge(budi, mail)
    assert done["customer"]["id"] == budi
    assert (done["merge"]["memberIds"], done["merge"]["main"]) == ([mail], {"id": budi})
    found = await shop.whole(budi)
    assert (found["fullName"], found["email"]) == ("Budi", "budi@example.com")
    assert (found["isMerged"], found["lifetimeValue"]) == (True, "150000.00")
    assert [one["customerId"] for one in found["members"]] == [mail]
    assert found["identities"] == [
        {"identifier": "+6281211111111", "isMain": True, "member": None},
        {"identifier": "budi@example.com", "isMain": False, "member": {"customerId": mail}},
    ]
    assert (found["activityCounts"]["chats"], found["activityCounts"]["tickets"]) == (1, 1)
    assert found["orders"]["totalCount"] == 2
    await shop.do(UNMERGE, customerId=mail)
    assert (await shop.whole(budi), await shop.whole(mail)) == before


async def test_merge_with_a_merged_customer(shop: Shop) -> None:
    """Somebody who has members is merged: the members come along, and none is lost."""
    budi, mail = await two(shop)
    boss = await shop.someone("Budi Santoso", phone="0812 2222 2222", channel="WHATSAPP")
    await shop.merge(budi, mail)
    done = await shop.merge(boss, budi)
    assert set(done["merge"]["memberIds"]) == {budi, mail}
    found = await shop.whole(boss)
    assert {one["customerId"] for one in found["members"]} == {budi, mail}
    assert found["lifetimeValue"] == "150000.00"
    await shop.do(UNMERGE, customerId=budi)
    assert [one["customerId"] for one in (await shop.whole(boss))["members"]] == [mail]
    assert (await shop.whole(budi))["lifetimeValue"] == "100000.00"


async def test_merge_others_up_to_ten_in_one(shop: Shop) -> None:
    main = await shop.someone("Budi")
    others = [await shop.someone(f"Budi {number}") for number in range(11)]
    await shop.merge(main, *others[:4])
    for one in others[4:10]:
        await shop.merge(main, one)
    assert len((await shop.whole(main))["members"]) == 10
    error = await shop.refused(MERGE, mainId=main, memberIds=[others[10]])
    assert (error["code"], error["field"]) == ("LIMIT_EXCEEDED", ["memberIds"])
    assert (await shop.whole(others[10]))["id"] == others[10]
    preview = await shop.see(PREVIEW, main=main, members=[others[10]])
    assert preview["mergePreview"]["blockers"] == [{"code": "TOO_MANY_MEMBERS"}]


async def test_merge_from_the_inbox(shop: Shop) -> None:
    budi, _ = await two(shop)
    written = await shop.writes("+6281233333333")
    stranger = written["customer"]["id"]
    done = await shop.do(
        MERGE_CONVERSATION, conversationId=written["conversation"]["id"], mainId=budi
    )
    assert done["merge"] == {"memberIds": [stranger], "source": "INBOX"}
    assert (await shop.whole(budi))["conversations"]["totalCount"] == 2


async def test_set_the_main_channel_and_have_it_leave_with_its_member(shop: Shop) -> None:
    budi, mail = await two(shop)
    await shop.merge(budi, mail)
    sql = "query ($id: ID!) { customer(id: $id) { identities { id identifier } } }"
    identities = (await shop.see(sql, id=budi))["customer"]["identities"]
    ids = {one["identifier"]: one["id"] for one in identities}
    done = await shop.do(SET_MAIN, customerId=mail, identityId=ids["budi@example.com"])
    assert [one["isMain"] for one in done["customer"]["identities"]] == [True, False]
    assert done["customer"]["mainIdentity"]["identifier"] == "budi@example.com"
    await shop.do(UNMERGE, customerId=mail)
    assert (await shop.whole(budi))["mainIdentity"]["identifier"] == "+6281211111111"
    assert (await shop.whole(mail))["mainIdentity"]["identifier"] == "budi@example.com"
    error = await shop.refused(SET_MAIN, customerId=budi, identityId=ids["budi@example.com"])
    assert (error["code"], error["field"]) == ("INVALID", ["identityId"])


async def test_old_ids_answer_with_the_main_customer_everywhere(shop: Shop) -> None:
    budi, mail = await two(shop)
    await shop.merge(budi, mail)
    assert await shop.whole(mail) == await shop.whole(budi)
    asked = await shop.see(NODES, ids=[mail, budi])
    assert [one["fullName"] for one in asked["nodes"]] == ["Budi", "Budi"]
    assert (await shop.see(BY_IDENTITY, identifier="081211111111"))["customerByIdentity"] == {
        "id": budi
    }
    company = """mutation ($input: CompanyInput!) { upsertCompany(input: $input) {
        company { id } errors { code message } } }"""
    made = await shop.do(company, externalId="c1", name="PT Maju")
    associated = await shop.do(ASSOCIATE, customerId=mail, companyId=made["company"]["id"])
    assert associated["customer"] == {"id": budi}
    assert (await shop.whole(budi))["activityCounts"]["companies"] == 1
    await shop.do(UNMERGE, customerId=mail)
    assert (await shop.whole(budi))["activityCounts"]["companies"] == 0
    assert (await shop.whole(mail))["activityCounts"]["companies"] == 1


async def test_lists_and_counts_show_the_main_customer_once(shop: Shop) -> None:
    budi, mail = await two(shop)
    other = await shop.someone("Siti")
    await shop.merge(budi, mail)
    found = await shop.see(LISTED)
    assert found["customers"]["totalCount"] == 2
    assert {one["id"]: one["isMerged"] for one in found["customers"]["nodes"]} == {
        budi: True,
        other: False,
    }
    assert found["merged"] == {"totalCount": 1, "nodes": [{"id": budi}]}
    assert found["regularCustomers"] == {"totalCount": 1, "nodes": [{"id": budi}]}
    await shop.do(UNMERGE, customerId=mail)
    assert (await shop.see(LISTED))["customers"]["totalCount"] == 3


async def test_what_arrives_for_a_member_lands_on_the_main_customer_and_goes_back(
    shop: Shop,
) -> None:
    budi, mail = await two(shop)
    await shop.merge(mail, budi)
    written = await shop.writes("+6281211111111")
    assert written["customer"] == {"id": mail}
    await shop.buys(budi, "25000")
    await shop.complains(budi)
    found = await shop.whole(mail)
    assert (found["lifetimeValue"], found["window"]["status"]) == ("175000.00", "ACTIVE")
    assert found["activityCounts"]["tickets"] == 2
    await shop.do(UNMERGE, customerId=budi)
    left, back = await shop.whole(mail), await shop.whole(budi)
    assert (left["lifetimeValue"], back["lifetimeValue"]) == ("50000.00", "125000.00")
    assert (left["window"]["status"], back["window"]["status"]) == ("PASSIVE", "ACTIVE")
    assert (left["activityCounts"]["tickets"], back["activityCounts"]["tickets"]) == (1, 1)


async def test_one_ticket_of_both_is_one_ticket(shop: Shop) -> None:
    budi, mail = await two(shop)
    await shop.complains(budi, mail)
    await shop.merge(budi, mail)
    found = await shop.whole(budi)
    assert found["tickets"]["totalCount"] == found["activityCounts"]["tickets"] == 2
    await shop.do(UNMERGE, customerId=mail)
    assert (await shop.whole(budi))["tickets"]["totalCount"] == 1
    assert (await shop.whole(mail))["tickets"]["totalCount"] == 2


async def test_partners_read_what_was_merged_in_the_log_of_events(shop: Shop) -> None:
    budi, mail = await two(shop)
    await shop.merge(budi, mail)
    await shop.do(UNMERGE, customerId=mail)
    merged, unmerged = (await shop.see(EVENTS))["events"]["nodes"]
    assert (merged["type"], unmerged["type"]) == ("CUSTOMER_MERGED", "CUSTOMER_UNMERGED")
    for event in (merged, unmerged):
        assert event["payload"]["mainId"] == budi
        assert event["payload"]["memberIds"] == [mail]
    assert merged["payload"]["mergeId"] == unmerged["payload"]["mergeId"]


async def test_bad_input_moves_nothing(shop: Shop) -> None:
    budi, mail = await two(shop)
    third = await shop.someone("Siti")
    before = [await shop.whole(id) for id in (budi, mail, third)]
    unknown = f"cus_{'0' * 31}1"
    stranger = [{"field": "email", "fromCustomerId": third}]
    cases: list[tuple[str, dict[str, Any], str, list[str]]] = [
        (MERGE, {"mainId": budi, "memberIds": [budi]}, "INVALID", ["memberIds", "0"]),
        (MERGE, {"mainId": budi, "memberIds": []}, "INVALID", ["memberIds"]),
        (MERGE, {"mainId": budi, "memberIds": [mail, unknown]}, "NOT_FOUND", ["memberIds", "1"]),
        (MERGE, {"mainId": unknown, "memberIds": [mail]}, "NOT_FOUND", ["mainId"]),
        (
            MERGE,
            {"mainId": budi, "memberIds": [mail], "overrides": stranger},
            "INVALID",
            ["overrides", "0", "fromCustomerId"],
        ),
        (UNMERGE, {"customerId": mail}, "CONFLICT", ["customerId"]),
    ]
    for mutation, input, code, field in cases:
        error = await shop.refused(mutation, **input)
        assert (error["code"], error["field"]) == (code, field), error
    assert [await shop.whole(id) for id in (budi, mail, third)] == before


async def test_who_is_merged_elsewhere_is_a_conflict_that_names_where(shop: Shop) -> None:
    budi, mail = await two(shop)
    third = await shop.someone("Siti")
    await shop.merge(budi, mail)
    error = await shop.refused(MERGE, mainId=third, memberIds=[mail])
    assert (error["code"], error["conflictingId"]) == ("CONFLICT", budi)


async def test_a_merge_that_is_sent_twice_is_done_once(shop: Shop) -> None:
    budi, mail = await two(shop)
    first = await shop.merge(budi, mail, idempotencyKey="sekali")
    assert await shop.merge(budi, mail, idempotencyKey="sekali") == first
    third = await shop.someone("Siti")
    error = await shop.refused(MERGE, mainId=budi, memberIds=[third], idempotencyKey="sekali")
    assert error["code"] == "CONFLICT"


async def test_the_examples_of_the_page_answer_as_it_says(shop: Shop) -> None:
    budi, mail = await two(shop)
    questions = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
    answers = [json.loads(one) for one in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    assert len(questions) == len(answers) == 3
    for question, answer in zip(questions, answers, strict=True):
        names = {"budi": budi, "mail": mail}
        asked = {name: id for name, id in names.items() if f"${name}:" in question}
        found = await shop.client.ask(question, **asked)
        preview = found.get("mergePreview", {"fields": []})
        preview["fields"] = [
            one
            for one in preview["fields"]
            if any(value["value"] is not None for value in one["values"])
        ]
        assert found == answer
