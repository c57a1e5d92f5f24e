"""A broadcast to three overlapping groups with merged people in them, whose worker is killed with
-9 in the middle, again and again: each person has one message."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process

import pytest

from models import Campaign, CampaignStatus, EventType, Workspace
from services import audiences
from services.audiences import Audience
from services.broadcasts.creating import NewBroadcast
from services.broadcasts.queueing import LEASE
from services.due_broadcasts import waiting_broadcasts
from services.merging.merges import merge_customers
from services.merging.requests import Merging
from settings import Settings, child_environment
from tests.records import Records
from tests.services.broadcasts.campaigning import again, created, messages, statuses
from tests.services.writing import NOW, change, event_types

LOOKS, MERGED = 20_000, 10


async def overlapping(workspace: Workspace, total: int) -> Audience:
    """Three groups that share a third of their people, of whom ten pairs are merged and every
    twentieth cannot be reached; and one person who is named besides."""
    records = Records(workspace, NOW)
    channel, groups = records.channel(), [records.group() for _ in range(3)]
    made = []
    for number in range(total):
        one = records.customer(f"Budi {number}", external_id=None)
        if number % 20:
            records.identity(one, channel, f"+62813{number:08}", main=True)
        records.associate(one, groups[number % 3], *([groups[0]] if number % 6 > 3 else []))
        made.append(one)
    await records.save()
    for place in range(MERGED):
        main, member = made[2 * place + 1], made[total // 2 + 1 + place]
        merging = Merging(main_id=main.id, member_ids=[member.id])
        await change(workspace, merge_customers, merging)
    return Audience(group_ids=[one.id for one in groups], customer_ids=[made[1].id])


async def started(campaign: Campaign, settings: Settings, turn: int) -> Process:
    """A worker's process that goes on, once the lease of the one before is over."""
    found = settings.model_dump(include={"database_url", "database_app_url"})
    found["database_maintenance_url"] = settings.database_maintenance_url
    addresses = {name.upper(): url for name, url in found.items() if url is not None}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.services.broadcasts.working",
        str(campaign.workspace_id),
        str(campaign.id),
        str(turn),
        env=child_environment(addresses),
    )


async def killed_below(campaign: Campaign, process: Process, waiting: int) -> None:
    """Kill a worker as soon as no more than so many recipients wait."""
    for _ in range(LOOKS):
        if ((await again(campaign)).waiting_count or 0) <= waiting:
            break
        assert process.returncode is None, "the worker has ended by itself"
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL


async def test_killed_again_and_again_each_person_has_one_message(
    workspace: Workspace,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    people_, kills = (3_000, 8) if request.config.getoption("--long") else (480, 2)
    monkeypatch.setattr(audiences, "BATCH", 5)
    audience = await overlapping(workspace, people_)
    campaign = await created(
        workspace, NewBroadcast(name="Promo", template="Halo", audience=audience)
    )
    told, total = campaign.audience, campaign.waiting_count or 0
    assert told["matched"] == sum(
        told[name] for name in ("recipients", "duplicatesAvoided", "unreachable")
    )
    assert (told["recipients"], told["unreachable"]) == (total, people_ // 20)
    assert told["duplicatesAvoided"] == people_ // 3 + MERGED + 1
    for turn in range(kills):
        process = await started(campaign, settings, turn)
        await killed_below(campaign, process, total - (turn + 1) * total // (kills + 2))
    later = NOW + kills * LEASE * 2
    assert (workspace.id, campaign.id) in await waiting_broadcasts(later)
    last = await started(campaign, settings, kills)
    assert await last.wait() == 0
    found = await messages(campaign)
    people = {row["customer_id"] for row in found}
    assert len(found) == len(people) == total
    assert await statuses(campaign) == {"QUEUED": total}
    row = await again(campaign)
    assert (row.status, row.waiting_count) == (CampaignStatus.SENDING, 0)
    assert (await event_types(workspace)).count(EventType.BROADCAST_QUEUED) == 1
