"""What the subscriptions other than `events` tell: merges, one customer, one import."""

import asyncio
from typing import Any

import models
from models import EventType, ImportStatus, Workspace
from services.ids import global_id
from services.transactions import workspace_transaction
from settings import Settings
from tests.journeys.subscriptions.gateways import Gateway, Socket, a_key, gateway_on_a_port, happen
from tests.records import Records

MERGES = """subscription($after: String) { customerMerged(after: $after) {
    id cursor occurredAt main { id fullName } memberIds source user { id } } }"""
UNMERGES = "subscription { customerUnmerged { main { fullName } memberIds source } }"
CHANGED = "subscription($row: ID!) { customerChanged(customerId: $row) { id fullName } }"
PROGRESS = """subscription($row: ID!) { importProgress(importId: $row) {
    id status total done failed errorFileUrl addedBy { name } } }"""
RENAME = "UPDATE customers SET full_name = $3 WHERE workspace_id = $1 AND id = $2"
MERGE_INTO = "UPDATE customers SET merged_into_id = $3 WHERE workspace_id = $1 AND id = $2"
ERASE = """UPDATE customers SET erased_at = $3, deleted_at = $3
    WHERE workspace_id = $1 AND id = $2"""
COME_FURTHER = """UPDATE imports SET status = $3, done = $4, total = 9
    WHERE workspace_id = $1 AND id = $2"""


def cus(row: models.Customer) -> str:
    return global_id(models.Customer, row.id)


async def rename(workspace: Workspace, row: models.Customer, name: str) -> None:
    """Rename a customer, as an update does."""
    async with workspace_transaction(workspace.id) as tx:
        await tx.execute(RENAME, workspace.id, row.id, name)
        tx.record(EventType.CUSTOMER_UPDATED, row.id)


async def merge(
    workspace: Workspace, main: models.Customer, *members: models.Customer, undo: bool = False
) -> None:
    """Merge customers into a main one, or unmerge them: the rows, and the event."""
    async with workspace_transaction(workspace.id) as tx:
        for member in members:
            into = None if undo else main.id
            await tx.execute(MERGE_INTO, workspace.id, member.id, into)
        payload = {
            "mergeId": global_id(models.Merge, main.id),
            "mainId": cus(main),
            "memberIds": [cus(member) for member in members],
            "source": "API",
        }
        kind = EventType.CUSTOMER_UNMERGED if undo else EventType.CUSTOMER_MERGED
        tx.record(kind, main.id, payload)


async def name_told(socket: Socket) -> str:
    """The name of the customer that has changed."""
    name: str = (await socket.told())["customerChanged"]["fullName"]
    return name


async def test_merges_and_unmerges_are_told_each_to_their_own(
    gateway: Gateway, workspace: Workspace
) -> None:
    records = Records(workspace)
    main, member = records.customer("Budi"), records.customer("B. Santoso")
    await records.save()
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(MERGES)
        await socket.subscribe(UNMERGES, id="2")
        await merge(workspace, main, member)
        found = (await socket.told())["customerMerged"]
        assert found["main"] == {"id": cus(main), "fullName": "Budi"}
        assert found["memberIds"] == [cus(member)]
        assert (found["source"], found["user"]) == ("API", None)
        await merge(workspace, main, member, undo=True)
        undone = (await socket.told("2"))["customerUnmerged"]
        assert undone == {"main": {"fullName": "Budi"}, "memberIds": [cus(member)], "source": "API"}
        await socket.subscribe(MERGES, id="3", after=found["cursor"])
        await socket.settle()
        assert socket.waiting == []


async def test_a_merge_of_an_erased_customer_is_told_without_them(
    gateway: Gateway, workspace: Workspace
) -> None:
    records = Records(workspace)
    main, member = records.customer(), records.customer()
    await records.save()
    await happen(workspace, EventType.CUSTOMER_ADDED)
    await merge(workspace, main, member)
    async with workspace_transaction(workspace.id) as tx:
        await tx.execute(ERASE, workspace.id, main.id, tx.now)
    async with gateway.socket(await a_key(workspace)) as socket:
        query = "{ events(first: 1) { pageInfo { endCursor } } }"
        await socket.send({"id": "q", "type": "subscribe", "payload": {"query": query}})
        start = (await socket.told("q"))["events"]["pageInfo"]["endCursor"]
        assert (await socket.read())["type"] == "complete"
        await socket.subscribe(MERGES, after=start)
        payload = (await socket.read())["payload"]
        assert payload["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert payload["extensions"]["cursor"] > ""
        query = "subscription($after: String) { customerMerged(after: $after) { memberIds } }"
        await socket.subscribe(query, id="2", after=start)
        assert (await socket.told("2"))["customerMerged"] == {"memberIds": [cus(member)]}


async def test_a_customer_is_told_of_after_each_change(
    gateway: Gateway, workspace: Workspace
) -> None:
    records = Records(workspace)
    watched, other = records.customer("Budi"), records.customer("Siti")
    await records.save()
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(CHANGED, row=cus(watched))
        await rename(workspace, other, "Siti Aminah")
        await rename(workspace, watched, "Budi Santoso")
        assert await name_told(socket) == "Budi Santoso"
        await rename(workspace, watched, "Budi S.")
        assert await name_told(socket) == "Budi S."


async def test_an_id_that_is_merged_away_is_followed_to_the_main_customer_and_back(
    gateway: Gateway, workspace: Workspace
) -> None:
    records = Records(workspace)
    member, main, last = [records.customer(name) for name in ("Anggota", "Utama", "Terakhir")]
    await records.save()
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(CHANGED, row=cus(member))
        await merge(workspace, main, member)
        assert await name_told(socket) == "Utama"
        await rename(workspace, main, "Utama 2")
        assert await name_told(socket) == "Utama 2"
        await merge(workspace, last, main, member)
        assert await name_told(socket) == "Terakhir"
        await rename(workspace, last, "Terakhir 2")
        assert await name_told(socket) == "Terakhir 2"
        await merge(workspace, last, member, undo=True)
        assert await name_told(socket) == "Anggota"
        await rename(workspace, last, "Terakhir 3")
        await rename(workspace, member, "Anggota 2")
        assert await name_told(socket) == "Anggota 2"
        await socket.subscribe(CHANGED, id="2", row=cus(main))
        await rename(workspace, last, "Terakhir 4")
        assert (await socket.told("2"))["customerChanged"]["fullName"] == "Terakhir 4"


async def test_the_subscription_of_an_erased_customer_ends(
    gateway: Gateway, workspace: Workspace
) -> None:
    records = Records(workspace)
    row = records.customer()
    await records.save()
    async with gateway.socket(await a_key(workspace)) as socket:
        await socket.subscribe(CHANGED, row=cus(row))
        async with workspace_transaction(workspace.id) as tx:
            await tx.execute(ERASE, workspace.id, row.id, tx.now)
            tx.record(EventType.CUSTOMER_ERASED, row.id)
        assert await socket.read() == {"id": "1", "type": "complete"}
        await socket.subscribe(CHANGED, id="2", row=cus(row))
        assert (await socket.read())["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_an_import_is_told_of_until_it_ends(gateway: Gateway, workspace: Workspace) -> None:
    records = Records(workspace)
    user = records.user("Sari")
    row = records.an_import(added_by_id=user.id)
    await records.save()
    gateway.live.following.imports.pause_seconds = 0.02

    async def come(status: ImportStatus, done: int) -> None:
        async with workspace_transaction(workspace.id) as tx:
            await tx.execute(COME_FURTHER, workspace.id, row.id, status.value, done)

    async with gateway.socket(await a_key(workspace)) as socket:
        id = global_id(models.Import, row.id)
        await socket.subscribe(PROGRESS, row=id)
        first = (await socket.told())["importProgress"]
        assert first == {
            "id": id,
            "status": "QUEUED",
            "total": None,
            "done": 0,
            "failed": 0,
            "errorFileUrl": None,
            "addedBy": {"name": "Sari"},
        }
        found: list[Any] = []
        for status, done in ((ImportStatus.RUNNING, 4), (ImportStatus.FINISHED, 9)):
            await come(status, done)
            told = (await socket.told())["importProgress"]
            found.append((told["status"], told["done"], told["total"]))
        assert found == [("RUNNING", 4, 9), ("FINISHED", 9, 9)]
        assert await socket.read() == {"id": "1", "type": "complete"}
        await socket.subscribe(PROGRESS, id="2", row=id)
        assert (await socket.told("2"))["importProgress"]["status"] == "FINISHED"
        assert (await socket.read())["type"] == "complete"
    assert gateway.live.following.imports.watches == {}


async def test_who_asks_the_same_shares_one_answer(
    settings: Settings, workspace: Workspace, monkeypatch: Any
) -> None:
    """Of fifty subscribers by five keys, whose answers are read from the database: one is made for
    those of one role, whatever the place that they go on from."""
    records = Records(workspace)
    main, member = records.customer("Budi"), records.customer()
    await records.save()
    await happen(workspace, EventType.CUSTOMER_ADDED)
    keys = [await a_key(workspace) for _ in range(5)]
    async with gateway_on_a_port(settings) as gateway:
        assert gateway.live._sockets is not None
        operations = gateway.live._sockets.subscriptions.operations
        made: list[object] = []
        execute = operations.execute

        async def counted(*arguments: Any) -> Any:
            made.append(arguments)
            return await execute(*arguments)

        monkeypatch.setattr(operations, "execute", counted)

        async def subscriber(key: str, number: int) -> Any:
            async with gateway.socket(key) as socket:
                await socket.subscribe(MERGES)
                ready.release()
                return (await socket.told())["customerMerged"]["main"]["fullName"]

        ready = asyncio.Semaphore(0)
        waiting = [
            asyncio.create_task(subscriber(keys[number % 5], number)) for number in range(50)
        ]
        for _ in waiting:
            await ready.acquire()
        await merge(workspace, main, member)
        assert await asyncio.gather(*waiting) == ["Budi"] * 50
        assert len(made) == 1


async def test_gateways_tell_each_other(settings: Settings, workspace: Workspace) -> None:
    """Two gateways that share Valkey and PostgreSQL; processes of their own: test_up_live.py."""
    key = await a_key(workspace)
    async with (
        gateway_on_a_port(settings) as one,
        gateway_on_a_port(settings) as other,
        one.socket(key) as here,
        other.socket(key) as there,
    ):
        for socket in (here, there):
            await socket.subscribe("subscription { events { payload } }")
        for number in range(10):
            await happen(workspace, EventType.CUSTOMER_ADDED, number=number)
        for socket in (here, there):
            found = [(await socket.told())["events"]["payload"] for _ in range(10)]
            assert found == [{"number": number} for number in range(10)]
