"""Filters and search of the records around customers, each held against Python."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models import Workspace
from services.ids import global_id
from services.workspaces import create_workspace
from tests.asking import ask
from tests.records import Records
from tests.rows import NOW

MANY = 40
ENUMS: dict[str, dict[str, tuple[str, type[StrEnum]]]] = {
    "conversations": {
        "statuses": ("status", models.ConversationStatus),
        "channels": ("channel_kind", models.ChannelKind),
    },
    "tickets": {
        "slaStatuses": ("sla_status", models.SlaStatus),
        "priorities": ("priority", models.Priority),
    },
    "deals": {
        "approvalStatuses": ("approval_status", models.ApprovalStatus),
        "priorities": ("priority", models.Priority),
    },
    "tasks": {
        "statuses": ("status", models.TaskStatus),
        "priorities": ("priority", models.Priority),
    },
    "campaigns": {"statuses": ("status", models.CampaignInteractionStatus)},
}
REFERENCES: dict[str, dict[str, tuple[str, type[Any]]]] = {
    "conversations": {},
    "tickets": {
        "pipelineIds": ("pipeline_id", models.Pipeline),
        "stageIds": ("stage_id", models.Stage),
        "reporterIds": ("reporter_id", models.User),
        "assigneeIds": ("assignee_id", models.User),
    },
    "deals": {
        "pipelineIds": ("pipeline_id", models.Pipeline),
        "stageIds": ("stage_id", models.Stage),
        "ownerIds": ("owner_id", models.User),
    },
    "tasks": {
        "stageIds": ("stage_id", models.Stage),
        "assigneeIds": ("assignee_id", models.User),
    },
    "campaigns": {"campaignIds": ("campaign_id", models.Campaign)},
}
MODELS: dict[str, tuple[type[Any], str]] = {
    "conversations": (models.Conversation, "ConversationFilter"),
    "tickets": (models.Ticket, "TicketFilter"),
    "deals": (models.Deal, "DealFilter"),
    "tasks": (models.Task, "TaskFilter"),
    "campaigns": (models.CampaignInteraction, "CampaignInteractionFilter"),
}
AT_THE_ROOT = ("conversations", "tickets", "deals", "tasks")


@dataclass
class Desk:
    """One customer with many records that differ in all that can be filtered by."""

    workspace: Workspace
    records: Records
    customer: models.Customer

    async def found(self, field: str, filter: dict[str, Any], *, root: bool) -> set[str]:
        """The ids of what the API finds, of the customer or of the whole workspace."""
        page = f"{field}(filter: $f, first: 100) {{ totalCount nodes {{ id }} }}"
        body = page if root else f"customer(id: $id) {{ {page} }}"
        head = f"query($f: {MODELS[field][1]}{'' if root else ', $id: ID!'})"
        id: dict[str, Any] = {} if root else {"id": global_id(models.Customer, self.customer.id)}
        data: Any = await ask(self.workspace, f"{head} {{ {body} }}", f=filter, **id)
        found = (data if root else data["customer"])[field]
        ids = {node["id"] for node in found["nodes"]}
        assert found["totalCount"] == len(ids)
        return ids

    def expected(self, field: str, *conditions: Callable[[Any], bool]) -> set[str]:
        """The ids of what Python finds."""
        model = MODELS[field][0]
        return {
            global_id(model, row.id)
            for row in self.records.rows[model]
            if all(condition(row) for condition in conditions)
        }

    def choices(self, field: str) -> Iterator[tuple[str, str, list[Any], list[Any]]]:
        """Each filter with the column behind it, some values of it, and these in the API's form."""
        for name, (column, enum) in ENUMS[field].items():
            values: list[Any] = [*enum][:4]
            yield name, column, values, [value.value for value in values]
        for name, (column, model) in REFERENCES[field].items():
            ids = [row.id for row in self.records.rows[model]][:4]
            yield name, column, ids, [global_id(model, id) for id in ids]


@pytest_asyncio.fixture(scope="module")
async def desk(database: None) -> Desk:
    """One for the whole module: these tests only read."""
    workspace = await create_workspace("Meja")
    records = Records(workspace)
    dice = random.Random(11)
    customer = records.customer()
    users = [records.user() for _ in range(2)]
    stages: dict[models.PipelineKind, list[models.Stage]] = {}
    for kind in models.PipelineKind:
        stages[kind] = [stage for _ in range(2) for stage in records.pipeline(kind)[1]]
    identities = [
        records.identity(customer, records.channel(kind)) for kind in list(models.ChannelKind)[:4]
    ]
    campaigns = [records.campaign() for _ in range(3)]
    for _ in range(MANY):
        records.conversation(
            customer, dice.choice(identities), status=dice.choice(list(models.ConversationStatus))
        )
        records.interaction(
            dice.choice(campaigns),
            customer,
            status=dice.choice(list(models.CampaignInteractionStatus)),
        )
        records.associate(customer, *work(records, dice, users, stages))
    await records.save()
    return Desk(workspace, records, customer)


def work(records: Records, dice: random.Random, users: list[Any], stages: Any) -> list[Any]:
    """A ticket, a deal and a task by throws of dice."""

    def maybe(value: Any) -> Any:
        return value if dice.random() < 0.8 else None

    def placed(kind: models.PipelineKind) -> dict[str, Any]:
        stage = dice.choice(stages[kind])
        return {"pipeline_id": stage.pipeline_id, "stage_id": stage.id} if maybe(1) else {}

    priority = dice.choice(list(models.Priority))
    task_stage = placed(models.PipelineKind.TASK)
    task_stage.pop("pipeline_id", None)
    return [
        records.ticket(
            priority=priority,
            sla_status=dice.choice(list(models.SlaStatus)),
            reporter_id=maybe(dice.choice(users).id),
            assignee_id=maybe(dice.choice(users).id),
            **placed(models.PipelineKind.TICKET),
        ),
        records.deal(
            priority=priority,
            approval_status=dice.choice(list(models.ApprovalStatus)),
            owner_id=maybe(dice.choice(users).id),
            **placed(models.PipelineKind.DEAL),
        ),
        records.task(
            priority=priority,
            status=dice.choice(list(models.TaskStatus)),
            assignee_id=maybe(dice.choice(users).id),
            **task_stage,
        ),
    ]


@pytest.mark.parametrize(
    ("field", "root"), [*((f, False) for f in MODELS), *((f, True) for f in AT_THE_ROOT)]
)
async def test_each_filter_alone(desk: Desk, field: str, root: bool) -> None:
    assert await desk.found(field, {}, root=root) == desk.expected(field)
    for name, column, values, written in desk.choices(field):
        for some in (slice(0, 1), slice(1, 3), slice(0, 0)):
            found = await desk.found(field, {name: written[some]}, root=root)
            wanted = values[some]
            assert found == desk.expected(
                field,
                lambda row, column=column, wanted=wanted: getattr(row, column) in wanted,  # type: ignore[misc]
            ), name


@pytest.mark.parametrize("field", MODELS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
async def test_filters_together_ask_for_all_of_them(
    desk: Desk, field: str, data: st.DataObject
) -> None:
    filter: dict[str, Any] = {}
    conditions = []
    for name, column, values, written in desk.choices(field):
        chosen = data.draw(st.sets(st.integers(0, len(values) - 1)))
        if chosen:
            filter[name] = [written[index] for index in chosen]
            wanted = [values[index] for index in chosen]
            conditions.append(
                lambda row, column=column, wanted=wanted: getattr(row, column) in wanted
            )
    found = await desk.found(field, filter, root=False)
    assert found == desk.expected(field, *conditions)


async def test_orders_by_status(workspace: Workspace) -> None:
    records = Records(workspace)
    customer = records.customer()
    for status in models.OrderStatus:
        records.order(customer, status=status)
    await records.save()
    query = """query($s: [OrderStatus!]) { customers { nodes {
        orders(status: $s) { totalCount nodes { status } } } } }"""
    for wanted in (["PAID"], ["REFUNDED", "PENDING"], list(models.OrderStatus), []):
        data = await ask(workspace, query, s=wanted)
        orders = data["customers"]["nodes"][0]["orders"]
        assert {node["status"] for node in orders["nodes"]} == set(wanted)
        assert orders["totalCount"] == len(wanted)


async def test_pipelines_by_kind_with_the_stages_that_are_in_use(workspace: Workspace) -> None:
    records = Records(workspace)
    _, stages = records.pipeline(models.PipelineKind.TICKET, ["Baru", "Lama", "Selesai"])
    stages[1].archived_at = NOW
    records.pipeline(models.PipelineKind.DEAL)
    await records.save()
    query = "query($k: PipelineKind) { pipelines(kind: $k) { kind stages { name position } } }"
    assert len((await ask(workspace, query))["pipelines"]) == 2
    assert (await ask(workspace, query, k="TASK"))["pipelines"] == []
    [tickets] = (await ask(workspace, query, k="TICKET"))["pipelines"]
    assert tickets["stages"] == [
        {"name": "Baru", "position": 1},
        {"name": "Selesai", "position": 3},
    ]


async def test_events_by_type(workspace: Workspace) -> None:
    records = Records(workspace)
    for type in models.EventType:
        records.event(type)
    await records.save()
    query = "query($t: [EventType!]) { events(types: $t, first: 100) { nodes { type } } }"
    every = (await ask(workspace, query))["events"]["nodes"]
    assert [node["type"] for node in every] == [type.value for type in models.EventType]
    some = (await ask(workspace, query, t=["WINDOW_CLOSED"]))["events"]["nodes"]
    assert some == [{"type": "WINDOW_CLOSED"}]


SEARCHED: dict[str, Callable[[Records, str], Any]] = {
    "companies": Records.company,
    "tickets": Records.ticket,
    "deals": Records.deal,
    "tasks": Records.task,
    "campaigns": Records.campaign,
    "users": Records.user,
    "groups": Records.group,
    "segments": Records.segment,
    "tags": Records.tag,
}


@pytest.mark.parametrize("field", SEARCHED)
async def test_lists_are_searched_by_part_of_a_name(workspace: Workspace, field: str) -> None:
    records = Records(workspace)
    for name in ("Kopi Élite 100%", "Kopi_Susu", "Teh"):
        SEARCHED[field](records, name)
    await records.save()
    query = f"query($s: String) {{ {field}(search: $s) {{ totalCount }} }}"
    counts = {}
    for search in ("kopi", "ELITE", "%", "_", "opi e", "", "teh hijau"):
        counts[search] = (await ask(workspace, query, s=search))[field]["totalCount"]
    assert counts == {"kopi": 2, "ELITE": 1, "%": 1, "_": 1, "opi e": 1, "": 3, "teh hijau": 0}


async def test_a_ticket_is_found_by_its_number(workspace: Workspace) -> None:
    records = Records(workspace)
    records.ticket()
    records.ticket()
    await records.save()
    data = await ask(workspace, '{ tickets(search: "t-000002") { nodes { number } } }')
    assert data["tickets"]["nodes"] == [{"number": "T-000002"}]


async def test_records_that_are_associated_twice_show_once(workspace: Workspace) -> None:
    """A merge unites what both had: the rows stay, and the view shows one."""
    records = Records(workspace)
    main, member = records.customer(), records.customer()
    ticket, group = records.ticket(), records.group()
    for one in (main, member):
        records.associate(one, ticket, group)
    records.merge(main, member)
    for model in (models.CustomerTicket, models.CustomerGroup):
        for row in records.rows[model]:
            row.customer_id = main.id
    await records.save()
    query = """{ customers { nodes {
        tickets { totalCount nodes { customers { totalCount nodes { id } } } }
        groups { customerCount } activityCounts { tickets } timeline { totalCount } } } }"""
    [node] = (await ask(workspace, query))["customers"]["nodes"]
    customers = {"totalCount": 1, "nodes": [{"id": global_id(models.Customer, main.id)}]}
    assert node["tickets"] == {"totalCount": 1, "nodes": [{"customers": customers}]}
    assert node["groups"] == [{"customerCount": 1}]
    assert node["activityCounts"] == {"tickets": 1}
    assert node["timeline"] == {"totalCount": 2}


async def test_regular_customers_have_paid_for_an_order(workspace: Workspace) -> None:
    records = Records(workspace)
    records.customer("Tetap", paid_order_count=2, updated_at=NOW)
    records.customer("Baru", paid_order_count=0)
    records.customer("Pergi", paid_order_count=1, deleted_at=NOW - timedelta(days=1))
    await records.save()
    data = await ask(workspace, "{ regularCustomers { totalCount nodes { fullName } } }")
    assert data["regularCustomers"] == {"totalCount": 1, "nodes": [{"fullName": "Tetap"}]}
