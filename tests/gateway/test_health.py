"""Health: the process lives by itself, and is ready when what it needs answers."""

import asyncio

import pytest

from gateway.health import Check, check_database, check_redis
from gateway.valkey import connect
from settings import Settings
from tests.gateway.toys import toy_gateway


async def fine() -> None:
    """A part that is up."""


async def broken() -> None:
    """A part that is down."""
    raise ConnectionRefusedError(111, "refused at 10.0.0.1:5432")


async def stuck() -> None:
    """A part that does not answer."""
    await asyncio.Event().wait()


async def test_the_process_lives_whatever_is_down() -> None:
    async with toy_gateway(checks={"postgresql": broken}, failure=OSError()) as toy:
        response = await toy.client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_it_is_ready_when_every_part_answers() -> None:
    async with toy_gateway(checks={"postgresql": fine, "redis": fine}) as toy:
        response = await toy.client.get("/health/ready")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert {name: part["status"] for name, part in response.json()["parts"].items()} == {
        "postgresql": "ok",
        "redis": "ok",
    }


@pytest.mark.parametrize(("check", "reason"), [(broken, "unreachable"), (stuck, "timeout")])
async def test_it_says_which_part_is_down(check: Check, reason: str) -> None:
    settings = Settings(health_timeout_seconds=0.05)
    async with toy_gateway(settings, checks={"postgresql": fine, "redis": check}) as toy:
        response = await toy.client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["status"] == "down"
    assert response.json()["parts"]["postgresql"]["status"] == "ok"
    assert response.json()["parts"]["redis"] == {"status": "down", "reason": reason}
    assert "10.0.0.1" not in response.text


async def test_health_needs_no_key() -> None:
    async with toy_gateway(checks={"postgresql": fine}) as toy:
        toy.client.headers.pop("authorization")
        for path in ("/health/live", "/health/ready"):
            assert (await toy.client.get(path)).status_code == 200


async def test_the_real_parts(settings: Settings, database: None) -> None:
    redis = connect(settings)
    assert redis is not None
    checks = {"postgresql": check_database, "redis": check_redis(redis)}
    async with toy_gateway(checks=checks) as toy:
        response = await toy.client.get("/health/ready")
    await redis.aclose()
    assert response.status_code == 200


async def test_a_redis_that_is_not_there() -> None:
    redis = connect(Settings(redis_url="redis://127.0.0.1:1/0"))
    assert redis is not None
    async with toy_gateway(checks={"redis": check_redis(redis)}) as toy:
        response = await toy.client.get("/health/ready")
    await redis.aclose()
    assert response.json()["parts"]["redis"]["status"] == "down"


def test_without_redis_there_is_no_client() -> None:
    assert connect(Settings(redis_url=None)) is None
