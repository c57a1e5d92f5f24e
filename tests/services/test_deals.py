"""Deals that connected systems report."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import ApprovalStatus, PipelineKind, Priority, Workspace
from models.base import new_id
from services.deals import DealReport, upsert_deal
from services.errors import ErrorCode
from services.pipelines import PipelineReport, upsert_pipeline
from tests.services.writing import NOW, change, count, refused, rows, user

HOUR = timedelta(hours=1)


def report(**fields: Any) -> DealReport:
    """A deal of the external id D."""
    return DealReport(**{"external_id": "D", "name": "Big", "amount": Decimal("29.33"), **fields})


async def test_new_deal_has_what_goes_without_saying(workspace: Workspace) -> None:
    deal = await change(workspace, upsert_deal, report(amount=Decimal("1500000")))
    assert (deal.amount, str(deal.amount), deal.currency) == (1500000, "1500000.00", "IDR")
    assert (deal.priority, deal.approval_status) == (Priority.MEDIUM, ApprovalStatus.NOT_REQUIRED)
    assert (deal.created_at, deal.closed_at, deal.won) == (NOW, None, None)
    found = await rows(workspace, "SELECT amount FROM deals WHERE workspace_id = $1")
    assert found == [{"amount": Decimal("1500000.00")}]


async def test_sent_again_it_changes_what_is_given(workspace: Workspace) -> None:
    agent = await user(workspace)
    first = await change(
        workspace,
        upsert_deal,
        report(currency="usd", owner_id=agent.id, expected_close_on=date(2026, 12, 31)),
    )
    again = report(amount=Decimal("0"), currency=None, expected_close_on=None)
    second = await change(workspace, upsert_deal, again, now=NOW + HOUR)
    assert second.id == first.id
    assert (second.amount, second.currency, second.owner_id) == (0, "USD", agent.id)
    assert second.expected_close_on is None
    assert second.updated_at == NOW + HOUR


async def test_sent_twice_at_one_instant_it_is_one(workspace: Workspace) -> None:
    await asyncio.gather(*(change(workspace, upsert_deal, report()) for _ in range(4)))
    assert await count(workspace, "deals") == 1


@pytest.mark.parametrize("won", [True, False])
async def test_won_or_lost_it_is_closed(workspace: Workspace, won: bool) -> None:
    await change(workspace, upsert_deal, report(created_at=NOW - HOUR))
    deal = await change(workspace, upsert_deal, report(won=won))
    assert (deal.won, deal.closed_at) == (won, NOW)
    again = await change(workspace, upsert_deal, report(won=won), now=NOW + HOUR)
    assert again.closed_at == NOW
    told = await change(workspace, upsert_deal, report(won=won, closed_at=NOW - HOUR))
    assert told.closed_at == NOW - HOUR
    reopened = await change(workspace, upsert_deal, report(won=None))
    assert (reopened.won, reopened.closed_at) == (None, None)


async def test_deal_closes_after_it_was_made(workspace: Workspace) -> None:
    attempt = change(
        workspace, upsert_deal, report(created_at=NOW - HOUR, closed_at=NOW - 2 * HOUR)
    )
    await refused(ErrorCode.INVALID, ("closedAt",), attempt)


async def test_pipeline_is_one_of_deals(workspace: Workspace) -> None:
    tickets = await change(
        workspace,
        upsert_pipeline,
        PipelineReport(kind=PipelineKind.TICKET, name="Help", stages=["New"]),
    )
    attempt = change(workspace, upsert_deal, report(pipeline_id=tickets.id))
    await refused(ErrorCode.INVALID, ("pipelineId",), attempt)
    sales = await change(
        workspace,
        upsert_pipeline,
        PipelineReport(kind=PipelineKind.DEAL, name="Sales", stages=["New"]),
    )
    deal = await change(workspace, upsert_deal, report(pipeline_id=sales.id))
    assert (deal.pipeline_id, deal.stage_id) == (sales.id, None)


async def test_owner_of_others_is_unknown(workspace: Workspace, other_workspace: Workspace) -> None:
    theirs = await user(other_workspace)
    for id in (theirs.id, new_id()):
        attempt = change(workspace, upsert_deal, report(owner_id=id))
        refusal = await refused(ErrorCode.NOT_FOUND, ("ownerId",), attempt)
        assert refusal.message == "No user has this id."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id": ""}, "externalId"),
        ({"name": ""}, "name"),
        ({"amount": Decimal("NaN")}, "amount"),
        ({"amount": Decimal("Infinity")}, "amount"),
        ({"amount": Decimal("-1")}, "amount"),
        ({"amount": Decimal("0.001")}, "amount"),
        ({"amount": Decimal(10) ** 18}, "amount"),
        ({"currency": "rupiah"}, "currency"),
        ({"expected_close_on": date(9999, 12, 31)}, "expectedCloseOn"),
        ({"closed_at": NOW + HOUR}, "closedAt"),
    ],
)
async def test_bad_value_is_refused_at_its_field(
    workspace: Workspace, fields: dict[str, Any], field: str
) -> None:
    attempt = change(workspace, upsert_deal, report(**fields))
    await refused(ErrorCode.INVALID, (field,), attempt)
    assert await count(workspace, "deals") == 0
