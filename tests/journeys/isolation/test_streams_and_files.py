"""Subscriptions, and addresses of files: another workspace's answer like what never was."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

import models
from gateway.app import create_app, present
from services.files import signed_path
from services.ids import global_id
from settings import Settings
from tests.journeys.isolation.inputs import arguments, model_at
from tests.journeys.isolation.places import Place, places_of
from tests.journeys.isolation.walker import Watch, document, neighbour, told
from tests.journeys.subscriptions.gateways import Gateway, a_key, bearer, gateway_on_a_port
from tests.recorded import recorded_statements
from tests.worlds import World

__all__ = ["recorded_statements"]


@pytest_asyncio.fixture(scope="module")
async def gateway(settings: Settings, database: None) -> AsyncIterator[Gateway]:
    """A gateway that can be subscribed to."""
    async with gateway_on_a_port(settings) as made:
        yield made


async def over_a_stream(gateway: Gateway, key: str, place: Place, own: World, id: UUID) -> str:
    """The first that a subscriber by server-sent events is told."""
    given = arguments(place, own, global_id(model_at(place), id))
    async with gateway.stream(key, document(place, given), **given) as stream:
        return json.dumps(await stream.read())


async def over_a_socket(gateway: Gateway, key: str, place: Place, own: World, id: UUID) -> str:
    """What a subscriber over WebSocket has been told when the subscription is dealt with."""
    given = arguments(place, own, global_id(model_at(place), id))
    async with gateway.socket(key) as socket:
        await socket.subscribe(document(place, given), **given)
        return json.dumps(socket.waiting)


@pytest.mark.parametrize("subscribe", [over_a_stream, over_a_socket])
@pytest.mark.parametrize("place", places_of("Subscription"), ids=str)
async def test_subscribing_with_an_id_of_another_workspace(
    gateway: Gateway,
    mine: World,
    theirs: World,
    recorded_statements: list[str],
    place: Place,
    subscribe: object,
) -> None:
    assert callable(subscribe)
    key = await a_key(mine.workspace)
    answers = []
    id = theirs.of(model_at(place))[0].id
    for one in (neighbour(id), neighbour(id), id):
        recorded_statements.clear()
        text = await subscribe(gateway, key, place, mine, one)
        ours = [sql for sql in recorded_statements if "api_keys" not in sql]
        answers.append((text.replace(one.hex, "asked"), ours))
    assert answers[2] == answers[1]
    assert "NOT_FOUND" in answers[2][0]


@pytest_asyncio.fixture
async def fetching(
    settings: Settings, database: None, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A client who fetches files, with no key."""
    app = create_app(settings.model_copy(update={"files": tmp_path}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        yield http


@pytest.mark.parametrize("model", [models.Import, models.Export])
@pytest.mark.parametrize("workspace", ["mine", "theirs"])
async def test_an_address_of_a_file_of_another_workspace(
    fetching: httpx.AsyncClient,
    mine: World,
    theirs: World,
    watch: Watch,
    model: type[models.Import] | type[models.Export],
    workspace: str,
) -> None:
    """In one's own workspace with a signature that would be good for it, as both worlds have the
    same key there; in the other with a wrong one."""
    named = (mine if workspace == "mine" else theirs).workspace.id
    [own, row] = [world.of(model)[0] for world in (mine, theirs)]
    assert own.download_key == row.download_key
    answers = []
    for id in (neighbour(row.id), neighbour(row.id), row.id):
        url = signed_path(named, global_id(model, id), own.download_key, present())
        if workspace == "theirs":
            url = f"{url[:-64]}{'0' * 64}"
        answers.append(await told(watch, fetching.get(url), mine, id))
    assert answers[2] == answers[1]
    assert answers[2].status == 404


async def test_a_file_is_sent_in_for_ones_own_workspace_whatever_it_says(
    settings: Settings, mine: World, theirs: World, tmp_path: Path
) -> None:
    app = create_app(settings.model_copy(update={"files": tmp_path}))
    key = await a_key(mine.workspace)
    headers = {"Authorization": bearer(key), "X-Workspace": theirs.workspace.id.hex}
    url = f"/uploads?workspace={theirs.workspace.id.hex}&name=../{theirs.workspace.id.hex}/a.csv"
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        response = await http.post(url, content=b"Nama\nBudi\n", headers=headers)
    assert response.status_code == 201
    [kept] = os.listdir(tmp_path)
    assert kept == mine.workspace.id.hex
