"""Deliveries: what happened reaches each endpoint that asked for it, and is tried for days."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from models import Workspace
from services.webhooks.delivering import LEASE, claim
from services.webhooks.endpoints import delete_endpoint
from services.webhooks.schedules import RETRY_SECONDS
from services.webhooks.sending import Answer
from services.webhooks.spreading import spread
from tests.services.webhooks.deliveries import (
    ADDED,
    MERGED,
    TAKEN,
    Clock,
    attempts,
    deliver,
    deliveries,
    endpoint,
    happen,
    http,
    scripted,
    stored_endpoint,
)
from tests.services.webhooks.receivers import Respond, hang, receiving, refuse
from tests.services.writing import change

FAILED = Answer(500, 3)
SECOND = timedelta(seconds=1)


async def test_an_event_reaches_the_receiver_signed(workspace: Workspace) -> None:
    clock = Clock()
    async with receiving() as receiver, http(clock) as send:
        _, secret = await endpoint(workspace, receiver.url)
        await happen(workspace, MERGED, cause={"merge": "mrg_1"})
        await deliver(workspace, send, clock)
    [message] = receiver.taken
    [delivery] = await deliveries(workspace)
    assert message.id == f"evt_{delivery['event_id'].hex}"
    assert message.content["type"] == "CUSTOMER_MERGED"
    assert message.content["timestamp"] == "2026-11-22T02:00:00.000000Z"
    assert message.content["data"]["payload"] == {"cause": {"merge": "mrg_1"}}
    assert message.headers["content-type"] == "application/json"
    signed = dict(message.headers)
    assert signed["webhook-timestamp"] == str(int(clock.now.timestamp()))
    expected = Webhook(secret).sign(message.id, clock.now, message.body.decode())
    assert signed["webhook-signature"] == expected
    assert (delivery["status"], delivery["next_attempt_at"]) == ("DELIVERED", None)
    [attempt] = await attempts(workspace)
    assert (attempt["status_code"], attempt["error"]) == (204, None)


async def test_types_that_an_endpoint_did_not_ask_for_make_no_deliveries(
    workspace: Workspace,
) -> None:
    clock, send = Clock(), scripted()
    one, _ = await endpoint(workspace, "https://a.example/", ADDED)
    other, _ = await endpoint(workspace, "https://b.example/", MERGED)
    await happen(workspace, ADDED, ADDED, MERGED)
    await deliver(workspace, send, clock)
    assert [row["seq"] for row in await deliveries(workspace, one.id)] == [1, 2]
    assert [row["seq"] for row in await deliveries(workspace, other.id)] == [3]
    assert (await stored_endpoint(workspace, one.id))["next_seq"] == 4


async def test_failed_attempts_are_made_again_at_the_times_of_the_schedule(
    workspace: Workspace,
) -> None:
    """Each time that the clock stands just before the next attempt nothing is sent."""
    clock, send = Clock(), scripted(FAILED)
    await endpoint(workspace)
    await happen(workspace, MERGED)
    await deliver(workspace, send, clock)
    for number, seconds in enumerate(RETRY_SECONDS, start=1):
        [row] = await deliveries(workspace)
        assert (row["status"], row["attempt_count"]) == ("FAILED", number)
        assert row["next_attempt_at"] == clock.now + timedelta(seconds=seconds)
        clock.now = row["next_attempt_at"] - timedelta(microseconds=1)
        await deliver(workspace, send, clock)
        assert len(send.sent) == number
        clock.now = row["next_attempt_at"]
        await deliver(workspace, send, clock)
        assert len(send.sent) == number + 1
    [row] = await deliveries(workspace)
    assert (row["status"], row["next_attempt_at"], row["attempt_count"]) == ("DEAD", None, 10)
    assert len({headers["webhook-id"] for _, headers, _ in send.sent}) == 1
    assert len({headers["webhook-timestamp"] for _, headers, _ in send.sent}) == 10
    assert len({body for _, _, body in send.sent}) == 1


async def test_jitter_makes_waits_longer_by_a_tenth_at_most(workspace: Workspace) -> None:
    clock = Clock()
    await endpoint(workspace)
    await happen(workspace, MERGED)
    await deliver(workspace, scripted(FAILED), clock, luck=1.0)
    [row] = await deliveries(workspace)
    assert row["next_attempt_at"] == clock.now + timedelta(seconds=5.5)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from([TAKEN, FAILED, Answer(None, 15_000, "Slow.")]), max_size=12))
async def test_whatever_a_receiver_answers_a_delivery_ends(
    workspace: Workspace, answers: list[Answer]
) -> None:
    """With its first success, or as DEAD after ten attempts; each attempt is noted."""
    clock, send = Clock(), scripted(*answers, TAKEN)
    before = len(await attempts(workspace))
    made, _ = await endpoint(workspace)
    await happen(workspace, MERGED)
    for _ in range(len(RETRY_SECONDS) + 2):
        await deliver(workspace, send, clock)
        [row] = await deliveries(workspace, made.id)
        clock.now = row["next_attempt_at"] or clock.now
    outcomes = [*answers, TAKEN]
    failures = next(i for i, one in enumerate(outcomes) if one.succeeded)
    expected = ("DELIVERED", failures + 1) if failures < 10 else ("DEAD", 10)
    assert (row["status"], row["attempt_count"]) == expected
    assert len(await attempts(workspace)) - before == expected[1]
    clock.forward(days=60)
    await deliver(workspace, send, clock)
    assert len(send.sent) == expected[1]
    # The workspace is used again for the next example: this endpoint must not hear of it.
    await change(workspace, delete_endpoint, made.id)


@pytest.mark.parametrize("status", [429, 503, 500])
async def test_a_receiver_that_asks_to_be_left_alone_is(workspace: Workspace, status: int) -> None:
    clock = Clock()
    async with receiving(refuse(status, retry_after="120")) as receiver, http(clock) as send:
        made, _ = await endpoint(workspace, receiver.url)
        await happen(workspace, MERGED)
        await deliver(workspace, send, clock)
        [row] = await deliveries(workspace)
        assert row["next_attempt_at"] == clock.now + 120 * SECOND
        clock.forward(seconds=60)
        await happen(workspace, ADDED)
        await deliver(workspace, send, clock)
        # 429 and 503 speak of all messages: the second waits, too.
        assert len(receiver.taken) == (1 if status in (429, 503) else 2)
        clock.forward(seconds=60)
        await deliver(workspace, send, clock)
    assert len(receiver.taken) == 3
    assert (await stored_endpoint(workspace, made.id))["enabled"] is True


async def test_a_receiver_that_is_gone_is_disabled(workspace: Workspace) -> None:
    clock = Clock()
    async with receiving(refuse(410)) as receiver, http(clock) as send:
        made, _ = await endpoint(workspace, receiver.url)
        await happen(workspace, MERGED, ADDED)
        await deliver(workspace, send, clock)
    row = await stored_endpoint(workspace, made.id)
    assert row["enabled"] is False
    assert (
        row["disabled_reason"] == "The receiver answered 410 Gone at 2026-11-22T02:00:00.000000Z."
    )


async def test_five_days_without_a_success_disable_an_endpoint(workspace: Workspace) -> None:
    clock, send = Clock(), scripted(FAILED)
    made, _ = await endpoint(workspace)
    for _ in range(5):
        await happen(workspace, MERGED, now=clock.now)
        await deliver(workspace, send, clock)
        assert (await stored_endpoint(workspace, made.id))["enabled"] is True
        clock.forward(days=1)
    await deliver(workspace, send, clock)
    row = await stored_endpoint(workspace, made.id)
    assert row["enabled"] is False
    assert row["disabled_reason"] == (
        "No attempt has succeeded since 2026-11-22T02:00:00.000000Z: for 5 days."
    )
    sent = len(send.sent)
    await happen(workspace, MERGED, now=clock.now)
    clock.forward(days=1)
    await deliver(workspace, send, clock)
    assert len(send.sent) == sent


async def test_one_success_begins_the_five_days_anew(workspace: Workspace) -> None:
    clock, start = Clock(), Clock().now
    made, _ = await endpoint(workspace)

    async def send(url: str, headers: dict[str, str], body: bytes) -> Answer:
        return TAKEN if clock.now - start == timedelta(days=4) else FAILED

    for _ in range(9):
        await happen(workspace, MERGED, now=clock.now)
        await deliver(workspace, send, clock)
        clock.forward(days=1)
    row = await stored_endpoint(workspace, made.id)
    assert (row["enabled"], row["failing_since"]) == (True, start + timedelta(days=5))


async def test_what_a_killed_worker_held_is_attempted_again_with_the_same_id(
    workspace: Workspace,
) -> None:
    clock, send = Clock(), scripted()
    made, _ = await endpoint(workspace)
    await happen(workspace, MERGED)
    deliverer_that_dies = await claim_after_spreading(workspace, made.id, clock)
    await deliver(workspace, send, clock)
    assert send.sent == []
    clock.now += LEASE
    await deliver(workspace, send, clock)
    [(_, headers, _)] = send.sent
    assert headers["webhook-id"] == deliverer_that_dies
    [row] = await deliveries(workspace)
    assert (row["status"], row["lease_until"]) == ("DELIVERED", None)


async def claim_after_spreading(workspace: Workspace, endpoint_id: UUID, clock: Clock) -> str:
    """Claim as a worker does that dies right afterwards; the id of the message."""
    await spread(workspace.id, clock)
    found = await claim(workspace.id, endpoint_id, 10, clock)
    assert found is not None
    [held] = found.deliveries
    return held.message_id


async def test_several_workers_make_each_delivery_once(workspace: Workspace) -> None:
    clock, send = Clock(), scripted()
    await endpoint(workspace)
    await happen(workspace, *[MERGED] * 200)
    await asyncio.gather(*(deliver(workspace, send, clock) for _ in range(4)))
    ids = [headers["webhook-id"] for _, headers, _ in send.sent]
    assert len(ids) == len(set(ids)) == 200
    assert {row["status"] for row in await deliveries(workspace)} == {"DELIVERED"}


@pytest.mark.parametrize(
    ("respond", "status", "error"),
    [
        (refuse(302, location="http://127.0.0.1:1/"), 302, "redirects are not followed"),
        (refuse(500), 500, None),
        (hang, None, "No answer within 0.2 seconds."),
    ],
)
async def test_what_went_wrong_is_noted_with_the_attempt(
    workspace: Workspace, respond: Respond, status: int | None, error: str | None
) -> None:
    clock = Clock()
    async with receiving(respond) as receiver, http(clock, seconds=0.2) as send:
        await endpoint(workspace, receiver.url)
        await happen(workspace, MERGED)
        await deliver(workspace, send, clock)
    [attempt] = await attempts(workspace)
    assert attempt["status_code"] == status
    assert (error in attempt["error"]) if error else (attempt["error"] is None)
    assert len(receiver.taken) == 1


async def test_nothing_of_another_workspace_is_sent(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    clock, send = Clock(), scripted()
    await endpoint(workspace, "https://one.example/")
    await endpoint(other_workspace, "https://two.example/")
    await happen(workspace, MERGED)
    await deliver(workspace, send, clock)
    await deliver(other_workspace, send, clock)
    assert [url for url, _, _ in send.sent] == ["https://one.example/"]
    assert await deliveries(other_workspace) == []
