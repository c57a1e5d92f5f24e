"""API keys: their form, what they let in, and when they no longer do."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from models import ApiKey, Role, Workspace
from services.actors import ALL_SCOPES, ROLE_SCOPES, Caller, Scope
from services.api_keys import (
    FORM,
    authenticate,
    create_key,
    list_keys,
    note_use,
    revoke_key,
    workspace_of,
)
from services.errors import ErrorCode, Refusal
from services.notices import KeyRevoked
from services.transactions import UnknownWorkspace, workspace_transaction

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Gateways:
    """Hears what is announced; while it is `deaf`, nobody can be told."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf
        self.heard: list[KeyRevoked] = []

    async def __call__(self, notice: KeyRevoked) -> None:
        if self.deaf:
            raise OSError("nobody there")
        self.heard.append(notice)


async def caller_of(key: str, now: datetime = NOW) -> Caller | None:
    """Whom a key stands for."""
    recognized = await authenticate(key, now)
    return None if recognized is None else recognized.caller


async def last_used(workspace: Workspace, key: ApiKey) -> datetime | None:
    [row] = [row for row in await list_keys(workspace.id) if row.id == key.id]
    return row.last_used_at


async def test_a_key_names_its_workspace_and_lets_in(workspace: Workspace) -> None:
    row, key = await create_key(workspace.id, Role.ADMIN, name="Till", now=NOW)
    assert FORM.fullmatch(key)
    assert workspace_of(key) == workspace.id
    caller = await caller_of(key)
    assert caller is not None
    assert caller.workspace.id == workspace.id
    assert caller.actor.workspace_id == workspace.id
    assert caller.actor.role is Role.ADMIN
    assert (caller.actor.api_key_id, caller.actor.api_key_name) == (row.id, "Till")
    assert caller.actor.user_id is None


async def test_the_key_itself_is_kept_nowhere(workspace: Workspace) -> None:
    row, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    async with workspace_transaction(workspace.id) as transaction:
        [kept] = await transaction.fetch(
            "SELECT * FROM api_keys WHERE workspace_id = $1 AND id = $2", workspace.id, row.id
        )
    secret = key[-43:]
    assert not any(key in str(value) or secret in str(value) for value in kept.values())
    assert kept["hint"] == key[-4:]


@pytest.mark.parametrize(
    ("role", "scopes", "granted"),
    [
        (Role.OWNER, [], ALL_SCOPES),
        (Role.ADMIN, [], ALL_SCOPES),
        (Role.AGENT, [], ALL_SCOPES - {Scope.SETTINGS_MANAGE, Scope.WEBHOOKS_MANAGE}),
        (Role.PARTNER, [], frozenset()),
        (Role.PARTNER, ["merges:read", "events:read"], {"merges:read", "events:read"}),
        (Role.ADMIN, ["customers:read"], {"customers:read"}),
        (Role.AGENT, ["customers:read", "settings:manage"], {"customers:read"}),
    ],
)
async def test_a_key_may_do_what_its_role_and_scopes_say(
    workspace: Workspace, role: Role, scopes: list[str], granted: set[str]
) -> None:
    _, key = await create_key(workspace.id, role, scopes, now=NOW)
    caller = await caller_of(key)
    assert caller is not None
    assert caller.actor.scopes == granted
    assert ROLE_SCOPES[role] >= caller.actor.scopes or role is Role.PARTNER


async def test_a_key_ends_at_its_expiry(workspace: Workspace) -> None:
    expiry = NOW + timedelta(hours=1)
    _, key = await create_key(workspace.id, Role.AGENT, expires_at=expiry, now=NOW)
    recognized = await authenticate(key, expiry - timedelta(microseconds=1))
    assert recognized is not None
    assert recognized.ends_at == expiry
    assert await authenticate(key, expiry) is None


async def test_a_key_ends_when_it_is_revoked(workspace: Workspace) -> None:
    row, key = await create_key(workspace.id, Role.AGENT, now=NOW)
    gateways = Gateways()
    assert await revoke_key(workspace.id, row.id, gateways, now=NOW)
    assert await authenticate(key, NOW) is None
    await revoke_key(workspace.id, row.id, gateways, now=NOW + timedelta(days=1))
    [kept] = await list_keys(workspace.id)
    assert kept.revoked_at == NOW
    assert gateways.heard == [KeyRevoked(row.id)] * 2


async def test_gateways_hear_of_a_revocation_when_it_is_committed(workspace: Workspace) -> None:
    row, key = await create_key(workspace.id, Role.AGENT, now=NOW)
    found: list[object] = []

    async def look(notice: KeyRevoked) -> None:
        found.append(await authenticate(key, NOW))

    await revoke_key(workspace.id, row.id, look, now=NOW)
    assert found == [None]


async def test_a_key_is_revoked_even_if_no_gateway_can_be_told(workspace: Workspace) -> None:
    row, key = await create_key(workspace.id, Role.AGENT, now=NOW)
    assert not await revoke_key(workspace.id, row.id, Gateways(deaf=True), now=NOW)
    assert await authenticate(key, NOW) is None


async def test_no_other_token_lets_in(workspace: Workspace, other_workspace: Workspace) -> None:
    _, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    _, other = await create_key(other_workspace.id, Role.OWNER, now=NOW)
    head, secret = key[:26], key[26:]
    wrong = [
        "",
        "sk_",
        key[:-1],
        key + "A",
        key[:-1] + ("A" if key[-1] != "A" else "B"),
        other[:26] + secret,
        head + "A" * 43,
        "sk_" + "A" * 22 + "_" + "A" * 43,
        key.replace("sk_", "SK_"),
        key + "\0",
        "sk_" + "é" * 22 + "_" + "A" * 43,
    ]
    assert [await authenticate(token, NOW) for token in wrong] == [None] * len(wrong)


async def test_use_is_noted_once_a_minute(workspace: Workspace) -> None:
    row, key = await create_key(workspace.id, Role.OWNER, now=NOW)
    assert await last_used(workspace, row) is None
    for seconds, noted in ((0, 0), (59, 0), (60, 0), (61, 61), (100, 61), (200, 200)):
        now = NOW + timedelta(seconds=seconds)
        recognized = await authenticate(key, now)
        assert recognized is not None
        assert recognized.use_to_note is (seconds == noted)
        await note_use(workspace.id, row.id, now)
        assert await last_used(workspace, row) == NOW + timedelta(seconds=noted)


async def test_keys_are_listed_by_workspace(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    await create_key(workspace.id, Role.OWNER, name="first", now=NOW)
    await create_key(workspace.id, Role.OWNER, name="second", now=NOW + timedelta(seconds=1))
    await create_key(other_workspace.id, Role.OWNER, name="other", now=NOW)
    assert [key.name for key in await list_keys(workspace.id)] == ["first", "second"]


async def test_a_key_of_another_workspace_is_not_there_to_revoke(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    row, key = await create_key(other_workspace.id, Role.OWNER, now=NOW)
    gateways = Gateways()
    with pytest.raises(Refusal) as caught:
        await revoke_key(workspace.id, row.id, gateways)
    assert caught.value.code is ErrorCode.NOT_FOUND
    assert gateways.heard == []
    assert await authenticate(key, NOW) is not None


@pytest.mark.parametrize(
    ("scopes", "name", "expires_at", "field"),
    [
        (["customers:delete"], "x", None, ("scopes",)),
        ([], " ", None, ("name",)),
        ([], "x", NOW, ("expiresAt",)),
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(
    workspace: Workspace,
    scopes: list[str],
    name: str,
    expires_at: datetime | None,
    field: tuple[str, ...],
) -> None:
    with pytest.raises(Refusal) as caught:
        await create_key(workspace.id, Role.PARTNER, scopes, name, expires_at, now=NOW)
    assert (caught.value.code, caught.value.field) == (ErrorCode.INVALID, field)
    assert await list_keys(workspace.id) == []


async def test_there_is_no_key_of_a_workspace_that_does_not_exist(database: None) -> None:
    with pytest.raises(UnknownWorkspace):
        await create_key(uuid4(), Role.OWNER)
