"""Every field of the roots, asked through HTTP by every role and by a partner of every scope.

The table is `resolvers/access.py`; `docs/access.md` is the same for its readers.
"""

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from graphql import get_named_type, is_leaf_type

from models import Role
from resolvers.access import rule_of_root_field
from resolvers.access_page import callers, page
from services.actors import Scope
from settings import Settings
from tests.journeys.conftest import Clock, Connect
from tests.journeys.isolation.inputs import MUTATIONS, QUERIES, SUBSCRIPTIONS
from tests.journeys.isolation.places import definition_of, fields_of
from tests.journeys.isolation.walker import a_world
from tests.journeys.subscriptions.gateways import a_key, gateway_on_a_port
from tests.worlds import World

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
CALLERS = {**callers(), "nobody": None}
"""Those of the page, and a partner without any scope."""


@pytest_asyncio.fixture(scope="module")
async def world(database: None) -> World:
    """A workspace with everything in it: what is let in finds something."""
    return await a_world()


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text() == page()


def role_and_scopes(caller: str) -> tuple[Role, tuple[str, ...]]:
    """What a key is made with for a column of the page."""
    if caller in Role.__members__:
        return Role(caller), ()
    return Role.PARTNER, (Scope(caller).value,) if caller != "nobody" else ()


def document(root: str, field: str, given: dict[str, Any]) -> str:
    """An operation for a field: of a payload its errors, else no more than a type."""
    definition = definition_of(root, (field,))
    head = ", ".join(f"${name}: {definition.args[name].type}" for name in given)
    inside = ", ".join(f"{name}: ${name}" for name in given)
    leaf = is_leaf_type(get_named_type(definition.type))
    inner = "" if leaf else "{ errors { code } }" if root == "Mutation" else "{ __typename }"
    asked = f"({inside})" if given else ""
    return f"{root.lower()} Cell{f'({head})' if given else ''} {{ {field}{asked} {inner} }}"


def expected(root: str, caller: str) -> set[str]:
    """The fields of a root that the table lets a caller ask for."""
    role, scopes = role_and_scopes(caller)
    actor = callers().get(caller)
    if actor is None:
        return {"viewer"} & fields_of(root).keys()
    assert (actor.role, bool(scopes)) == (role, role is Role.PARTNER)
    rules = {field: rule_of_root_field(root, field) for field in fields_of(root)}
    return {field for field, rule in rules.items() if rule is not None and rule.allows(actor)}


@pytest.mark.parametrize("caller", CALLERS)
async def test_queries(world: World, connect: Connect, caller: str) -> None:
    client = await connect(world.workspace, *role_and_scopes(caller), clock=Clock())
    allowed = set()
    for field in fields_of("Query"):
        given = QUERIES[field](world) if field in QUERIES else {}
        response = await client.send(document("Query", field, given), **given)
        body = response.json()
        assert response.status_code == (403 if is_forbidden(body) else 200), body
        if not is_forbidden(body):
            allowed.add(field)
    assert allowed == expected("Query", caller)


@pytest.mark.parametrize("caller", CALLERS)
async def test_mutations(world: World, connect: Connect, caller: str) -> None:
    client = await connect(world.workspace, *role_and_scopes(caller), clock=Clock())
    allowed = set()
    for field in fields_of("Mutation"):
        given = {"input": MUTATIONS[field](world)}
        response = await client.send(document("Mutation", field, given), **given)
        body = response.json()
        assert "errors" not in body, body
        errors = body["data"][field]["errors"]
        if "FORBIDDEN" not in [error["code"] for error in errors]:
            allowed.add(field)
    assert allowed == expected("Mutation", caller)


@pytest.mark.parametrize("caller", CALLERS)
async def test_subscriptions(world: World, settings: Settings, caller: str) -> None:
    role, scopes = role_and_scopes(caller)
    key = await a_key(world.workspace, role, scopes)
    allowed = set()
    async with gateway_on_a_port(settings) as gateway, gateway.socket(key) as socket:
        for field in fields_of("Subscription"):
            given = SUBSCRIPTIONS[field](world) if field in SUBSCRIPTIONS else {}
            text = document("Subscription", field, given)
            await socket.subscribe(text, id=field, **given)
            told = [one for one in socket.waiting if one.get("id") == field]
            if not any(is_forbidden({"errors": one["payload"]}) for one in errors_in(told)):
                allowed.add(field)
    assert allowed == expected("Subscription", caller)


def errors_in(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages that refuse a subscription."""
    return [one for one in told if one["type"] == "error"]


def is_forbidden(body: Any) -> bool:
    """Whether an answer says that its caller may not ask."""
    codes = [one["extensions"]["code"] for one in body.get("errors", []) if "extensions" in one]
    return "FORBIDDEN" in codes
