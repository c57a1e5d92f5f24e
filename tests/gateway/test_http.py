"""GraphQL over HTTP: methods, media types, bodies, and the status of each outcome."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from gateway.responses import encode
from settings import Settings
from tests.gateway.toys import SECRET_OF_THE_DATABASE, Toy, toy_gateway

MODERN = "application/graphql-response+json"
LEGACY = "application/json"
TYPENAME = {"query": "{ __typename }"}
BY_ID = "query($i: ID!) { customer(id: $i) { id } }"


@pytest_asyncio.fixture
async def toy() -> AsyncIterator[Toy]:
    async with toy_gateway() as made:
        yield made


def code(response: httpx.Response) -> str:
    """`extensions.code` of the first error."""
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, LEGACY),
        ("*/*", LEGACY),
        ("application/*", LEGACY),
        (LEGACY, LEGACY),
        (MODERN, MODERN),
        (f"{MODERN}; charset=utf-8, {LEGACY}; charset=utf-8", MODERN),
        (f"{MODERN};q=0.5, {LEGACY};q=0.9", LEGACY),
        (f"{LEGACY};q=0.9, {MODERN}", MODERN),
        ("text/html, application/xhtml+xml, */*;q=0.8", LEGACY),
        (f"{MODERN};q=0, {LEGACY}", LEGACY),
    ],
)
async def test_the_answer_has_the_preferred_media_type(
    toy: Toy, accept: str | None, answered: str
) -> None:
    toy.client.headers.pop("accept")
    headers = {} if accept is None else {"Accept": accept}
    response = await toy.client.post("/graphql", json=TYPENAME, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("accept", ["text/html", "image/png, text/plain", f"{LEGACY};q=0"])
async def test_an_answer_in_no_accepted_type_is_not_made(toy: Toy, accept: str) -> None:
    response = await toy.client.post("/graphql", json=TYPENAME, headers={"Accept": accept})
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
    ],
)
async def test_a_post_is_json_in_utf8(toy: Toy, kind: str) -> None:
    body = json.dumps(TYPENAME).encode()
    headers = {"Content-Type": kind} if kind else {}
    response = await toy.client.post("/graphql", content=body, headers=headers)
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_compressed_body_is_not_unpacked(toy: Toy) -> None:
    headers = {"Content-Type": LEGACY, "Content-Encoding": "gzip"}
    response = await toy.client.post("/graphql", content=b"\x1f\x8b", headers=headers)
    assert response.status_code == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_told_which_are_allowed(toy: Toy, method: str) -> None:
    response = await toy.client.request(method, "/graphql")
    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b'{"query": "{ __typename }", "a": NaN}', "no JSON"),
        (b'{"query": "\xff"}', "UTF-8"),
        (b'{"query": "\\ud800"}', "no JSON"),
        (b'{"query": "\x00"}', "control character"),
        (b"[" * 5000 + b"]" * 5000, "depth"),
        (b'[{"query": "{ __typename }"}]', "Batches"),
        (b'"{ __typename }"', "object"),
        (b"{}", "`query` is missing"),
        (b'{"qeury": "{ __typename }"}', "`query` is missing"),
        (b'{"query": null}', "`query` is missing"),
        (b'{"query": 1}', "`query` must"),
        (b'{"query": "{a}", "operationName": 1}', "`operationName` must"),
        (b'{"query": "{a}", "variables": []}', "`variables` must"),
        (b'{"query": "{a}", "variables": "{}"}', "`variables` must"),
        (b'{"query": "{a}", "extensions": 0}', "`extensions` must"),
    ],
)
@pytest.mark.parametrize("accept", [MODERN, LEGACY])
async def test_what_is_no_well_formed_request_is_400(
    toy: Toy, body: bytes, says: str, accept: str
) -> None:
    headers = {"Content-Type": LEGACY, "Accept": accept}
    response = await toy.client.post("/graphql", content=body, headers=headers)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert says in response.json()["errors"][0]["message"]
    assert "data" not in response.json()


async def test_the_last_of_two_equal_keys_counts(toy: Toy) -> None:
    body = b'{"query": "{", "query": "{ __typename }"}'
    response = await toy.client.post("/graphql", content=body, headers={"Content-Type": LEGACY})
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "type A { a: Int }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_RESOLUTION_FAILED"),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILED"),
        ({"query": BY_ID}, "BAD_USER_INPUT"),
        ({"query": BY_ID, "variables": {"i": []}}, "BAD_USER_INPUT"),
    ],
)  # fmt: skip
async def test_a_request_error_is_400_and_200_for_legacy_clients(
    toy: Toy, parameters: dict[str, object], expected: str
) -> None:
    for accept, status in ((MODERN, 400), (LEGACY, 200)):
        headers = {"Accept": accept}
        response = await toy.client.post("/graphql", json=parameters, headers=headers)
        assert (response.status_code, code(response)) == (status, expected)
        assert "data" not in response.json()


async def test_a_query_may_be_sent_by_get(toy: Toy) -> None:
    parameters = {
        "query": "query A($i: ID!) { customer(id: $i) { fullName } } query B { __typename }",
        "operationName": "A",
        "variables": '{"i": "cus_1"}',
        "extensions": "",
    }
    response = await toy.client.get("/graphql", params=parameters)
    assert response.json()["data"] == {"customer": {"fullName": "Budi"}}


async def test_a_mutation_may_not_be_sent_by_get(toy: Toy) -> None:
    query = 'mutation { addCustomer(name: "x") { customer { id } } }'
    for accept in (MODERN, LEGACY):
        headers = {"Accept": accept}
        response = await toy.client.get("/graphql", params={"query": query}, headers=headers)
        assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")
        assert response.headers["allow"] == "POST"
    assert toy.contexts == []


@pytest.mark.parametrize("query", ["variables={}", "query=%7B__typename%7D&variables=%7B",
                                   "query=%7B__typename%7D&query=%7B__typename%7D",
                                   "query=%7B__typename%7D&variables=[]"])  # fmt: skip
async def test_a_get_must_be_well_formed_too(toy: Toy, query: str) -> None:
    response = await toy.client.get(f"/graphql?{query}")
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_a_subscription_is_told_where_to_go(toy: Toy) -> None:
    response = await toy.post('subscription { customerChanged(customerId: "cus_1") { id } }')
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")
    assert "WebSocket" in response.text


async def test_a_body_larger_than_allowed_is_refused_by_its_length() -> None:
    async with toy_gateway(Settings(limit_body_bytes=2_000)) as toy:
        response = await toy.client.post("/graphql", json={"query": "{" + " " * 2_000})
        assert (response.status_code, code(response)) == (413, "PAYLOAD_TOO_LARGE")
        assert response.json()["errors"][0]["extensions"]["allowed"] == 2_000


async def test_a_body_that_hides_its_length_is_given_up_when_it_is_too_large() -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b" " * 500

    async with toy_gateway(Settings(limit_body_bytes=2_000)) as toy:
        headers = {"Content-Type": LEGACY}
        response = await toy.client.post("/graphql", content=endless(), headers=headers)
    assert response.status_code == 413
    assert taken <= 6


async def test_a_body_that_never_comes_is_given_up() -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with toy_gateway(Settings(limit_body_seconds=0.05)) as toy:
        headers = {"Content-Type": LEGACY}
        response = await toy.client.post("/graphql", content=stuck(), headers=headers)
    assert (response.status_code, code(response)) == (408, "REQUEST_TIMEOUT")


async def test_an_address_that_is_too_long_is_refused() -> None:
    async with toy_gateway(Settings(limit_url_bytes=300)) as toy:
        query = "{ __typename }" + " " * 300
        response = await toy.client.get("/graphql", params={"query": query})
    assert (response.status_code, code(response)) == (414, "URI_TOO_LONG")


async def test_a_request_that_takes_too_long_is_given_up() -> None:
    async with toy_gateway(Settings(limit_request_seconds=0.05)) as toy:
        response = await toy.post('{ customer(id: "stuck") { id } }')
        assert (response.status_code, code(response)) == (503, "TIMEOUT")
        assert response.headers["retry-after"] == "5"
        assert [context.closed for context in toy.contexts] == [True]


async def test_a_refusal_keeps_its_code_and_field(toy: Toy) -> None:
    response = await toy.post('{ customer(id: "refused") { id } }')
    assert response.status_code == 200
    [error] = response.json()["errors"]
    assert error["message"] == "id is no id."
    assert error["extensions"] == {"code": "INVALID", "field": ["id"]}
    assert error["path"] == ["customer"]
    assert response.json()["data"] == {"customer": None}


async def test_an_unexpected_error_is_masked_with_an_id(toy: Toy) -> None:
    response = await toy.post('{ customer(id: "broken") { id } other: customer(id: "1") { id } }')
    assert response.status_code == 200
    assert SECRET_OF_THE_DATABASE not in response.text
    [error] = response.json()["errors"]
    assert error["message"].startswith("Internal error")
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["id"].startswith("err_")
    assert response.json()["data"] == {"customer": None, "other": {"id": "cus_1"}}


async def test_a_statement_that_takes_too_long_is_named_so(toy: Toy) -> None:
    response = await toy.post('{ customer(id: "slow") { id } }')
    assert code(response) == "TIMEOUT"


@pytest.mark.parametrize("accept", [MODERN, LEGACY])
async def test_a_database_that_is_down_is_503_and_says_when_to_try_again(
    toy: Toy, accept: str
) -> None:
    body = {"query": '{ customer(id: "away") { id } }'}
    response = await toy.client.post("/graphql", json=body, headers={"Accept": accept})
    assert (response.status_code, code(response)) == (503, "UNAVAILABLE")
    assert response.headers["retry-after"] == "5"


async def test_a_database_that_is_down_before_it_is_known_who_asks_is_503_too() -> None:
    async with toy_gateway(failure=ConnectionRefusedError(111, "refused")) as toy:
        response = await toy.post("{ __typename }")
    assert (response.status_code, code(response)) == (503, "UNAVAILABLE")


async def test_a_failure_of_the_edge_itself_is_masked() -> None:
    async with toy_gateway(failure=RuntimeError(SECRET_OF_THE_DATABASE)) as toy:
        response = await toy.post("{ __typename }")
    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert SECRET_OF_THE_DATABASE not in response.text


async def test_every_context_is_closed(toy: Toy) -> None:
    await toy.post('{ customer(id: "broken") { id } }')
    await toy.post("{ __typename }")
    assert [context.closed for context in toy.contexts] == [True, True]


async def test_the_answer_is_kept_by_nobody(toy: Toy) -> None:
    response = await toy.post("{ __typename }")
    assert response.headers["cache-control"] == "no-store"
    assert "Authorization" in response.headers["vary"]


async def test_a_browser_gets_the_explorer_in_development(toy: Toy) -> None:
    toy.client.headers.pop("authorization")
    response = await toy.client.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sha256-" in policy
    assert "//" not in policy


async def test_the_explorer_takes_nothing_from_elsewhere(toy: Toy) -> None:
    page = (await toy.client.get("/graphql", headers={"Accept": "text/html"})).text
    assert "http://" not in page
    assert "https://" not in page
    assert "src=" not in page


async def test_there_is_no_explorer_in_production() -> None:
    async with toy_gateway(Settings(environment="production")) as toy:
        response = await toy.client.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_other_addresses_are_404(toy: Toy) -> None:
    response = await toy.client.get("/graphql/x")
    assert response.status_code == 404
    assert "/graphql" in response.json()["error"]


def test_whole_numbers_beyond_64_bits_are_written_as_they_are() -> None:
    assert encode({"data": {"value": 2**70}}) == b'{"data": {"value": 1180591620717411303424}}'
