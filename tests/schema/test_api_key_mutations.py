"""Keys and users over GraphQL: who may let whom in."""

from datetime import timedelta
from typing import Any

import pytest

from models import Role, Workspace
from models.base import new_id
from resolvers.context import Context, Outside
from schema.root import schema
from services.actors import ALL_SCOPES, Actor, Scope
from services.api_keys import authenticate
from services.notices import KeyRevoked
from tests.asking import an_actor, answer, ask
from tests.rows import NOW

CREATE = """
mutation ($input: ApiKeyInput!) {
  createApiKey(input: $input) {
    apiKey { id name role scopes hint createdAt expiresAt revokedAt createdBy { id } }
    secret errors { code field message } } }"""
REVOKE = """
mutation ($input: DeleteInput!) {
  revokeApiKey(input: $input) { deletedId errors { code field } } }"""
INVITE = """
mutation ($input: UserInput!) {
  inviteUser(input: $input) {
    user { name email role } errors { code field conflictingId } } }"""


async def create(workspace: Workspace, actor: Actor | None = None, **input: Any) -> Any:
    """The payload of making a key."""
    given = {"name": "Mitra", "role": "PARTNER", "scopes": ["events:read"], **input}
    found = await answer(workspace, CREATE, actor=actor, input=given)
    assert not found.errors
    return found.data["createApiKey"]


def codes(payload: Any) -> list[tuple[str, list[str] | None]]:
    """The errors of a payload."""
    return [(one["code"], one["field"]) for one in payload["errors"]]


async def test_a_new_key_is_shown_once_and_lets_its_bearer_in(workspace: Workspace) -> None:
    payload = await create(workspace)
    key, secret = payload["apiKey"], payload["secret"]
    assert payload["errors"] == []
    assert (key["role"], key["scopes"], key["hint"]) == ("PARTNER", ["events:read"], secret[-4:])
    recognized = await authenticate(secret, NOW)
    assert recognized is not None
    assert recognized.caller.actor.scopes == {Scope.EVENTS_READ}
    node = await ask(
        workspace, "query($id: ID!) { node(id: $id) { ... on ApiKey { name } } }", id=key["id"]
    )
    assert node == {"node": {"name": "Mitra"}}


async def test_a_revoked_key_lets_nobody_in_and_every_gateway_hears_of_it(
    workspace: Workspace,
) -> None:
    payload = await create(workspace)
    heard: list[KeyRevoked] = []

    async def announce(notice: KeyRevoked) -> None:
        # What is announced is committed: whoever looks the key up now finds it revoked.
        assert await authenticate(payload["secret"], NOW) is None
        heard.append(notice)

    context = Context(an_actor(workspace), workspace, now=NOW, outside=Outside(announce=announce))
    id = payload["apiKey"]["id"]
    result = await schema.execute(
        REVOKE, variable_values={"input": {"id": id}}, context_value=context
    )
    await context.close()
    assert result.data == {"revokeApiKey": {"deletedId": id, "errors": []}}
    assert [f"key_{notice.key_id.hex}" for notice in heard] == [id]


async def test_a_key_is_revoked_even_where_gateways_cannot_be_told(workspace: Workspace) -> None:
    payload = await create(workspace)
    id = payload["apiKey"]["id"]
    for _ in range(2):
        data = await ask(workspace, REVOKE, input={"id": id})
        assert data["revokeApiKey"] == {"deletedId": id, "errors": []}
    assert await authenticate(payload["secret"], NOW) is None


async def test_a_key_ends_at_its_time(workspace: Workspace) -> None:
    until = NOW + timedelta(days=1)
    payload = await create(workspace, expiresAt=until.isoformat())
    assert await authenticate(payload["secret"], until - timedelta(seconds=1)) is not None
    assert await authenticate(payload["secret"], until) is None


@pytest.mark.parametrize(
    ("input", "code", "field"),
    [
        ({"name": " "}, "INVALID", ["name"]),
        ({"scopes": ["customers:eat"]}, "INVALID", ["scopes"]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "INVALID", ["expiresAt"]),
    ],
)
async def test_bad_keys_are_refused(
    workspace: Workspace, input: dict[str, Any], code: str, field: list[str]
) -> None:
    payload = await create(workspace, **input)
    assert (payload["apiKey"], payload["secret"]) == (None, None)
    assert codes(payload) == [(code, field)]


@pytest.mark.parametrize(
    ("role", "scopes", "asked", "expected"),
    [
        (Role.OWNER, ALL_SCOPES, {"role": "OWNER", "scopes": []}, []),
        (Role.ADMIN, ALL_SCOPES, {"role": "ADMIN", "scopes": []}, []),
        (Role.ADMIN, ALL_SCOPES, {"role": "OWNER", "scopes": []}, [("FORBIDDEN", ["role"])]),
        (
            Role.ADMIN,
            {Scope.SETTINGS_MANAGE},
            {"role": "ADMIN", "scopes": []},
            [("FORBIDDEN", ["scopes"])],
        ),
        (
            Role.ADMIN,
            {Scope.SETTINGS_MANAGE},
            {"role": "PARTNER", "scopes": ["events:read"]},
            [("FORBIDDEN", ["scopes"])],
        ),
        (
            Role.ADMIN,
            {Scope.SETTINGS_MANAGE, Scope.EVENTS_READ},
            {"role": "PARTNER", "scopes": ["events:read"]},
            [],
        ),
        (Role.AGENT, ALL_SCOPES, {"role": "AGENT", "scopes": []}, [("FORBIDDEN", None)]),
        (Role.PARTNER, ALL_SCOPES, {"role": "PARTNER"}, [("FORBIDDEN", None)]),
    ],
)
async def test_nobody_gives_away_more_than_they_have(
    workspace: Workspace, role: Role, scopes: Any, asked: dict[str, Any], expected: Any
) -> None:
    actor = an_actor(workspace, role, scopes=frozenset(scopes))
    payload = await create(workspace, actor, **asked)
    assert codes(payload) == expected
    assert (payload["secret"] is None) == bool(expected)


async def test_keys_of_another_workspace_are_not_found(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    payload = await create(other_workspace)
    for id in (payload["apiKey"]["id"], f"key_{new_id().hex}"):
        data = await ask(workspace, REVOKE, input={"id": id})
        assert codes(data["revokeApiKey"]) == [("NOT_FOUND", ["id"])]
    assert await authenticate(payload["secret"], NOW) is not None


async def invite(workspace: Workspace, actor: Actor | None = None, **input: Any) -> Any:
    """The payload of an invitation."""
    given = {"name": "Rina", "email": "Rina@Toko.example", "role": "AGENT", **input}
    found = await answer(workspace, INVITE, actor=actor, input=given)
    assert not found.errors
    return found.data["inviteUser"]


async def test_an_invited_user_is_among_the_users(workspace: Workspace) -> None:
    payload = await invite(workspace)
    assert payload["errors"] == []
    assert payload["user"]["email"].lower() == "rina@toko.example"
    data = await ask(workspace, '{ users(search: "rina") { nodes { name role } } }')
    assert data == {"users": {"nodes": [{"name": "Rina", "role": "AGENT"}]}}


async def test_an_address_is_invited_once(workspace: Workspace, other_workspace: Workspace) -> None:
    await invite(workspace)
    [error] = (await invite(workspace, email="rina@toko.example", name="Other"))["errors"]
    assert (error["code"], error["field"]) == ("DUPLICATE", ["email"])
    assert error["conflictingId"].startswith("usr_")
    assert (await invite(other_workspace))["errors"] == []


@pytest.mark.parametrize(
    ("role", "input", "expected"),
    [
        (Role.OWNER, {"role": "OWNER"}, []),
        (Role.ADMIN, {"role": "OWNER"}, [("FORBIDDEN", ["role"])]),
        (Role.ADMIN, {"role": "ADMIN"}, []),
        (Role.OWNER, {"role": "PARTNER"}, [("INVALID", ["role"])]),
        (Role.OWNER, {"email": "rina"}, [("INVALID", ["email"])]),
        (Role.OWNER, {"name": ""}, [("INVALID", ["name"])]),
        (Role.AGENT, {}, [("FORBIDDEN", None)]),
    ],
)
async def test_who_may_invite_whom(
    workspace: Workspace, role: Role, input: dict[str, Any], expected: Any
) -> None:
    payload = await invite(workspace, an_actor(workspace, role), **input)
    assert [(one["code"], one["field"]) for one in payload["errors"]] == expected
