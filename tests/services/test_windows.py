"""Messaging windows: when they close, and how the job brings it into the database."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import EventType, WindowStatus, Workspace
from services.batches import always
from services.due_work import closing_windows
from services.transactions import workspace_transaction
from services.windows import CLAIM, WindowRun, close_windows, closed_since, window_of
from tests.workers.records import (
    INSTANTS,
    customers_who_wrote,
    events,
    rows,
    waiting_for_a_lock,
    window_statuses,
    written_rows,
)

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY = timedelta(hours=24)


async def close(workspace: Workspace, now: datetime = NOW) -> WindowRun:
    return await close_windows(workspace.id, clock=lambda: now, proceed=always)


# The rule


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(0), WindowStatus.ACTIVE),
        (DAY - timedelta(seconds=1), WindowStatus.ACTIVE),
        (DAY - timedelta(microseconds=1), WindowStatus.ACTIVE),
        (DAY, WindowStatus.PASSIVE),
        (DAY + timedelta(microseconds=1), WindowStatus.PASSIVE),
        (timedelta(days=400), WindowStatus.PASSIVE),
    ],
)
def test_a_window_is_open_for_24_hours_and_closed_from_their_end(
    age: timedelta, status: WindowStatus
) -> None:
    window = window_of(NOW - age, 24, NOW)
    assert window.status is status
    assert window.last_inbound_at == NOW - age
    assert window.expires_at == NOW - age + DAY


def test_who_never_wrote_has_no_window() -> None:
    window = window_of(None, 24, NOW)
    assert (window.status, window.last_inbound_at, window.expires_at) == (
        WindowStatus.PASSIVE,
        None,
        None,
    )


def test_the_hours_are_elapsed_time_whatever_zone_the_instant_is_given_in() -> None:
    jakarta = timezone(timedelta(hours=7))
    assert window_of(NOW.astimezone(jakarta), 24, NOW).expires_at == NOW + DAY


@given(last=INSTANTS, hours=st.integers(1, 24 * 30), now=INSTANTS)
def test_what_the_job_compares_with_says_the_same_as_the_rule(
    last: datetime, hours: int, now: datetime
) -> None:
    passive = window_of(last, hours, now).status is WindowStatus.PASSIVE
    assert (last <= closed_since(hours, now)) is passive


@given(last=INSTANTS, hours=st.integers(1, 24 * 30))
def test_the_rule_and_the_job_turn_at_the_same_microsecond(last: datetime, hours: int) -> None:
    end = last + timedelta(hours=hours)
    for now in (end - timedelta(microseconds=1), end):
        passive = window_of(last, hours, now).status is WindowStatus.PASSIVE
        assert passive is (now == end)
        assert (last <= closed_since(hours, now)) is passive


# The job


async def test_the_job_closes_at_24_hours_and_not_a_second_before(workspace: Workspace) -> None:
    due, not_yet = await customers_who_wrote(workspace, NOW - DAY, NOW - DAY + timedelta(seconds=1))
    run = await close(workspace)
    assert (run.closed, run.events, run.finished) == (1, 1, True)
    assert await window_statuses(workspace) == {due: "PASSIVE", not_yet: "ACTIVE"}
    assert (await close(workspace, NOW + timedelta(seconds=1))).closed == 1
    assert await window_statuses(workspace) == {due: "PASSIVE", not_yet: "PASSIVE"}


async def test_each_closing_is_one_event_that_says_when(workspace: Workspace) -> None:
    [customer] = await customers_who_wrote(workspace, NOW - DAY - timedelta(minutes=5))
    await close(workspace)
    [event] = await events(workspace, EventType.WINDOW_CLOSED)
    assert event["customer_id"] == customer
    assert event["occurred_at"] == NOW
    assert event["payload"] == (
        '{"closedAt": "2026-11-22T09:25:00.000000Z",'
        ' "lastInboundAt": "2026-11-21T09:25:00.000000Z"}'
    )


async def test_the_workspace_says_how_many_hours(workspace: Workspace) -> None:
    await rows(workspace, "UPDATE workspaces SET window_hours = 2 WHERE workspace_id = $1")
    due, open_ = await customers_who_wrote(
        workspace, NOW - timedelta(hours=2), NOW - timedelta(hours=1, minutes=59)
    )
    await close(workspace)
    assert await window_statuses(workspace) == {due: "PASSIVE", open_: "ACTIVE"}


async def test_deleted_and_merged_customers_close_without_an_event(workspace: Workspace) -> None:
    shown, deleted, merged = await customers_who_wrote(workspace, *[NOW - DAY] * 3)
    await rows(
        workspace,
        "UPDATE customers SET deleted_at = $3 WHERE workspace_id = $1 AND id = $2",
        deleted,
        NOW,
    )
    await rows(
        workspace,
        "UPDATE customers SET merged_into_id = $3 WHERE workspace_id = $1 AND id = $2",
        merged,
        shown,
    )
    run = await close(workspace)
    assert (run.closed, run.events) == (3, 1)
    assert set((await window_statuses(workspace)).values()) == {"PASSIVE"}
    assert [e["customer_id"] for e in await events(workspace, EventType.WINDOW_CLOSED)] == [shown]


async def test_a_run_that_finds_nothing_writes_nothing(workspace: Workspace) -> None:
    await customers_who_wrote(workspace, NOW, NOW - DAY)
    await close(workspace)
    before = await written_rows(workspace)
    run = await close(workspace)
    assert (run.closed, run.batches) == (0, 0)
    assert await written_rows(workspace) == before


async def test_another_workspace_is_untouched(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await customers_who_wrote(workspace, NOW - DAY)
    [other] = await customers_who_wrote(other_workspace, NOW - DAY)
    before = await written_rows(other_workspace)
    await close(workspace)
    assert await written_rows(other_workspace) == before
    assert await window_statuses(other_workspace) == {other: "ACTIVE"}


async def test_many_close_in_several_batches_each_once(workspace: Workspace) -> None:
    times = [NOW - DAY - timedelta(seconds=n // 7) for n in range(1_500)]
    customers = await customers_who_wrote(workspace, *times)
    run = await close(workspace)
    assert (run.closed, run.events) == (1_500, 1_500)
    assert run.batches > 2
    told = [event["customer_id"] for event in await events(workspace, EventType.WINDOW_CLOSED)]
    assert sorted(told) == sorted(customers)


async def test_several_workers_at_once_close_each_window_once(workspace: Workspace) -> None:
    customers = await customers_who_wrote(workspace, *[NOW - DAY] * 1_000)
    runs = await asyncio.gather(*(close(workspace) for _ in range(3)))
    # What one holds at the end, another one leaves out: the next minute's run is sure to be last.
    runs.append(await close(workspace))
    assert sum(run.closed for run in runs) == 1_000
    found = await events(workspace, EventType.WINDOW_CLOSED)
    assert sorted(event["customer_id"] for event in found) == sorted(customers)
    assert [event["seq"] for event in found] == list(range(1, 1_001))
    assert set((await window_statuses(workspace)).values()) == {"PASSIVE"}


async def test_told_to_stop_it_ends_after_its_batch_and_the_next_run_goes_on(
    workspace: Workspace,
) -> None:
    await customers_who_wrote(workspace, *[NOW - DAY] * 500)
    answers = iter([True, False])
    run = await close_windows(workspace.id, clock=lambda: NOW, proceed=lambda: next(answers))
    assert not run.finished
    assert 0 < run.closed < 500
    assert len(await events(workspace, EventType.WINDOW_CLOSED)) == run.closed
    rest = await close(workspace)
    assert run.closed + rest.closed == 500
    assert len(await events(workspace, EventType.WINDOW_CLOSED)) == 500


async def test_cancelled_in_a_batch_nothing_of_the_batch_is_left(workspace: Workspace) -> None:
    await customers_who_wrote(workspace, *[NOW - DAY] * 50)
    async with workspace_transaction(workspace.id) as holder:
        # The batch comes as far as its events' numbers, and waits for them here.
        await holder.next_number("events")
        task = asyncio.ensure_future(close(workspace))
        await waiting_for_a_lock(workspace)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert set((await window_statuses(workspace)).values()) == {"ACTIVE"}
    assert await events(workspace, EventType.WINDOW_CLOSED) == []
    assert (await close(workspace)).closed == 50
    assert len(await events(workspace, EventType.WINDOW_CLOSED)) == 50


async def test_a_customer_whom_another_transaction_holds_is_left_for_the_next_run(
    workspace: Workspace,
) -> None:
    held, free = await customers_who_wrote(workspace, *[NOW - DAY] * 2)
    async with workspace_transaction(workspace.id) as holder:
        await holder.fetch(
            "SELECT id FROM customers WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE",
            workspace.id,
            held,
        )
        run = await close(workspace)
        assert (run.closed, run.finished) == (1, True)
        # They have written again meanwhile.
        await holder.execute(
            "UPDATE customers SET last_inbound_at = $3 WHERE workspace_id = $1 AND id = $2",
            workspace.id,
            held,
            NOW,
        )
    assert (await close(workspace)).closed == 0
    assert await window_statuses(workspace) == {held: "ACTIVE", free: "PASSIVE"}


async def test_only_workspaces_with_a_window_to_close_are_found(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await customers_who_wrote(workspace, NOW - DAY)
    await customers_who_wrote(other_workspace, NOW - DAY + timedelta(seconds=1))
    found = {workspace_id async for workspace_id in closing_windows(NOW)}
    assert found & {workspace.id, other_workspace.id} == {workspace.id}
    await close(workspace)
    assert workspace.id not in {workspace_id async for workspace_id in closing_windows(NOW)}


async def test_the_job_reads_the_index_of_open_windows_only(workspace: Workspace) -> None:
    await customers_who_wrote(workspace, *[NOW] * 2_000)
    await rows(
        workspace,
        "UPDATE customers SET window_status = 'PASSIVE' WHERE workspace_id = $1",
    )
    async with workspace_transaction(workspace.id) as tx:
        plan = await tx.fetch(f"EXPLAIN {CLAIM}", workspace.id, NOW - DAY, NOW - DAY, 100)
    assert "customers_window_open_index" in "\n".join(line["QUERY PLAN"] for line in plan)
