"""The parts of subscriptions that need no connection: pace, reasons, messages, shared answers."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.admission import Admission, GraphQLRequest, Operation
from gateway.operations import Operations
from gateway.subscriptions import answers as module
from gateway.subscriptions.answers import Answers, Asked, selecting
from gateway.subscriptions.endings import LONGEST_REASON, shortened
from gateway.subscriptions.messages import authorization_in, head_of, next_message, read_message
from gateway.subscriptions.pace import BURST_SECONDS, Pace
from models import Role
from resolvers.subscriptions import Happening, constantly
from schema.root import schema
from services.actors import Caller, Scope
from settings import Settings
from tests.gateway.toys import WORKSPACE, ToyContext, actor

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADMISSION = Admission(schema._schema, Settings())


def admitted(query: str, **variables: object) -> Operation:
    """A subscription that was let in."""
    request = GraphQLRequest(query, variables=variables)
    return ADMISSION.admit(request, *ADMISSION.resolve(request), actor())


# ── pace ───────────────────────────────────────────────────────────────────────────────────────


def test_a_burst_goes_through_and_then_one_at_a_time() -> None:
    seconds = [0.0]
    pace = Pace(10, lambda: seconds[0])
    assert [pace.due() for _ in range(10 * BURST_SECONDS)] == [0.0] * 10 * BURST_SECONDS
    assert pace.due() == pytest.approx(0.1)
    seconds[0] = 0.1
    assert pace.due() == pytest.approx(0.1)
    seconds[0] = 1_000.0
    assert [pace.due() for _ in range(10 * BURST_SECONDS)][-1] == 0.0


# ── messages ───────────────────────────────────────────────────────────────────────────────────


def test_a_reason_fits_into_a_close_frame() -> None:
    assert shortened("short") == "short"
    assert len(shortened("é" * 100).encode()) == LONGEST_REASON - 1


def test_a_message_is_read() -> None:
    message = read_message('{"type": "subscribe", "id": "1", "payload": {"query": "{ x }"}}')
    assert (message.type, message.id, message.payload) == ("subscribe", "1", {"query": "{ x }"})


def test_an_authorization_is_found_wherever_clients_put_it() -> None:
    assert authorization_in({"authorization": "Bearer a"}) == "Bearer a"
    assert authorization_in({"headers": {"AUTHORIZATION": "Bearer b"}}) == "Bearer b"
    assert authorization_in({"Authorization": 1, "headers": "Bearer c"}) is None
    assert authorization_in(None) is None


def test_an_answer_is_put_together() -> None:
    written = next_message(head_of('a"b'), '{"data":null}')
    assert written == '{"id":"a\\"b","type":"next","payload":{"data":null}}'


# ── answers that are shared ────────────────────────────────────────────────────────────────────


def test_the_place_to_go_on_from_does_not_tell_answers_apart() -> None:
    query = (
        "subscription($a: String, $m: Boolean!) { events(after: $a) { id type @include(if: $m) } }"
    )
    assert set(selecting(admitted(query, a="x", m=True))) == {"m"}
    same = [
        Asked.of(admitted(query, a=place, m=True), Caller(actor(), WORKSPACE), "").key
        for place in ("x", "y")
    ]
    assert same[0] == same[1]
    other = Asked.of(admitted(query, a="x", m=False), Caller(actor(), WORKSPACE), "").key
    assert other != same[0]


def test_variables_in_fragments_count() -> None:
    query = """subscription($n: Int) { customerMerged { ...E } }
        fragment E on MergeEvent { main { conversations(first: $n) { totalCount } } }"""
    assert set(selecting(admitted(query, n=1))) == {"n"}


def test_who_may_do_something_else_has_answers_of_their_own() -> None:
    operation = admitted("subscription { events { id } }")
    owner = Asked.of(operation, Caller(actor(Role.OWNER), WORKSPACE), "")
    agent = Asked.of(operation, Caller(actor(Role.AGENT), WORKSPACE), "")
    partner = Asked.of(operation, Caller(actor(Role.PARTNER, Scope.EVENTS_READ), WORKSPACE), "")
    assert len({owner.key, agent.key, partner.key}) == 3
    again = Asked.of(operation, Caller(actor(Role.OWNER), WORKSPACE), "")
    assert again.key == owner.key
    assert (owner.caller.actor.user_id, owner.caller.actor.api_key_id) == (None, None)


async def test_an_answer_is_made_once_and_forgotten_some_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 3)
    operations = Operations(schema, Settings(), lambda caller, id, now: ToyContext())
    made: list[Any] = []
    execute = operations.execute

    async def counted(*arguments: Any) -> Any:
        made.append(arguments)
        return await execute(*arguments)

    monkeypatch.setattr(operations, "execute", counted)
    answers = Answers(operations, lambda: NOW, 2)
    caller = Caller(actor(), WORKSPACE)
    asked = Asked.of(admitted("subscription { events { __typename } }"), caller, "")

    def happening(number: int) -> Happening:
        return Happening(("event", number), constantly(object()), cursor=str(number))

    told = await asyncio.gather(*(answers.answer(asked, happening(1)) for _ in range(20)))
    assert {one.text for one in told} == {
        '{"data":{"events":{"__typename":"Event"}},"extensions":{"cursor":"1"}}'
    }
    assert len(made) == 1
    for number in (2, 3, 4, 5):
        await answers.answer(asked, happening(number))
    assert len(made) == 5
    await answers.answer(asked, happening(5))
    assert len(made) == 5
    await answers.answer(asked, happening(1))
    assert len(made) == 6


async def test_an_answer_that_cannot_be_made_now_is_made_later() -> None:
    context = ToyContext()
    operations = Operations(schema, Settings(), lambda caller, id, now: context)
    answers = Answers(operations, lambda: NOW, 2)
    asked = Asked.of(
        admitted("subscription { events { __typename } }"), Caller(actor(), WORKSPACE), ""
    )
    tries: list[Exception | object] = [ConnectionError(), object()]

    async def load(_context: Any) -> Any:
        found = tries.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    failed = await answers.answer(asked, Happening(1, load))
    assert failed.failed is not None
    assert failed.failed[1] == "UNAVAILABLE"
    assert context.closed
    assert (await answers.answer(asked, Happening(1, load))).failed is None
