"""Automatic persisted queries, as the clients of Apollo's make use them."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from gateway.admission import GraphQLRequest
from gateway.persisted import NamedDocuments
from gateway.refusals import Refused
from gateway.valkey import SharedDocuments, connect
from settings import Settings
from tests.gateway.toys import Toy, toy_gateway

QUERY = "query Mine($n: Int) { customers(first: $n) { nodes { id } } }"
DATA = {"customers": {"nodes": [{"id": "cus_1"}]}}
MODERN = "application/graphql-response+json"
LEGACY = "application/json"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def named(text: str, **changes: object) -> dict[str, object]:
    """The extension that names a text."""
    extension: dict[str, object] = {"version": 1, "sha256Hash": sha256(text)}
    return {"persistedQuery": {**extension, **changes}}


async def send(toy: Toy, accept: str = MODERN, **body: object) -> httpx.Response:
    return await toy.client.post("/graphql", json=body, headers={"Accept": accept})


def error_of(response: httpx.Response) -> tuple[int, str, str]:
    """The status, the code and the message of the one error."""
    [error] = response.json()["errors"]
    assert "data" not in response.json()
    return response.status_code, error["extensions"]["code"], error["message"]


NOT_FOUND = (200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")


@pytest_asyncio.fixture
async def toy() -> AsyncIterator[Toy]:
    async with toy_gateway() as made:
        yield made


@pytest.mark.parametrize("accept", [MODERN, LEGACY])
async def test_a_client_sends_the_hash_then_the_text_and_then_the_hash_only(
    toy: Toy, accept: str
) -> None:
    first = await send(toy, accept, extensions=named(QUERY), variables={"n": 2})
    assert error_of(first) == NOT_FOUND
    second = await send(toy, accept, query=QUERY, extensions=named(QUERY), variables={"n": 2})
    third = await send(toy, accept, extensions=named(QUERY), variables={"n": 3})
    assert (
        second.json()["data"] == third.json()["data"] == {"customers": {"nodes": [{"id": "cus_1"}]}}
    )
    assert third.json()["extensions"]["cost"]["requested"] == 1 + 3 + 1


async def test_a_query_may_be_named_by_get(toy: Toy) -> None:
    await send(toy, query=QUERY, extensions=named(QUERY))
    parameters = {"extensions": json.dumps(named(QUERY)), "variables": "{}"}
    for accept in (MODERN, "text/html,application/xhtml+xml"):
        response = await toy.client.get(
            "/graphql", params=parameters, headers={"Accept": f"{accept}, {LEGACY};q=0.1"}
        )
        assert response.json()["data"] == DATA


async def test_a_mutation_that_is_named_is_still_not_sent_by_get(toy: Toy) -> None:
    mutation = 'mutation { addCustomer(name: "x") { customer { id } } }'
    await send(toy, query=mutation, extensions=named(mutation))
    contexts = len(toy.contexts)
    parameters = {"extensions": json.dumps(named(mutation))}
    response = await toy.client.get("/graphql", params=parameters)
    assert response.status_code == 405
    assert len(toy.contexts) == contexts


async def test_a_hash_that_is_not_the_texts_is_refused_and_nothing_is_kept(toy: Toy) -> None:
    other = "{ customers { nodes { fullName } } }"
    response = await send(toy, query=QUERY, extensions=named(other))
    assert error_of(response)[:2] == (400, "BAD_REQUEST")
    for text in (QUERY, other):
        assert error_of(await send(toy, extensions=named(text))) == NOT_FOUND


@pytest.mark.parametrize(
    "extension",
    [
        {"version": 2},
        {"version": None},
        {"sha256Hash": None},
        {"sha256Hash": 1},
        {"sha256Hash": "abc"},
        {"sha256Hash": sha256(QUERY).upper()},
    ],
    ids=str,
)
async def test_an_extension_of_another_form_is_refused(
    toy: Toy, extension: dict[str, object]
) -> None:
    for body in ({}, {"query": QUERY}):
        response = await send(toy, extensions=named(QUERY, **extension), **body)
        assert error_of(response)[:2] == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{", {}),
        ("{ nothing }", {}),
        ("query($n: Int) { customers(first: $n) { nodes { id } } }", {"n": 100_000}),
    ],
)
async def test_what_was_not_admitted_is_not_kept(
    toy: Toy, query: str, variables: dict[str, object]
) -> None:
    refused = await send(toy, query=query, extensions=named(query), variables=variables)
    assert refused.status_code == 400
    assert error_of(await send(toy, extensions=named(query))) == NOT_FOUND


async def test_who_is_not_recognised_learns_and_leaves_nothing(toy: Toy) -> None:
    await send(toy, query=QUERY, extensions=named(QUERY))
    toy.client.headers["Authorization"] = "Bearer stranger"
    assert (await send(toy, extensions=named(QUERY))).status_code == 401
    other = "{ customers { nodes { fullName } } }"
    assert (await send(toy, query=other, extensions=named(other))).status_code == 401
    toy.client.headers["Authorization"] = "Bearer toy"
    assert error_of(await send(toy, extensions=named(other))) == NOT_FOUND


async def test_switched_off_clients_are_told_to_send_the_text() -> None:
    async with toy_gateway(Settings(persisted_queries=False)) as toy:
        assert (await send(toy, query=QUERY, extensions=named(QUERY))).status_code == 200
        assert error_of(await send(toy, extensions=named(QUERY))) == (
            200,
            "PERSISTED_QUERY_NOT_SUPPORTED",
            "PersistedQueryNotSupported",
        )


# ── what is kept ───────────────────────────────────────────────────────────────────────────────


def request_of(text: str, *, by_hash: bool = False) -> GraphQLRequest:
    return GraphQLRequest("" if by_hash else text, sha256=sha256(text))


async def found(documents: NamedDocuments, text: str) -> bool:
    """Whether a text is found by its hash."""
    try:
        return (await documents.complete(request_of(text, by_hash=True))).query == text
    except Refused as refused:
        return refused.code != "PERSISTED_QUERY_NOT_FOUND"


async def test_texts_are_kept_within_a_number_of_characters() -> None:
    documents = NamedDocuments(Settings(persisted_queries_characters=200))
    texts = [f"{{ a{number:02}: __typename }}" for number in range(50)]
    for text in texts:
        await documents.keep(request_of(text))
        assert await found(documents, texts[0])  # what is asked for stays
    kept = [text for text in texts if await found(documents, text)]
    assert 150 < sum(map(len, kept)) <= 200
    assert kept == [texts[0], *texts[1 - len(kept) :]]


async def test_a_text_that_is_very_long_is_not_kept() -> None:
    documents = NamedDocuments(Settings())
    text = "{ __typename }" + " " * 40_000
    await documents.keep(request_of(text))
    assert not await found(documents, text)


# ── shared by gateways ─────────────────────────────────────────────────────────────────────────


@pytest_asyncio.fixture
async def shared(settings: Settings) -> AsyncIterator[SharedDocuments]:
    redis = connect(settings)
    assert redis is not None
    async with redis:
        yield SharedDocuments(redis, 60)
        await redis.flushdb()


async def test_what_one_gateway_has_kept_another_finds(shared: SharedDocuments) -> None:
    first, second = (NamedDocuments(Settings(), shared=shared) for _ in range(2))
    await first.keep(request_of(QUERY))
    assert await found(second, QUERY)


async def test_a_text_is_left_for_a_time(settings: Settings, shared: SharedDocuments) -> None:
    await shared.write(sha256(QUERY), QUERY)
    redis = connect(settings)
    assert redis is not None
    async with redis:
        key = f"satukan:document:{sha256(QUERY)}"
        assert 0 < await redis.ttl(key) <= 60
        await redis.expire(key, 5)
        assert await shared.read(sha256(QUERY)) == QUERY
        assert await redis.ttl(key) > 5


async def test_no_more_texts_are_left_than_allowed(
    settings: Settings, shared: SharedDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.valkey.MOST_DOCUMENTS", 5)
    for number in range(12):
        await shared.write(sha256(str(number)), str(number))
    redis = connect(settings)
    assert redis is not None
    async with redis:
        assert len(await redis.keys("satukan:document:*")) == 5


async def test_a_text_that_somebody_else_has_put_there_is_not_taken(
    settings: Settings, shared: SharedDocuments
) -> None:
    redis = connect(settings)
    assert redis is not None
    async with redis:
        await redis.set(f"satukan:document:{sha256(QUERY)}", "{ __typename }")
        await redis.set(f"satukan:document:{sha256('x')}", b"\xff")
    documents = NamedDocuments(Settings(), shared=shared)
    assert not await found(documents, QUERY)
    assert not await found(documents, "x")


async def test_without_valkey_each_gateway_keeps_its_own() -> None:
    lost = connect(Settings(redis_url="redis://127.0.0.1:1/0"))
    assert lost is not None
    async with lost:
        first, second = (
            NamedDocuments(Settings(), shared=SharedDocuments(lost, 60)) for _ in range(2)
        )
        await first.keep(request_of(QUERY))
        assert await found(first, QUERY)
        assert not await found(second, QUERY)


async def test_many_who_leave_one_text_at_once_get_their_answers(toy: Toy) -> None:
    sent = (send(toy, query=QUERY, extensions=named(QUERY)) for _ in range(8))
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {200}
