"""Asking as one workspace with ids of another, through HTTP, and what of an answer is compared."""

import re
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from graphql import get_named_type, is_leaf_type

import models
from models import PropertyType
from models.statements import Tally, tally
from services.ids import FORM, MODELS, global_id
from services.workspaces import create_workspace
from settings import Settings
from tests.asking import OF_THE_DRIVER
from tests.journeys.conftest import Client
from tests.journeys.isolation.inputs import USER_PROPERTY, arguments, model_at
from tests.journeys.isolation.places import LITERALS, Place, around, definition_of
from tests.journeys.walking import whole
from tests.tabled import contact_log
from tests.worlds import World, build_world

MOST_TRIED = 2
OWN_HEADERS = {"x-request-id", "date"}


async def a_world(customers: int = 2) -> World:
    """A workspace with everything in it, and a property whose values are users."""
    world = await build_world(await create_workspace("Toko"), customers)
    world.records.property(USER_PROPERTY, PropertyType.USER)
    keeper = global_id(models.User, world.of(models.User)[0].id)
    world.records.customer("Penjaga", properties={USER_PROPERTY: keeper})
    for kind in models.ContactLogKind:
        contact_log(world.records, world.customers[0], kind)
    await world.records.save()
    return world


@dataclass(frozen=True)
class Told:
    """All that a caller can learn from an answer: and the statements, whose number takes time."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str
    statements: tuple[str, ...]


class Watch:
    """Keeps the statements of each request."""

    def __init__(self) -> None:
        self.requests: list[Tally] = []

    @contextmanager
    def tally(self) -> Iterator[Tally]:
        """What `gateway.tracing` counts by."""
        with tally() as counted:
            self.requests.append(counted)
            yield counted


def neighbour(id: UUID) -> UUID:
    """An id that never was, at the same place in any order."""
    return UUID(int=id.int ^ 1)


def document(place: Place, given: dict[str, Any]) -> str:
    """An operation for a place, with a variable for each argument."""
    definition = definition_of(place.root, place.route)
    kinds = {name: definition.args[name].type for name in given}
    head = ", ".join(f"${name}: {kind}" for name, kind in kinds.items())
    inside = ", ".join(f"{name}: ${name}" for name in kinds)
    inner = get_named_type(definition.type)
    asked = "" if is_leaf_type(inner) else f" {{ {whole(inner.name, 1, LITERALS)} }}"
    text = f"{place.route[-1]}({inside}){asked}"
    text = around(place.root, place.route, text)
    return f"{place.root.lower()} W({head}) {{ {text} }}"


async def tell(
    client: Client, watch: Watch, place: Place, own: World, id: UUID, beside: bool
) -> Told:
    """What the caller is told who names the row `id` at a place; `beside` one of their own."""
    model = model_at(place)
    named = global_id(model, id)
    value: object = named
    if place.many:
        value = [global_id(model, own.of(model)[0].id), named] if beside else [named]
    given = arguments(place, own, value)
    return await told(watch, client.send(document(place, given), **given), own, id)


async def told(watch: Watch, request: Awaitable[httpx.Response], own: World, id: UUID) -> Told:
    """What a request is answered with, but for the id that was asked for."""
    watch.requests.clear()
    response = await request
    [counted] = watch.requests
    statements = [one for one in counted.statements if not any(m in one for m in OF_THE_DRIVER)]
    return Told(
        response.status_code,
        headers_of(response),
        without(response.text, id, known_ids(own)),
        tuple(statements),
    )


def headers_of(response: httpx.Response) -> tuple[tuple[str, str], ...]:
    """The headers that say something."""
    return tuple(sorted((k, v) for k, v in response.headers.items() if k not in OWN_HEADERS))


def known_ids(*worlds: World) -> set[str]:
    """The ids of all that a world was built with, in hex."""
    return {
        row.id.hex for world in worlds for rows in world.records.rows.values() for row in rows
    } | {world.workspace.id.hex for world in worlds}


def without(text: str, id: UUID, known: set[str]) -> str:
    """A text without the id that was asked for, and without those that the answer made anew."""
    text = text.replace(id.hex, "asked").replace(str(id), "asked")
    return FORM_WITHIN.sub(
        lambda found: found[0] if found[1] not in MODELS or found[2] in known else "made", text
    )


FORM_WITHIN = re.compile(rf"\b{FORM.pattern}\b")


def candidates(world: World, model: Any, most: int = MOST_TRIED) -> list[UUID]:
    """Some rows of a world, spread over all that it has."""
    ids = [row.id for row in world.of(model)]
    assert ids, f"a world has no {model.__name__}"
    return list(dict.fromkeys(ids[:: max(1, len(ids) // most)]))


OF_THE_WORLD = {"api_keys": " AND name LIKE 'Mitra %'"}
"""Which rows are a world's own: a test makes itself a key besides."""


async def digest(settings: Settings, world: World) -> dict[str, str]:
    """What stands in each table of a workspace, as a checksum."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        return {
            table: await connection.fetchval(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
                f" WHERE workspace_id = $1{OF_THE_WORLD.get(table, '')}",
                world.workspace.id,
            )
            for table in sorted(one._meta.db_table for one in all_models())
        }
    finally:
        await connection.close()


def all_models() -> list[Any]:
    """Every model that has rows of workspaces."""
    return [
        one
        for one in vars(models).values()
        if isinstance(one, type) and getattr(one, "_meta", None) is not None
    ]
