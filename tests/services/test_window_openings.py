"""What a message opens: the window, told in turns with its closing."""

from datetime import timedelta
from typing import Any

import pytest

from models import (
    ChannelKind,
    MessageDirection,
    WindowStatus,
    Workspace,
)
from services.windows import close_windows, window_of
from tests.services.reports import (
    NOW,
    happened,
    message,
    the_customer,
)

HOUR = timedelta(hours=1)
OUTBOUND = MessageDirection.OUTBOUND


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(hours=24) - timedelta(seconds=1), WindowStatus.ACTIVE),
        (timedelta(hours=24), WindowStatus.PASSIVE),
    ],
)
async def test_a_message_opens_the_window_for_24_hours_from_its_sending(
    workspace: Workspace, age: timedelta, status: WindowStatus
) -> None:
    found = await message(workspace, sent_at=NOW - age)
    customer = await the_customer(workspace, found.customer.id)
    assert customer.window_status is status
    assert window_of(customer.last_inbound_at, 24, NOW).status is status
    assert ("WINDOW_OPENED" in await happened(workspace)) == (status is WindowStatus.ACTIVE)


async def test_an_open_window_is_prolonged_without_an_event(workspace: Workspace) -> None:
    await message(workspace)
    found = await message(workspace, NOW + 23 * HOUR)
    assert found.customer.last_inbound_at == NOW + 23 * HOUR
    assert (await happened(workspace)).count("WINDOW_OPENED") == 1


async def test_an_old_message_replayed_neither_opens_nor_shortens_a_window(
    workspace: Workspace,
) -> None:
    found = await message(workspace)
    await message(workspace, NOW + HOUR, sent_at=NOW - HOUR)
    assert (await the_customer(workspace, found.customer.id)).last_inbound_at == NOW
    await message(workspace, NOW + 48 * HOUR, sent_at=NOW + HOUR)
    assert (await happened(workspace)).count("WINDOW_OPENED") == 1


async def test_a_window_opens_again_after_the_job_has_closed_it(workspace: Workspace) -> None:
    await message(workspace)
    later = NOW + 25 * HOUR
    await close_windows(workspace.id, clock=lambda: later, proceed=lambda: True)
    found = await message(workspace, later)
    assert found.customer.window_status is WindowStatus.ACTIVE
    assert (await happened(workspace))[1:] == ["WINDOW_OPENED", "WINDOW_CLOSED", "WINDOW_OPENED"]


async def test_a_window_that_ran_out_unseen_is_told_closed_before_it_opens_again(
    workspace: Workspace,
) -> None:
    await message(workspace)
    await message(workspace, NOW + 25 * HOUR)
    assert (await happened(workspace))[1:] == ["WINDOW_OPENED", "WINDOW_CLOSED", "WINDOW_OPENED"]
    later = NOW + 25 * HOUR
    run = await close_windows(workspace.id, clock=lambda: later, proceed=lambda: True)
    assert run.closed == 0


@pytest.mark.parametrize(
    "given",
    [{"direction": OUTBOUND}, {"channel": ChannelKind.SMS}],
    ids=["outbound", "on another platform"],
)
async def test_nothing_but_an_inbound_whatsapp_message_opens_the_window(
    workspace: Workspace, given: dict[str, Any]
) -> None:
    found = await message(workspace, **given)
    customer = await the_customer(workspace, found.customer.id)
    assert customer.last_inbound_at is None
    assert customer.window_status is WindowStatus.PASSIVE
    assert "WINDOW_OPENED" not in await happened(workspace)
