"""Purging: what has ended is kept for a while, and what a deleted endpoint had goes at once."""

from datetime import timedelta

from models import Workspace
from services.batches import always
from services.due_work import ended_deliveries
from services.webhooks.endpoints import delete_endpoint
from services.webhooks.purging import purge_deliveries
from services.webhooks.replays import replay
from services.webhooks.sending import Answer
from tests.services.webhooks.deliveries import (
    MERGED,
    Clock,
    attempts,
    deliver,
    deliveries,
    endpoint,
    happen,
    scripted,
)
from tests.services.writing import NOW, change, count

MOMENT = timedelta(microseconds=1)


async def test_what_ended_before_the_retention_is_removed(workspace: Workspace) -> None:
    clock = Clock()
    await endpoint(workspace)
    await happen(workspace, MERGED)
    await deliver(workspace, scripted(), clock)
    clock.forward(days=1)
    await happen(workspace, MERGED)
    await deliver(workspace, scripted(), clock)
    assert workspace.id not in await ended_deliveries(NOW - MOMENT)
    assert workspace.id in await ended_deliveries(NOW)
    run = await purge_deliveries(workspace.id, NOW, clock=clock, proceed=always)
    assert (run.deliveries, run.endpoints, run.finished) == (1, 0, True)
    [row] = await deliveries(workspace)
    assert (row["seq"], len(await attempts(workspace))) == (2, 1)
    assert workspace.id not in await ended_deliveries(NOW)


async def test_what_is_still_tried_stays_however_old(workspace: Workspace) -> None:
    clock = Clock()
    await endpoint(workspace)
    await happen(workspace, MERGED)
    await deliver(workspace, scripted(Answer(500, 1)), clock)
    later = NOW + timedelta(days=365)
    run = await purge_deliveries(workspace.id, later, clock=clock, proceed=always)
    assert (run.deliveries, len(await deliveries(workspace))) == (0, 1)


async def test_a_deleted_endpoint_goes_with_all_that_it_had(workspace: Workspace) -> None:
    clock = Clock()
    kept, _ = await endpoint(workspace)
    made, _ = await endpoint(workspace)
    await happen(workspace, *[MERGED] * 250)
    await deliver(workspace, scripted(), clock)
    await change(workspace, delete_endpoint, made.id)
    assert workspace.id in await ended_deliveries(NOW - MOMENT)
    run = await purge_deliveries(workspace.id, NOW - MOMENT, clock=clock, proceed=always)
    assert (run.deliveries, run.endpoints) == (250, 1)
    assert len(await deliveries(workspace, kept.id)) == await count(workspace, "webhook_attempts")
    assert await count(workspace, "webhook_endpoints") == 1


async def test_told_to_stop_it_ends_after_its_batch(workspace: Workspace) -> None:
    clock = Clock()
    await endpoint(workspace)
    await happen(workspace, *[MERGED] * 250)
    await deliver(workspace, scripted(), clock)
    asked = iter([True, False])
    run = await purge_deliveries(workspace.id, NOW, clock=clock, proceed=lambda: next(asked))
    assert not run.finished
    assert 0 < run.deliveries < 250
    assert len(await deliveries(workspace)) == 250 - run.deliveries


async def test_what_was_purged_can_be_replayed_from_the_log(workspace: Workspace) -> None:
    clock, send = Clock(), scripted()
    made, _ = await endpoint(workspace)
    await happen(workspace, MERGED)
    await deliver(workspace, send, clock)
    await purge_deliveries(workspace.id, NOW, clock=clock, proceed=always)
    await change(workspace, replay, made.id, after_seq=0)
    await deliver(workspace, send, clock)
    first, second = (headers["webhook-id"] for _, headers, _ in send.sent)
    assert first == second
