"""What ends at an instant has ended at that instant in every answer, though no worker runs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import models
from models import Workspace
from services.ids import global_id
from services.transactions import workspace_transaction
from services.workspaces import create_workspace
from tests.asking import ask
from tests.journeys.conftest import Clock, Connect
from tests.records import HOUR, Records
from tests.rows import NOW

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
DAY = 24 * HOUR

WINDOW = """{
    customers { nodes { window { status lastInboundAt expiresAt } } }
    active: customers(filter: { window: ACTIVE }) { totalCount nodes { id } }
    passive: customers(filter: { window: PASSIVE }) { totalCount nodes { id } }
}"""
INTERACTION = """query($customer: ID!, $interaction: ID!) {
    customer(id: $customer) {
        campaigns { totalCount nodes { id visibleUntil } }
        activityCounts { campaigns }
        timeline(kinds: [CAMPAIGN]) { totalCount nodes { kind subject { id } } }
        everything: timeline { totalCount }
    }
    node(id: $interaction) { id }
    nodes(ids: [$interaction]) { id }
}"""


async def who_wrote(workspace: Workspace, at: datetime | None) -> models.Customer:
    """A customer whose column says that their window is open, as a worker would have left it."""
    records = Records(workspace)
    customer = records.customer(last_inbound_at=at, window_status=models.WindowStatus.ACTIVE)
    await records.save()
    return customer


def statuses(data: Any) -> tuple[str, int, int]:
    """The field, and how many each filter finds; rows and counts must agree."""
    for name in ("active", "passive"):
        assert data[name]["totalCount"] == len(data[name]["nodes"])
    status = data["customers"]["nodes"][0]["window"]["status"]
    return status, data["active"]["totalCount"], data["passive"]["totalCount"]


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(0), ("ACTIVE", 1, 0)),
        (DAY - SECOND, ("ACTIVE", 1, 0)),
        (DAY - MICROSECOND, ("ACTIVE", 1, 0)),
        (DAY, ("PASSIVE", 0, 1)),
        (DAY + SECOND, ("PASSIVE", 0, 1)),
        (timedelta(days=400), ("PASSIVE", 0, 1)),
    ],
)
async def test_a_window_closes_24_hours_after_the_message(
    workspace: Workspace, age: timedelta, expected: tuple[str, int, int]
) -> None:
    await who_wrote(workspace, NOW - age)
    data = await ask(workspace, WINDOW, now=NOW)
    assert statuses(data) == expected
    window = data["customers"]["nodes"][0]["window"]
    assert datetime.fromisoformat(window["lastInboundAt"]) == NOW - age
    assert datetime.fromisoformat(window["expiresAt"]) == NOW - age + DAY


async def test_the_same_row_changes_its_answer_as_time_goes_by(
    workspace: Workspace, connect: Connect
) -> None:
    """Through HTTP, with nothing written between the two questions."""
    customer = await who_wrote(workspace, NOW)
    clock = Clock()
    client = await connect(workspace, clock=clock)
    answers = []
    for clock.now in (NOW + DAY - SECOND, NOW + DAY):
        answers.append(statuses(await client.ask(WINDOW)))
    assert answers == [("ACTIVE", 1, 0), ("PASSIVE", 0, 1)]
    async with workspace_transaction(workspace.id) as tx:
        [row] = await tx.fetch(
            "SELECT window_status FROM customers WHERE workspace_id = $1 AND id = $2",
            workspace.id,
            customer.id,
        )
    assert row["window_status"] == "ACTIVE"


async def test_who_never_wrote_is_passive(workspace: Workspace) -> None:
    await who_wrote(workspace, None)
    data = await ask(workspace, WINDOW)
    assert statuses(data) == ("PASSIVE", 0, 1)
    assert data["customers"]["nodes"][0]["window"]["expiresAt"] is None


@pytest.mark.parametrize("hours", [1, 72])
async def test_a_workspace_sets_its_own_hours(workspace: Workspace, hours: int) -> None:
    workspace.window_hours = hours
    await who_wrote(workspace, NOW - hours * HOUR)
    before = await ask(workspace, WINDOW, now=NOW - SECOND)
    assert statuses(before) == ("ACTIVE", 1, 0)
    assert statuses(await ask(workspace, WINDOW, now=NOW)) == ("PASSIVE", 0, 1)


async def test_a_customer_is_in_exactly_one_of_the_two_windows(workspace: Workspace) -> None:
    records = Records(workspace)
    for minutes in range(-3, 4):
        records.customer(last_inbound_at=NOW - DAY + timedelta(minutes=minutes))
    records.customer()
    await records.save()
    data = await ask(workspace, WINDOW, now=NOW)
    assert (data["active"]["totalCount"], data["passive"]["totalCount"]) == (3, 5)
    fields = [node["window"]["status"] for node in data["customers"]["nodes"]]
    assert (fields.count("ACTIVE"), fields.count("PASSIVE")) == (3, 5)


JAKARTA, MAKASSAR, NEW_YORK = "Asia/Jakarta", "Asia/Makassar", "America/New_York"


@pytest.mark.parametrize(
    ("zone", "months", "sent", "ends"),
    [
        (JAKARTA, 12, "2025-11-22T10:00", "2026-11-22T10:00"),
        (JAKARTA, 12, "2024-02-29T10:00", "2025-02-28T10:00"),
        (JAKARTA, 12, "2023-02-28T10:00", "2024-02-28T10:00"),
        (JAKARTA, 12, "2023-03-01T00:00", "2024-03-01T00:00"),
        (JAKARTA, 48, "2024-02-29T10:00", "2028-02-29T10:00"),
        (JAKARTA, 1, "2026-01-31T10:00", "2026-02-28T10:00"),
        (JAKARTA, 1, "2026-03-31T23:59", "2026-04-30T23:59"),
        (JAKARTA, 6, "2026-08-31T00:00", "2027-02-28T00:00"),
        (JAKARTA, 12, "2025-12-31T23:59", "2026-12-31T23:59"),
        (MAKASSAR, 12, "2024-02-29T00:30", "2025-02-28T00:30"),
        (NEW_YORK, 12, "2024-02-29T23:30", "2025-02-28T23:30"),
        (NEW_YORK, 12, "2025-03-08T12:00", "2026-03-08T12:00"),
        (NEW_YORK, 12, "2025-11-01T12:00", "2026-11-01T12:00"),
        ("UTC", 12, "2024-02-29T23:59", "2025-02-28T23:59"),
    ],
)
async def test_an_interaction_shows_for_calendar_months_in_the_workspaces_zone(
    database: None, zone: str, months: int, sent: str, ends: str
) -> None:
    workspace = await create_workspace("Toko", timezone=zone)
    workspace.campaign_months = months
    sent_at, end = (
        datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for local in (sent, ends)
    )
    records = Records(workspace)
    customer = records.customer()
    interaction = records.interaction(records.campaign(), customer, sent_at=sent_at)
    await records.save()
    ids: dict[str, Any] = {
        "customer": global_id(models.Customer, customer.id),
        "interaction": global_id(models.CampaignInteraction, interaction.id),
    }
    shown = await ask(workspace, INTERACTION, now=end - SECOND, **ids)
    id = ids["interaction"]
    assert shown == {
        "customer": {
            "campaigns": {
                "totalCount": 1,
                "nodes": [{"id": id, "visibleUntil": f"{end:%Y-%m-%dT%H:%M:%S}.000000Z"}],
            },
            "activityCounts": {"campaigns": 1},
            "timeline": {"totalCount": 1, "nodes": [{"kind": "CAMPAIGN", "subject": {"id": id}}]},
            "everything": {"totalCount": 1},
        },
        "node": {"id": id},
        "nodes": [{"id": id}],
    }
    hidden = await ask(workspace, INTERACTION, now=end, **ids)
    assert hidden == {
        "customer": {
            "campaigns": {"totalCount": 0, "nodes": []},
            "activityCounts": {"campaigns": 0},
            "timeline": {"totalCount": 0, "nodes": []},
            "everything": {"totalCount": 0},
        },
        "node": None,
        "nodes": [None],
    }


async def test_periods_end_at_midnight_in_the_workspaces_zone(database: None) -> None:
    query = """query($day: Date!, $month: String!) {
        today: customers(filter: { created: { preset: TODAY } }) { totalCount }
        week: customers(filter: { created: { preset: LAST_7_DAYS } }) { totalCount }
        days: customers(filter: { created: { preset: LAST_30_DAYS } }) { totalCount }
        month: customers(filter: { created: { preset: THIS_MONTH } }) { totalCount }
        all: customers(filter: { created: { preset: ALL_TIME } }) { totalCount }
        day: customers(filter: { created: { day: $day } }) { totalCount }
        named: customers(filter: { created: { month: $month } }) { totalCount }
    }"""
    for zone in (JAKARTA, MAKASSAR, NEW_YORK, "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        workspace = await create_workspace("Toko", timezone=zone)
        local = ZoneInfo(zone)
        now = datetime(2026, 3, 1, 12, tzinfo=local)
        midnight = datetime(2026, 3, 1, tzinfo=local)
        records = Records(workspace)
        for created in (
            midnight,
            midnight - MICROSECOND,
            datetime(2026, 2, 23, tzinfo=local),
            datetime(2026, 2, 23, tzinfo=local) - MICROSECOND,
            datetime(2026, 1, 31, tzinfo=local),
            datetime(2026, 1, 31, tzinfo=local) - MICROSECOND,
            datetime(2026, 3, 2, tzinfo=local) - MICROSECOND,
            datetime(2026, 3, 2, tzinfo=local),
        ):
            records.customer(created_at=created.astimezone(UTC))
        await records.save()
        data = await ask(workspace, query, now=now, day="2026-02-28", month="2026-02")
        counts = {name: one["totalCount"] for name, one in data.items()}
        assert counts == {
            "today": 2,
            "week": 4,
            "days": 6,
            "month": 3,
            "all": 8,
            "day": 1,
            "named": 3,
        }, zone
