"""`key`: the API keys of a workspace."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from gateway.databases import run_on_database
from gateway.failures import Failure
from gateway.installations import Data, find_settings
from gateway.valkey import announcing
from models import ApiKey, Role, Workspace
from resolvers.ids import global_id, parse_operator_id
from services.actors import Scope
from services.api_keys import create_key, list_keys, revoke_key
from services.workspaces import find_workspace
from settings import Settings

key_command = typer.Typer(no_args_is_help=True, help="API keys of a workspace.")
Result = TypeVar("Result")
OfWorkspace = Annotated[str, typer.Option("--workspace", help="Id of the workspace.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@key_command.command()
def create(
    workspace: OfWorkspace,
    role: Annotated[str, typer.Option(help="owner, admin, agent or partner.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="What a partner may do; narrows other roles.")
    ] = None,
    name: Annotated[str, typer.Option(help="By which people know it.")] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Create a key. It is printed this once: only its hash is kept."""
    chosen, scopes = parse_role(role), parse_scopes(scope or [])
    label = name or f"{chosen.value.lower()} key"
    key, secret = in_workspace(
        workspace, data, lambda workspace_id: create_key(workspace_id, chosen, scopes, label)
    )
    if as_json:
        typer.echo(json.dumps({"id": global_id(ApiKey, key.id), "key": secret}))
        return
    typer.echo(secret)
    typer.echo(f"{global_id(ApiKey, key.id)}. Keep the key now: it is not shown again.", err=True)


@key_command.command("list")
def list_all(workspace: OfWorkspace, as_json: AsJson = False, data: Data = None) -> None:
    """List a workspace's keys, without their secrets."""
    keys = in_workspace(workspace, data, list_keys)
    if as_json:
        typer.echo(json.dumps([describe(key) for key in keys]))
        return
    for key in keys:
        words = [
            global_id(ApiKey, key.id),
            key.role.value.lower(),
            ",".join(key.scopes) or "-",
            f"…{key.hint}",
            "revoked" if key.revoked_at else "active",
            key.name,
        ]
        typer.echo("  ".join(words))


@key_command.command()
def revoke(key: str, workspace: OfWorkspace, data: Data = None) -> None:
    """Revoke a key: from now on it opens nothing."""
    key_id = parse_operator_id(key, ApiKey, "key")
    settings = settings_with_notices(data)

    async def revoke_and_tell(workspace_id: UUID) -> bool:
        async with announcing(settings) as announce:
            return await revoke_key(workspace_id, key_id, announce)

    told = in_workspace(workspace, data, revoke_and_tell)
    typer.echo(f"{global_id(ApiKey, key_id)} is revoked.")
    if not told:
        seconds = f"{settings.caller_cache_seconds:g}"
        typer.echo(
            "Running gateways could not be told, as Valkey cannot be reached (REDIS_URL): they may "
            f"take the key for up to {seconds} seconds yet.",
            err=True,
        )


def settings_with_notices(data: Data) -> Settings:
    """The settings with the address of Valkey, where it is known; the database's is enough."""
    try:
        return find_settings(data)
    except Failure:
        return find_settings(data, redis=False)


def in_workspace(workspace: str, data: Data, action: Callable[[UUID], Awaitable[Result]]) -> Result:
    """Run `action` with the workspace's id. Raises Failure where no workspace has it."""
    workspace_id = parse_operator_id(workspace, Workspace, "workspace")

    async def run() -> Result:
        if await find_workspace(workspace_id) is None:
            raise Failure(
                f"No workspace has the id {workspace}. `./satukan workspace list` names them all."
            )
        return await action(workspace_id)

    return run_on_database(find_settings(data, redis=False), run)


def parse_role(value: str) -> Role:
    """The role of this name. Raises Failure for any other."""
    try:
        return Role(value.upper())
    except ValueError:
        names = ", ".join(role.value.lower() for role in Role)
        raise Failure(f"“{value}” is no role. Choose one of: {names}.") from None


def parse_scopes(values: list[str]) -> list[Scope]:
    """The scopes of these names. Raises Failure for any other."""
    unknown = [value for value in values if value not in set(Scope)]
    if unknown:
        raise Failure(f"“{unknown[0]}” is no scope. Choose from: {', '.join(Scope)}.")
    return [Scope(value) for value in values]


def describe(key: ApiKey) -> dict[str, object]:
    """A key as `--json` prints it, without its secret."""
    return {
        "id": global_id(ApiKey, key.id),
        "name": key.name,
        "role": key.role.value,
        "scopes": list(key.scopes),
        "hint": key.hint,
        "createdAt": key.created_at.isoformat(),
        "lastUsedAt": key.last_used_at.isoformat() if key.last_used_at else None,
        "revokedAt": key.revoked_at.isoformat() if key.revoked_at else None,
    }
