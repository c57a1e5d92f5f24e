"""Erasing a person: after it a dump of the whole database holds nothing of them."""

from typing import Any

import asyncpg
import pytest

from models import Customer, Role, Workspace
from models.base import new_id
from services.ids import global_id
from settings import Settings
from tests.asking import an_actor, ask
from tests.services.writing import count, rows

MARK = "qzxerasmark"
"""A word that is in everything personal here, and in nothing else."""
PHONE, SECOND_PHONE = "+6281299900017", "+6281299900018"
TRACES = (MARK, PHONE[1:], SECOND_PHONE[1:])

ADD = "mutation ($input: AddCustomerInput!) { addCustomer(input: $input) { customer { id } %s } }"
UPDATE = "mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { %s } }"
MESSAGE = "mutation ($input: RecordMessageInput!) { recordMessage(input: $input) { %s } }"
TICKET = "mutation ($input: TicketInput!) { upsertTicket(input: $input) { ticket { id } %s } }"
DEAL = "mutation ($input: DealInput!) { upsertDeal(input: $input) { %s } }"
TASK = "mutation ($input: TaskInput!) { upsertTask(input: $input) { %s } }"
ORDER = "mutation ($input: OrderInput!) { upsertOrder(input: $input) { %s } }"
CAMPAIGN = (
    "mutation ($input: CampaignInput!) { upsertCampaign(input: $input) { campaign { id } %s } }"
)
INTERACTION = (
    "mutation ($input: CampaignInteractionInput!) { recordCampaignInteraction(input: $input) "
    "{ %s } }"
)
PROPERTY = "mutation ($input: PropertyInput!) { saveProperty(input: $input) { %s } }"
MERGE = "mutation ($input: MergeInput!) { mergeCustomers(input: $input) { %s } }"
UNMERGE = "mutation ($input: UnmergeInput!) { unmergeCustomer(input: $input) { %s } }"
DELETE = "mutation ($input: DeleteCustomerInput!) { deleteCustomer(input: $input) { %s } }"
ERASE = """
    mutation ($input: EraseCustomerInput!) {
        eraseCustomer(input: $input) { erasedId errors { code field message } }
    }"""
DATA = """
    mutation ($input: ExportCustomerDataInput!) {
        exportCustomerData(input: $input) { data errors { code field } }
    }"""
GONE = """
    query ($id: ID!) {
        customer(id: $id) { id }
        node(id: $id) { id }
        customers(search: "qzxerasmark") { totalCount }
        conversations(search: "qzxerasmark") { totalCount }
        tickets(search: "qzxerasmark") { totalCount }
    }"""
SENT = "2026-11-20T03:00:00Z"


async def send(workspace: Workspace, mutation: str, **input: Any) -> Any:
    """The payload of a mutation that is not refused."""
    text = mutation.replace("%s", "errors { code field message }")
    (payload,) = (await ask(workspace, text, input=input)).values()
    assert payload["errors"] == [], payload
    return payload


async def a_person(workspace: Workspace, name: str, phone: str) -> str:
    """Somebody with a record of every kind, each of which names them; their id."""
    added = await send(
        workspace,
        ADD,
        fullName=f"{name} {MARK}",
        phone=phone,
        email=f"{name}.{MARK}@example.com",
        username=f"{name}_{MARK}",
        jobTitle=f"Guru {MARK}",
        province=f"P{MARK}",
        regencyCity=f"R{MARK}",
        district=f"D{MARK}",
        subdistrict=f"S{MARK}",
        zipCode="40135",
        externalId=f"crm-{name}-{MARK}",
        channel="WHATSAPP",
        idempotencyKey=f"add-{name}-{MARK}",
        properties=[{"key": "motto", "value": f"Hidup {MARK}"}],
    )
    id = added["customer"]["id"]
    await send(workspace, UPDATE, customerId=id, jobTitle=f"Kepala {MARK}")
    for direction in ("INBOUND", "OUTBOUND"):
        await send(
            workspace,
            MESSAGE,
            channel="WHATSAPP",
            identifier=phone,
            direction=direction,
            externalId=f"wamid.{phone}.{direction}",
            sentAt=SENT,
            text=f"Saya {MARK}",
            senderName=f"{name} {MARK}",
            username=f"{name}_{MARK}",
            conversationExternalId=f"room-{phone}",
        )
    about = {"externalId": f"about-{name}", "customerIds": [id]}
    await send(workspace, TICKET, **about, subject=f"Paket istri saya, {MARK}")
    await send(workspace, DEAL, **about, name=f"Kontrak {MARK}", amount="10.00")
    await send(workspace, TASK, **about, title=f"Telepon {MARK}")
    await send(
        workspace,
        ORDER,
        externalId=f"order-{name}",
        customerId=id,
        status="PAID",
        total="50000.00",
        orderedAt=SENT,
    )
    campaign = await send(workspace, CAMPAIGN, externalId="promo", name="Promo")
    await send(
        workspace,
        INTERACTION,
        externalId=f"wamid.{phone}.promo",
        campaignId=campaign["campaign"]["id"],
        customerId=id,
        status="FAILED",
        sentAt=SENT,
        failureReason=f"{phone} {MARK} is not on WhatsApp",
    )
    return str(id)


async def a_workspace_with_people(workspace: Workspace) -> tuple[str, str]:
    """Two people, the second merged into the first; their ids."""
    await send(workspace, PROPERTY, key="motto", label="Motto", type="TEXT")
    main = await a_person(workspace, "ani", PHONE)
    member = await a_person(workspace, "beni", SECOND_PHONE)
    await send(workspace, MERGE, mainId=main, memberIds=[member], idempotencyKey=f"m-{MARK}")
    return main, member


async def traces(settings: Settings, workspace: Workspace) -> list[str]:
    """The tables that hold a trace, with the row, in a dump of everything."""
    connection = await asyncpg.connect(settings.database_url)
    found = []
    try:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'workspace_id'"
        )
        for (table,) in tables:
            dumped = await connection.fetch(
                f"SELECT t::text AS row FROM {table} t WHERE workspace_id = $1", workspace.id
            )
            found += [
                f"{table}: {row['row']}"
                for row in dumped
                if any(trace in row["row"].lower() for trace in TRACES)
            ]
    finally:
        await connection.close()
    return found


@pytest.mark.parametrize("named", ["main", "member"])
async def test_an_erased_person_leaves_no_trace(
    workspace: Workspace, settings: Settings, named: str
) -> None:
    main, member = await a_workspace_with_people(workspace)
    before = await traces(settings, workspace)
    assert {line.partition(":")[0] for line in before} >= {
        "customers",
        "channel_identities",
        "conversations",
        "messages",
        "campaign_interactions",
        "tickets",
        "deals",
        "tasks",
        "property_index_entries",
        "profile_changes",
        "contact_logs",
        "idempotency_keys",
    }
    payload = await send(workspace, ERASE, customerId=main if named == "main" else member)
    assert payload["erasedId"] == main
    assert await traces(settings, workspace) == []
    for id in (main, member):
        assert await ask(workspace, GONE, id=id) == {
            "customer": None,
            "node": None,
            "customers": {"totalCount": 0},
            "conversations": {"totalCount": 0},
            "tickets": {"totalCount": 0},
        }


async def test_one_who_was_unmerged_leaves_no_trace_in_another_ones_history(
    workspace: Workspace, settings: Settings
) -> None:
    await send(workspace, PROPERTY, key="motto", label="Motto", type="TEXT")
    person = await a_person(workspace, "ani", PHONE)
    other = await send(workspace, ADD, fullName="Budi")
    await send(workspace, MERGE, mainId=other["customer"]["id"], memberIds=[person])
    await send(workspace, UNMERGE, customerId=person)
    await send(workspace, ERASE, customerId=person)
    assert await traces(settings, workspace) == []


async def test_sums_stay_without_anybody_behind_them(workspace: Workspace) -> None:
    main, _ = await a_workspace_with_people(workspace)
    await send(workspace, ERASE, customerId=main)
    kept = await rows(workspace, "SELECT total FROM orders WHERE workspace_id = $1")
    assert [str(row["total"]) for row in kept] == ["50000.00", "50000.00"]
    assert await count(workspace, "campaign_interactions") == 2
    assert await count(workspace, "messages") == 0
    logged = await rows(
        workspace,
        "SELECT kind, contact_name FROM contact_logs WHERE workspace_id = $1 ORDER BY id",
    )
    assert {row["contact_name"] for row in logged} == {"Erased"}
    assert [row["kind"] for row in logged].count("DELETED") == 1


async def test_the_event_says_only_that_it_happened(workspace: Workspace) -> None:
    main, _ = await a_workspace_with_people(workspace)
    await send(workspace, ERASE, customerId=main)
    [event] = await rows(
        workspace,
        "SELECT payload FROM events WHERE workspace_id = $1 AND type = 'CUSTOMER_ERASED'",
    )
    assert event["payload"] == "{}"


async def test_a_record_that_others_share_keeps_its_text_without_the_person(
    workspace: Workspace,
) -> None:
    await send(workspace, PROPERTY, key="motto", label="Motto", type="TEXT")
    person = await a_person(workspace, "ani", PHONE)
    other = await send(workspace, ADD, fullName="Budi")
    subject = f"Budi dan ANI {MARK} ({PHONE}) bertengkar"
    both = [person, other["customer"]["id"]]
    await send(workspace, TICKET, externalId="both", subject=subject, customerIds=both)
    await send(workspace, ERASE, customerId=person)
    [ticket] = await rows(
        workspace, "SELECT * FROM tickets WHERE workspace_id = $1 AND external_id = 'both'"
    )
    assert ticket["subject"] == "Budi dan [erased] ([erased]) bertengkar"
    assert "[erased]" in ticket["search_text"]
    [alone] = await rows(
        workspace, "SELECT * FROM tickets WHERE workspace_id = $1 AND external_id = 'about-ani'"
    )
    assert alone["subject"] == "Erased"


async def test_nobody_is_erased_twice_nor_somebody_unknown(workspace: Workspace) -> None:
    added = await send(workspace, ADD, fullName="Ani")
    id = added["customer"]["id"]
    await send(workspace, ERASE, customerId=id)
    for unknown in (id, global_id(Customer, new_id())):
        (payload,) = (await ask(workspace, ERASE, input={"customerId": unknown})).values()
        assert payload["erasedId"] is None
        assert payload["errors"][0]["code"] == "NOT_FOUND"
        assert payload["errors"][0]["field"] == ["customerId"]


async def test_a_deleted_person_can_be_erased(workspace: Workspace, settings: Settings) -> None:
    main, _ = await a_workspace_with_people(workspace)
    await send(workspace, DELETE, customerId=main)
    await send(workspace, ERASE, customerId=main)
    assert await traces(settings, workspace) == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.PARTNER])
@pytest.mark.parametrize("mutation", [ERASE, DATA])
async def test_only_owners_and_administrators_may(
    workspace: Workspace, role: Role, mutation: str
) -> None:
    added = await send(workspace, ADD, fullName="Ani")
    actor = an_actor(workspace, role)
    asked = {"customerId": added["customer"]["id"]}
    (payload,) = (await ask(workspace, mutation, actor=actor, input=asked)).values()
    assert payload["errors"][0]["code"] == "FORBIDDEN"


async def test_another_workspace_erases_nobody_here(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    added = await send(workspace, ADD, fullName="Ani")
    id = added["customer"]["id"]
    for mutation in (ERASE, DATA):
        (payload,) = (await ask(other_workspace, mutation, input={"customerId": id})).values()
        assert payload["errors"][0]["code"] == "NOT_FOUND"
    found = await rows(workspace, "SELECT full_name FROM customers WHERE workspace_id = $1")
    assert [row["full_name"] for row in found] == ["Ani"]


async def test_a_persons_data_are_given_whole(workspace: Workspace) -> None:
    main, member = await a_workspace_with_people(workspace)
    for id in (main, member):
        payload = await send(workspace, DATA, customerId=id)
        data = payload["data"]
        names = {f"ani {MARK}", f"beni {MARK}"}
        assert {profile["fullName"] for profile in data["profiles"]} == names
        assert data["profiles"][0]["properties"] == {"motto": f"Hidup {MARK}"}
        assert len(data["messages"]) == 4
        assert [order["total"] for order in data["orders"]] == ["50000.00", "50000.00"]
        assert {ticket["externalId"] for ticket in data["tickets"]} == {"about-ani", "about-beni"}
        assert data["messages"][0]["sentAt"] == "2026-11-20T03:00:00.000000Z"
        assert "workspaceId" not in data["profiles"][0]
        assert [merge["mainId"] for merge in data["merges"]] == [data["profiles"][0]["id"]]
