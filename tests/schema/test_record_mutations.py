"""Companies, tickets, deals and tasks written over GraphQL, and customers associated with them."""

from typing import Any

import pytest

from models import Workspace
from models.base import new_id
from services.ids import PREFIXES, global_id
from tests.asking import ask
from tests.services.writing import customer, user

FIELDS = {
    "Company": "id externalId name industry website phone",
    "Ticket": "id externalId number subject priority slaStatus slaDueAt closedAt createdAt"
    " stage { name } pipeline { name } assignee { name }",
    "Deal": "id externalId name amount currency priority approvalStatus expectedCloseOn won"
    " closedAt owner { name }",
    "Task": "id externalId title status priority dueAt completedAt assignee { name }",
}
REQUIRED: dict[str, dict[str, Any]] = {
    "Company": {"externalId": "X", "name": "PT Maju"},
    "Ticket": {"externalId": "X", "subject": "It is broken"},
    "Deal": {"externalId": "X", "name": "Big", "amount": "29.30"},
    "Task": {"externalId": "X", "title": "Call back"},
}
LISTS = {"Company": "companies", "Ticket": "tickets", "Deal": "deals", "Task": "tasks"}
KINDS = tuple(FIELDS)
ASSOCIATING = """
    mutation ($input: AssociateInput!) {
        %s(input: $input) {
            customer { fullName companies { totalCount } tickets { totalCount }
                deals { totalCount } tasks { totalCount } }
            errors { code field }
        }
    }"""


async def upsert(workspace: Workspace, kind: str, **input: Any) -> Any:
    """The payload of a kind's upsert, with what it asks for besides what is given."""
    name = kind.lower()
    mutation = (
        f"mutation ($input: {kind}Input!) {{ upsert{kind}(input: $input) {{"
        f" {name} {{ {FIELDS[kind]} customers {{ nodes {{ fullName }} }} }}"
        " errors { code field message } } }"
    )
    payload = await ask(workspace, mutation, input={**REQUIRED[kind], **input})
    return payload[f"upsert{kind}"]


async def written(workspace: Workspace, kind: str, **input: Any) -> Any:
    """A record that was written without an error."""
    payload = await upsert(workspace, kind, **input)
    assert payload["errors"] == []
    return payload[kind.lower()]


@pytest.mark.parametrize("kind", KINDS)
async def test_written_twice_it_is_one_record(workspace: Workspace, kind: str) -> None:
    siti, budi = await customer(workspace, "Siti"), await customer(workspace, "Budi")
    first = await written(workspace, kind, customerIds=[global_id(type(siti), siti.id)])
    second = await written(workspace, kind, customerIds=[global_id(type(budi), budi.id)])
    names = {node["fullName"] for node in second.pop("customers")["nodes"]}
    assert names == {"Siti", "Budi"}
    assert first.pop("customers") == {"nodes": [{"fullName": "Siti"}]}
    assert second == first
    found = await ask(workspace, f"{{ {LISTS[kind]} {{ totalCount }} }}")
    assert found[LISTS[kind]]["totalCount"] == 1


async def test_what_is_given_comes_back(workspace: Workspace) -> None:
    agent = await user(workspace, "Rina")
    deal = await written(
        workspace,
        "Deal",
        ownerId=global_id(type(agent), agent.id),
        currency="usd",
        priority="HIGH",
        expectedCloseOn="2026-12-31",
        createdAt="2026-11-01T00:00:00Z",
        closedAt="2026-11-02T09:00:00+07:00",
        won=True,
    )
    assert deal["amount"] == "29.30"
    assert (deal["currency"], deal["priority"], deal["won"]) == ("USD", "HIGH", True)
    assert (deal["expectedCloseOn"], deal["closedAt"]) == (
        "2026-12-31",
        "2026-11-02T02:00:00.000000Z",
    )
    assert deal["owner"] == {"name": "Rina"}
    cleared = await written(workspace, "Deal", ownerId=None, won=None)
    assert (cleared["owner"], cleared["won"], cleared["closedAt"]) == (None, None, None)
    assert cleared["priority"] == "HIGH"


async def test_ticket_stands_in_its_stage(workspace: Workspace) -> None:
    pipeline = await ask(
        workspace,
        "mutation ($input: PipelineInput!) { upsertPipeline(input: $input) {"
        " pipeline { id stages { id name } } } }",
        input={"kind": "TICKET", "name": "Help", "stages": ["New", "Done"]},
    )
    stages = pipeline["upsertPipeline"]["pipeline"]["stages"]
    ticket = await written(workspace, "Ticket", stageId=stages[1]["id"])
    assert (ticket["number"], ticket["stage"]) == ("T-000001", {"name": "Done"})
    assert ticket["pipeline"] == {"name": "Help"}


@pytest.mark.parametrize(
    ("kind", "input", "code", "field"),
    [
        ("Company", {"website": "maju"}, "INVALID", ["website"]),
        ("Company", {"customerIds": ["1"]}, "INVALID", ["customerIds", "0"]),
        ("Ticket", {"subject": ""}, "INVALID", ["subject"]),
        ("Ticket", {"stageId": f"stg_{new_id().hex}"}, "NOT_FOUND", ["stageId"]),
        ("Ticket", {"stageId": f"ppl_{new_id().hex}"}, "INVALID", ["stageId"]),
        ("Deal", {"amount": "-1"}, "INVALID", ["amount"]),
        ("Deal", {"amount": "0.001"}, "INVALID", ["amount"]),
        ("Task", {"assigneeId": f"usr_{new_id().hex}"}, "NOT_FOUND", ["assigneeId"]),
    ],
)
async def test_refusal_is_data_with_its_path(
    workspace: Workspace, kind: str, input: dict[str, Any], code: str, field: list[str]
) -> None:
    payload = await upsert(workspace, kind, **input)
    assert payload[kind.lower()] is None
    assert [(error["code"], error["field"]) for error in payload["errors"]] == [(code, field)]


@pytest.mark.parametrize("kind", KINDS)
async def test_customer_is_associated_and_dissociated(workspace: Workspace, kind: str) -> None:
    siti = await customer(workspace, "Siti")
    record = await written(workspace, kind)
    input = {"customerId": global_id(type(siti), siti.id), f"{kind.lower()}Id": record["id"]}
    for verb, expected in (("associate", 1), ("associate", 1), ("dissociate", 0)):
        payload = (await ask(workspace, ASSOCIATING % verb, input=input))[verb]
        assert payload["errors"] == []
        assert payload["customer"][LISTS[kind]] == {"totalCount": expected}


async def test_exactly_one_record_is_associated(workspace: Workspace) -> None:
    siti = await customer(workspace, "Siti")
    deal, task = await written(workspace, "Deal"), await written(workspace, "Task")
    cases: list[tuple[dict[str, Any], str, list[str] | None]] = [
        ({}, "INVALID", None),
        ({"dealId": deal["id"], "taskId": task["id"]}, "INVALID", ["taskId"]),
        ({"dealId": task["id"]}, "INVALID", ["dealId"]),
        ({"dealId": f"dea_{new_id().hex}"}, "NOT_FOUND", ["dealId"]),
    ]
    for named, code, field in cases:
        input = {"customerId": f"{PREFIXES[type(siti)]}_{siti.id.hex}", **named}
        payload = (await ask(workspace, ASSOCIATING % "associate", input=input))["associate"]
        assert payload == {"customer": None, "errors": [{"code": code, "field": field}]}
