"""Logs: one line a request, the libraries' lines in the same form, and no one's data in any."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog

from gateway.health import Health
from gateway.logging import configure_logging, scrub_text
from gateway.routes import assemble
from settings import Settings
from tests.gateway.toys import SECRET_OF_THE_DATABASE, WORKSPACE, Toy, toy_gateway


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Logs as in production; afterwards the test runner's own set-up is back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    written = io.StringIO()
    configure_logging(Settings(environment="production", log_level="DEBUG"), written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


@pytest_asyncio.fixture
async def toy() -> AsyncIterator[Toy]:
    async with toy_gateway() as made:
        yield made


def lines(logs: io.StringIO) -> list[dict[str, Any]]:
    """What was logged: every line is one JSON object."""
    return [json.loads(line) for line in logs.getvalue().splitlines()]


async def test_a_request_has_one_line(logs: io.StringIO, toy: Toy) -> None:
    await toy.client.post(
        "/graphql?trace=1",
        json={"query": "query Who { __typename }", "operationName": "Who"},
        headers={"X-Request-Id": "abc-123"},
    )
    [line] = [line for line in lines(logs) if line["event"] == "request"]
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert len(line.pop("key")) == 36
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "satukan.requests",
        "request_id": "abc-123",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "operation": "query",
        "operation_name": "Who",
        "cost": 1,
        "workspace": str(WORKSPACE.id),
    }


async def test_a_refusal_is_logged_with_its_code(logs: io.StringIO, toy: Toy) -> None:
    await toy.post("{")
    [line] = [line for line in lines(logs) if line["event"] == "request"]
    assert (line["status"], line["code"]) == (400, "GRAPHQL_PARSE_FAILED")


async def test_the_log_has_the_traceback_under_the_id_of_the_answer(
    logs: io.StringIO, toy: Toy
) -> None:
    answer = await toy.post('{ customer(id: "broken") { id } }')
    error_id = answer.json()["errors"][0]["extensions"]["id"]
    [line] = [line for line in lines(logs) if line["event"] == "unexpected error"]
    assert line["error_id"] == error_id
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["path"] == "customer"
    assert "Traceback" in line["exception"]
    assert "in outcome" in line["exception"]


async def test_one_exception_in_many_places_is_logged_once(logs: io.StringIO, toy: Toy) -> None:
    answer = await toy.post('{ a: customer(id: "broken") { id } b: customer(id: "broken") { id } }')
    ids = {error["extensions"]["id"] for error in answer.json()["errors"]}
    logged = {line["error_id"] for line in lines(logs) if line["event"] == "unexpected error"}
    assert ids == logged
    assert len(ids) == 2


async def test_variables_arguments_and_keys_are_not_logged(logs: io.StringIO, toy: Toy) -> None:
    secrets = ("Budi Santoso", "+6281234567890", "rahasia")
    query = 'query Q($i: ID!) { customer(id: $i) { id } other: customer(id: "rahasia") { id } }'
    await toy.post(query, variables={"i": "Budi Santoso"})
    await toy.post(query, variables={"i": ["+6281234567890"]})
    await toy.client.get("/graphql", params={"query": query, "variables": '{"i": "Budi Santoso"}'})
    await toy.client.post("/graphql", content=b'{"query": "Budi Santoso')
    await toy.client.post("/graphql", headers={"Authorization": "Bearer rahasia"})
    output = logs.getvalue()
    assert output.count('"request"') == 5
    assert not any(secret in output for secret in secrets)


def test_libraries_log_in_the_same_form(logs: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    logging.getLogger("uvicorn.access").info("GET /graphql?query=secret")
    logging.getLogger("tortoise.db_client").debug("SELECT 'Budi'")
    [line] = lines(logs)
    assert line["event"] == "Started server process [7]"
    assert line["logger"] == "uvicorn.error"


def test_development_logs_for_eyes(logs: io.StringIO) -> None:
    written = io.StringIO()
    configure_logging(Settings(environment="development"), written)
    structlog.get_logger("satukan").info("ready", port=8000)
    output = written.getvalue()
    assert "ready" in output
    assert "port=8000" in output
    with pytest.raises(json.JSONDecodeError):
        json.loads(output)


@pytest.mark.parametrize(
    ("text", "kept", "gone"),
    [
        (
            'duplicate key value violates "x"\nDETAIL:  Key (phone)=(+628123) already exists.',
            'duplicate key value violates "x"',
            "+628123",
        ),
        (
            "asyncpg.DataError: invalid input for query argument $3: 'Budi\nSanto' (expected int)",
            "invalid input for query argument $3",
            "Budi",
        ),
        ("the key sk_AZqN3b5ycdqfX7h2Zk1mNw_" + "s" * 43, "the key sk_AZqN3b", "s" * 20),
        ("Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "Bearer eyJ", "c2ln"),
    ],
)
def test_values_are_taken_out_of_what_the_database_says(text: str, kept: str, gone: str) -> None:
    scrubbed = scrub_text(text)
    assert kept in scrubbed
    assert gone not in scrubbed


@pytest.mark.parametrize(
    "given",
    ["", "a" * 101, "a b", "ä", "-a", "x\tinjected", '"}', "<script>"],
)
async def test_a_request_id_that_is_not_sane_is_not_taken_over(toy: Toy, given: str) -> None:
    headers = [(b"x-request-id", given.encode())]
    response = await toy.client.get("/health/live", headers=headers)
    made = response.headers["x-request-id"]
    assert made != given
    assert len(made) == 32


async def test_every_answer_carries_its_request_id(toy: Toy) -> None:
    for path in ("/graphql", "/health/live", "/nowhere"):
        response = await toy.client.get(path, headers={"X-Request-Id": "trace:1.2_3-4"})
        assert response.headers["x-request-id"] == "trace:1.2_3-4"


async def test_an_error_outside_of_the_endpoint_is_masked_too() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError(SECRET_OF_THE_DATABASE)

    transport = httpx.ASGITransport(assemble(broken, Health(Settings(), {})))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        response = await client.post("/graphql", json={"query": "{ __typename }"})
    assert response.status_code == 500
    assert SECRET_OF_THE_DATABASE not in response.text
    assert response.json()["errors"][0]["extensions"]["id"].startswith("err_")
