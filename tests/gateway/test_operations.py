"""What the executor waits for."""

import asyncio
import types
import uuid
from collections.abc import Generator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

import models
from gateway.operations import AWAITABLE, is_awaitable


async def later() -> int:
    """A coroutine's function."""
    return 1


@types.coroutine
def of_old() -> Generator[None, None, int]:
    """A generator that can be awaited."""
    yield
    return 1


def counting() -> Generator[int, None, None]:
    """One that cannot."""
    yield 1


class Awaited:
    """Something else that can be awaited."""

    def __await__(self) -> Generator[None, None, int]:
        yield
        return 1


@pytest.mark.parametrize("again", [False, True])
async def test_what_can_be_awaited_is_waited_for_but_rows_are_not(again: bool) -> None:
    if not again:
        AWAITABLE.clear()
    coroutine, future = later(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(later())
    for value in (coroutine, future, task, of_old(), Awaited()):
        assert is_awaitable(value), value
    plain: tuple[object, ...] = (
        "x",
        1,
        None,
        True,
        [],
        {},
        1.5,
        Decimal(1),
        uuid.uuid4(),
        datetime.now(UTC),
    )
    rows = (models.Customer(), models.Ticket(), models.Role.OWNER, counting(), Awaited)
    for other in (*plain, *rows):
        assert not is_awaitable(other), other
    assert (await coroutine, await task) == (1, 1)


async def test_generators_are_told_apart_each_time() -> None:
    for _ in range(2):
        assert is_awaitable(of_old())
        assert not is_awaitable(counting())
