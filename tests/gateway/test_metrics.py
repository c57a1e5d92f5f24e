"""Metrics: what is counted, and who may read it."""

from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from gateway import metrics
from gateway.app import build_context
from gateway.auth import BearerAuthenticator
from gateway.health import Health, observe_pool
from gateway.http import GraphQLEndpoint
from gateway.routes import assemble
from models import Role, Workspace
from schema.root import schema
from services.api_keys import create_key
from settings import Settings
from tests.gateway.toys import toy_gateway


def sample(name: str, **labels: str) -> float:
    """The present value of a metric; 0 where nothing was counted yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_requests_are_counted_by_operation_and_status() -> None:
    before = {
        key: sample("satukan_requests_total", operation=key[0], status=key[1])
        for key in (("query", "200"), ("mutation", "200"), ("none", "400"), ("none", "415"))
    }
    timed = sample("satukan_request_seconds_count", operation="query")
    async with toy_gateway() as toy:
        await toy.post("{ __typename }")
        await toy.post('mutation { addCustomer(name: "x") { customer { id } } }')
        await toy.post("{")
        await toy.client.post("/graphql", content=b"x")
        await toy.client.get("/health/live")
    for (operation, status), count in before.items():
        assert sample("satukan_requests_total", operation=operation, status=status) == count + 1
    assert sample("satukan_request_seconds_count", operation="query") == timed + 1


async def test_refusals_are_counted_by_code_and_limit() -> None:
    cost = sample("satukan_refused_total", code="COST_LIMIT", limit="cost")
    depth = sample("satukan_refused_total", code="DOCUMENT_LIMIT", limit="depth")
    async with toy_gateway(Settings(limit_cost=5, limit_depth=3)) as toy:
        await toy.post("{ customers { nodes { id } } }")
        await toy.post("{ customers { nodes { tags { id } } } }")
    assert sample("satukan_refused_total", code="COST_LIMIT", limit="cost") == cost + 1
    assert sample("satukan_refused_total", code="DOCUMENT_LIMIT", limit="depth") == depth + 1


async def test_unexpected_errors_are_counted() -> None:
    before = sample("satukan_errors_total")
    async with toy_gateway() as toy:
        await toy.post('{ customer(id: "broken") { id } }')
        await toy.post('{ customer(id: "refused") { id } }')
    assert sample("satukan_errors_total") == before + 1


async def test_statements_of_a_request_are_counted(
    settings: Settings, workspace: Workspace
) -> None:
    _, key = await create_key(workspace.id, Role.OWNER)
    plain = settings.model_copy(update={"compiled": False})
    endpoint = GraphQLEndpoint(schema, plain, BearerAuthenticator(None), build_context)
    transport = httpx.ASGITransport(assemble(endpoint, Health(plain, {}, observe_pool)))
    before = sample("satukan_request_statements_sum", operation="query")
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        headers = {"Authorization": f"Bearer {key}"}
        await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
        text = (await client.get("/metrics")).text
    # reading the workspace, finding the key; that it was used is noted beside the request
    assert sample("satukan_request_statements_sum", operation="query") == before + 2
    assert 'satukan_database_connections{pool="application",state="idle"}' in text


async def test_metrics_are_open_unless_a_token_is_set() -> None:
    async with toy_gateway() as toy:
        toy.client.headers.pop("authorization")
        response = await toy.client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert "# TYPE satukan_requests_total counter" in response.text


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("Bearer numbers", 200), ("Bearer number", 401), ("Bearer ", 401), ("numbers", 401)],
)
async def test_with_a_token_they_are_its_bearers(authorization: str, status: int) -> None:
    async with toy_gateway(Settings(metrics_token=SecretStr("numbers"))) as toy:
        headers = {"Authorization": authorization}
        response = await toy.client.get("/metrics", headers=headers)
    assert response.status_code == status
    assert ("satukan_requests" in response.text) is (status == 200)


def test_several_processes_answer_from_their_folder(tmp_path: Path) -> None:
    assert metrics.render(tmp_path) == b""
    assert b"satukan_requests" in metrics.render(None)
