"""Segments of a workspace, and what is said of them: kept, recounted, told."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from models import EventType, Segment, Workspace
from services.batches import always
from services.ids import global_id
from services.segments.compiling import all_who_meet
from services.segments.reading import definitions, kept_criteria
from services.segments.refreshing import RefreshRun, refresh_segments
from services.segments.saving import save_segment
from services.transactions import workspace_transaction
from tests.services.merging.families import events
from tests.services.writing import NOW, change, rows

Members = dict[UUID, set[UUID]]
"""The customers in each segment."""


async def segment(
    workspace: Workspace, criteria: dict[str, Any], name: str = "", now: datetime = NOW
) -> Segment:
    """Save a segment."""
    return await change(
        workspace, save_segment, None, name or str(criteria)[:200], criteria, now=now
    )


async def kept(workspace: Workspace) -> Members:
    """Who is in each segment."""
    found: Members = defaultdict(set)
    sql = "SELECT segment_id, customer_id FROM customer_segments WHERE workspace_id = $1"
    for row in await rows(workspace, sql):
        found[row["segment_id"]].add(row["customer_id"])
    return {id: found[id] for id in [one.id for one in await segments(workspace)]}


async def segments(workspace: Workspace) -> list[Segment]:
    """The segments as they stand."""
    found = await rows(workspace, "SELECT * FROM segments WHERE workspace_id = $1 ORDER BY id")
    return [Segment._init_from_db(**row) for row in found]


async def recounted(workspace: Workspace, now: datetime = NOW) -> Members:
    """Who meets each segment's criteria, found out of all customers."""
    found = {}
    for one in await segments(workspace):
        async with workspace_transaction(workspace.id, now=now) as tx:
            criteria = one.criteria
            kept_as = JSON_LOADS(criteria) if isinstance(criteria, str) else criteria
            tree = kept_criteria(tx, kept_as, await definitions(tx))
            assert tree is not None
            sql, parameters = all_who_meet(tx, tree)
            found[one.id] = {row["id"] for row in await tx.fetch(sql, *parameters.values)}
    return found


async def told(workspace: Workspace) -> dict[str, set[UUID]]:
    """Who is in each segment by the events: each enters only from outside, leaves only from in.

    Of who is erased the log says no more than that.
    """
    found: dict[str, set[UUID]] = defaultdict(set)
    for event in await events(workspace, EventType.SEGMENT_ENTERED, EventType.SEGMENT_LEFT):
        if not event["payload"]:
            continue
        members = found[event["payload"]["segmentId"]]
        if event["type"] == "SEGMENT_ENTERED":
            assert event["customer"] not in members
            members.add(event["customer"])
        else:
            members.remove(event["customer"])
    return found


async def job(workspace: Workspace, now: datetime = NOW) -> RefreshRun:
    """What the worker does for a workspace."""
    return await refresh_segments(workspace.id, clock=lambda: now, proceed=always)


async def is_right(workspace: Workspace, now: datetime = NOW) -> Members:
    """Assert that segments have whom they are of, and that the events have told so."""
    members = await kept(workspace)
    assert members == await recounted(workspace, now)
    by_events = await told(workspace)
    for id, some in members.items():
        assert by_events[global_id(Segment, id)] == some
    return members
