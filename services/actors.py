"""Actors: who is asking, and what they may do, settled once at the beginning of a request."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from models import Role, Workspace
from services.errors import ErrorCode, Refusal


class Scope(StrEnum):
    """One thing that a caller may be allowed to do."""

    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    MERGES_READ = "merges:read"
    MERGES_WRITE = "merges:write"
    EVENTS_READ = "events:read"
    WEBHOOKS_MANAGE = "webhooks:manage"
    INGEST_WRITE = "ingest:write"
    SETTINGS_MANAGE = "settings:manage"


ALL_SCOPES = frozenset(Scope)

ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.OWNER: ALL_SCOPES,
    Role.ADMIN: ALL_SCOPES,
    Role.AGENT: ALL_SCOPES - {Scope.SETTINGS_MANAGE, Scope.WEBHOOKS_MANAGE},
    Role.PARTNER: frozenset(),
}
"""What each role may do by itself. A partner may do only what a key's scopes say."""

ADMINISTRATORS = frozenset({Role.OWNER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: a user by a token, or a key.

    `scopes` are what the actor may do in the end: for a user those of the role, for a key see
    `granted_scopes`. `user_id` is the user whose token it was; a key has none.
    """

    workspace_id: UUID
    role: Role
    scopes: frozenset[str]
    user_id: UUID | None = None
    api_key_id: UUID | None = None
    api_key_name: str | None = None

    @property
    def administers(self) -> bool:
        """Whether the actor looks after the workspace: its keys, users and settings."""
        return self.role in ADMINISTRATORS


@dataclass(frozen=True, slots=True)
class Caller:
    """An actor, and the workspace in which they act."""

    actor: Actor
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class Recognized:
    """Whose a key or token is, and for how long that may be remembered.

    From `ends_at` on it is nobody's; None: it has no end of its own. `use_to_note`: whether the
    use of a key is to be noted (`api_keys.note_use`), which nobody has to wait for.
    """

    caller: Caller
    ends_at: datetime | None = None
    use_to_note: bool = False


def granted_scopes(role: Role, scopes: Iterable[str]) -> frozenset[str]:
    """What a key of `role` that was made with `scopes` may do.

    A partner's key may do what its scopes say and nothing else. Scopes on a key of another role
    narrow the role; without any the key may do what the role may.
    """
    named = frozenset(scopes)
    if role is Role.PARTNER:
        return ALL_SCOPES & named
    return ROLE_SCOPES[role] & named if named else ROLE_SCOPES[role]


def may_give(actor: Actor, role: Role) -> None:
    """Raise a Refusal (FORBIDDEN) where the actor may not make somebody, or a key, of this role.

    Only owners make owners.
    """
    if role is Role.OWNER and actor.role is not Role.OWNER:
        raise Refusal(ErrorCode.FORBIDDEN, "Only an owner makes an owner.", ("role",))
