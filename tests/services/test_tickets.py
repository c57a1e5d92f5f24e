"""Tickets that connected systems report, and the stages that they stand in."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from models import PipelineKind, Priority, SlaStatus, Workspace
from models.base import new_id
from services.errors import ErrorCode
from services.pipelines import PipelineReport, upsert_pipeline
from services.tickets import TicketReport, upsert_ticket
from tests.services.writing import NOW, change, count, refused, rows, user

INVALID = ErrorCode.INVALID
NOT_FOUND = ErrorCode.NOT_FOUND
HOUR = timedelta(hours=1)


def report(**fields: Any) -> TicketReport:
    """A ticket of the external id T."""
    return TicketReport(**{"external_id": "T", "subject": "It is broken", **fields})


async def pipeline(
    workspace: Workspace, name: str, *stages: str, kind: PipelineKind = PipelineKind.TICKET
) -> tuple[Any, list[Any]]:
    """A pipeline's id and those of its stages."""
    made = await change(
        workspace, upsert_pipeline, PipelineReport(kind=kind, name=name, stages=stages)
    )
    found = await rows(
        workspace,
        "SELECT id FROM stages WHERE workspace_id = $1 AND pipeline_id = $2 ORDER BY position",
        made.id,
    )
    return made.id, [row["id"] for row in found]


async def test_new_ticket_has_its_number_and_what_goes_without_saying(workspace: Workspace) -> None:
    first = await change(workspace, upsert_ticket, report())
    second = await change(workspace, upsert_ticket, report(external_id="U"))
    assert (first.number, second.number) == ("T-000001", "T-000002")
    assert (first.priority, first.sla_status) == (Priority.MEDIUM, SlaStatus.ON_TRACK)
    assert (first.created_at, first.closed_at) == (NOW, None)
    assert first.search_text == "t-000001 it is broken t"


async def test_numbers_are_of_each_workspace(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await change(workspace, upsert_ticket, report())
    theirs = await change(other_workspace, upsert_ticket, report())
    assert theirs.number == "T-000001"


async def test_sent_again_it_changes_what_is_given(workspace: Workspace) -> None:
    agent = await user(workspace)
    first = await change(
        workspace,
        upsert_ticket,
        report(priority=Priority.URGENT, reporter_id=agent.id, assignee_id=agent.id),
    )
    again = report(assignee_id=None, priority=None, sla_status=SlaStatus.MET)
    second = await change(workspace, upsert_ticket, again, now=NOW + HOUR)
    assert (second.id, second.number) == (first.id, "T-000001")
    assert (second.priority, second.sla_status) == (Priority.URGENT, SlaStatus.MET)
    assert (second.reporter_id, second.assignee_id) == (agent.id, None)
    assert (second.created_at, second.updated_at) == (NOW, NOW + HOUR)


async def test_sent_twice_at_one_instant_it_is_one(workspace: Workspace) -> None:
    await asyncio.gather(*(change(workspace, upsert_ticket, report()) for _ in range(4)))
    assert await count(workspace, "tickets") == 1
    after = await change(workspace, upsert_ticket, report(external_id="U"))
    assert after.number == "T-000002", "those who came second have used up no number"


async def test_stage_implies_its_pipeline(workspace: Workspace) -> None:
    help_id, (new, done) = await pipeline(workspace, "Help", "New", "Done")
    other_id, (other,) = await pipeline(workspace, "Other", "Open")
    ticket = await change(workspace, upsert_ticket, report(stage_id=new))
    assert (ticket.pipeline_id, ticket.stage_id) == (help_id, new)
    ticket = await change(workspace, upsert_ticket, report(pipeline_id=help_id, stage_id=done))
    assert (ticket.pipeline_id, ticket.stage_id) == (help_id, done)
    ticket = await change(workspace, upsert_ticket, report(pipeline_id=help_id))
    assert ticket.stage_id == done
    ticket = await change(workspace, upsert_ticket, report(stage_id=other))
    assert (ticket.pipeline_id, ticket.stage_id) == (other_id, other)
    ticket = await change(workspace, upsert_ticket, report(pipeline_id=help_id))
    assert (ticket.pipeline_id, ticket.stage_id) == (help_id, None)
    ticket = await change(workspace, upsert_ticket, report(pipeline_id=None))
    assert (ticket.pipeline_id, ticket.stage_id) == (None, None)


async def test_stage_must_belong_to_the_pipeline(workspace: Workspace) -> None:
    help_id, _ = await pipeline(workspace, "Help", "New")
    _, (other,) = await pipeline(workspace, "Other", "Open")
    deals_id, (deal_stage,) = await pipeline(workspace, "Sales", "Won", kind=PipelineKind.DEAL)
    for fields, field in (
        ({"pipeline_id": help_id, "stage_id": other}, "stageId"),
        ({"pipeline_id": None, "stage_id": other}, "stageId"),
        ({"pipeline_id": deals_id}, "pipelineId"),
        ({"stage_id": deal_stage}, "stageId"),
    ):
        await refused(INVALID, (field,), change(workspace, upsert_ticket, report(**fields)))


async def test_stage_that_was_taken_away_is_for_those_who_stand_in_it(workspace: Workspace) -> None:
    _, (new, _) = await pipeline(workspace, "Help", "New", "Done")
    await change(workspace, upsert_ticket, report(stage_id=new))
    await pipeline(workspace, "Help", "Done")
    assert (await change(workspace, upsert_ticket, report(stage_id=new))).stage_id == new
    attempt = change(workspace, upsert_ticket, report(external_id="U", stage_id=new))
    await refused(INVALID, ("stageId",), attempt)


async def test_ids_of_others_are_unknown(workspace: Workspace, other_workspace: Workspace) -> None:
    theirs = await user(other_workspace)
    pipeline_id, (stage_id,) = await pipeline(other_workspace, "Help", "New")
    for name, id, field in (
        ("reporter_id", theirs.id, "reporterId"),
        ("assignee_id", theirs.id, "assigneeId"),
        ("pipeline_id", pipeline_id, "pipelineId"),
        ("stage_id", stage_id, "stageId"),
    ):
        messages = set()
        for given in (id, new_id()):
            attempt = change(workspace, upsert_ticket, report(**{name: given}))
            messages.add((await refused(NOT_FOUND, (field,), attempt)).message)
        assert len(messages) == 1
    assert await count(workspace, "tickets") == 0


async def test_ticket_closes_after_it_was_made(workspace: Workspace) -> None:
    made, closed = NOW - 2 * HOUR, NOW - HOUR
    ticket = await change(workspace, upsert_ticket, report(created_at=made, closed_at=closed))
    assert (ticket.created_at, ticket.closed_at) == (made, closed)
    attempt = change(workspace, upsert_ticket, report(closed_at=made - HOUR))
    await refused(INVALID, ("closedAt",), attempt)
    reopened = await change(workspace, upsert_ticket, report(closed_at=None))
    assert reopened.closed_at is None
    past = await change(workspace, upsert_ticket, report(external_id="U", closed_at=closed))
    assert past.created_at == closed, "made at the latest when it was closed"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id": ""}, "externalId"),
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 501}, "subject"),
        ({"closed_at": NOW + HOUR}, "closedAt"),
        ({"created_at": NOW + HOUR}, "createdAt"),
        ({"sla_due_at": datetime(9999, 1, 1, tzinfo=NOW.tzinfo)}, "slaDueAt"),
    ],
)
async def test_bad_value_is_refused_at_its_field(
    workspace: Workspace, fields: dict[str, Any], field: str
) -> None:
    await refused(INVALID, (field,), change(workspace, upsert_ticket, report(**fields)))
    assert await count(workspace, "tickets") == 0
