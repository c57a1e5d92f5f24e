"""API keys: how other systems say who they are.

A key is `sk_<workspace>_<secret>`: the workspace's UUID in base64url (22 characters), so that
looking it up is an ordinary query of that workspace under row-level security, and 43 characters of
256 random bits. Only its SHA-256 is kept: a secret that random needs no slow hash.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models import ApiKey, Role
from models.base import new_id
from services.actors import ALL_SCOPES, Actor, Caller, Recognized, granted_scopes, may_give
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.notices import Announce, KeyRevoked
from services.texts import clean_line
from services.transactions import Transaction, UnknownWorkspace, workspace_transaction

KEY_PREFIX = "sk_"
FORM = re.compile(r"sk_([A-Za-z0-9_-]{22})_([A-Za-z0-9_-]{43})")
HINT_LENGTH = 4
USE_NOTED_EVERY = timedelta(minutes=1)

FIND = """
    SELECT id, name, role, scopes, secret_hash, expires_at, last_used_at, revoked_at
    FROM api_keys WHERE workspace_id = $1 AND secret_hash = $2"""
NOTE_USE = """
    UPDATE api_keys SET last_used_at = $3
    WHERE workspace_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $4)"""
REVOKE = """
    UPDATE api_keys SET revoked_at = $3
    WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL"""
EXISTS = "SELECT 1 FROM api_keys WHERE workspace_id = $1 AND id = $2"


async def create_key(
    workspace_id: UUID,
    role: Role,
    scopes: Iterable[str] = (),
    name: str = "API key",
    expires_at: datetime | None = None,
    *,
    now: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the row that is kept, and the key itself, which nobody can see again.

    Scopes narrow a role, and are all that a partner's key may do (`actors.granted_scopes`). Raises
    a Refusal (INVALID) for an unknown scope, a bad name or an expiry that is past, and
    UnknownWorkspace.
    """
    instant = now or datetime.now(UTC)
    async with workspace_transaction(workspace_id, now=instant) as transaction:
        return await make_key(transaction, role, scopes, name, expires_at)


async def make_key(
    tx: Transaction,
    role: Role,
    scopes: Iterable[str] = (),
    name: str = "API key",
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key in a transaction, as `create_key` does.

    Whoever acts in the transaction gives away no more than they have: raises a Refusal (FORBIDDEN)
    for a role above theirs, and for what they may not do themselves.
    """
    wanted = sorted(set(scopes))
    _check_scopes(tx.actor, role, wanted)
    if expires_at is not None and expires_at <= tx.now:
        raise invalid("expiresAt is past: give an instant to come.", "expiresAt")
    key = f"{KEY_PREFIX}{_encode(tx.workspace_id)}_{secrets.token_urlsafe(32)}"
    row = ApiKey(
        id=new_id(),
        workspace_id=tx.workspace_id,
        name=clean_line(name, "name"),
        role=role,
        scopes=wanted,
        secret_hash=_digest(key),
        hint=key[-HINT_LENGTH:],
        created_by_id=tx.actor.user_id if tx.actor else None,
        created_at=tx.now,
        expires_at=expires_at,
    )
    await row.save(using_db=tx.connection, force_create=True)
    return row, key


def _check_scopes(actor: Actor | None, role: Role, wanted: Sequence[str]) -> None:
    """Raise a Refusal for an unknown scope, and for what is not the actor's to give."""
    unknown = [scope for scope in wanted if scope not in ALL_SCOPES]
    if unknown:
        raise invalid(
            f"“{unknown[0][:60]}” is no scope. There are {', '.join(sorted(ALL_SCOPES))}.", "scopes"
        )
    if actor is None:
        return
    may_give(actor, role)
    beyond = granted_scopes(role, wanted) - actor.scopes
    if beyond:
        raise Refusal(
            ErrorCode.FORBIDDEN,
            f"A key may do no more than who makes it: not {', '.join(sorted(beyond))}.",
            ("scopes",),
        )


async def list_keys(workspace_id: UUID) -> list[ApiKey]:
    """The workspace's keys, revoked ones too, oldest first. Raises UnknownWorkspace."""
    async with workspace_transaction(workspace_id) as transaction:
        return (
            await ApiKey.filter(workspace_id=workspace_id)
            .using_db(transaction.connection)
            .order_by("created_at", "id")
        )


async def revoke_key(
    workspace_id: UUID, key_id: UUID, announce: Announce, *, now: datetime | None = None
) -> bool:
    """End a key at once; for one that is revoked already nothing changes.

    False where the gateways could not be told: they find out within seconds, when they next look
    the key up. Revoking again tells them again. Raises a Refusal (NOT_FOUND) where the workspace
    has no such key, and UnknownWorkspace.
    """
    async with workspace_transaction(workspace_id, now=now) as transaction:
        await end_key(transaction, key_id)
    return await tell_of_end(key_id, announce)


async def end_key(tx: Transaction, key_id: UUID) -> None:
    """End a key with the transaction; `tell_of_end` after the commit.

    Raises a Refusal (NOT_FOUND) where the workspace has no such key.
    """
    changed = await tx.execute(REVOKE, tx.workspace_id, key_id, tx.now)
    if not changed and not await tx.fetch(EXISTS, tx.workspace_id, key_id):
        raise not_found("API key", "id")


async def tell_of_end(key_id: UUID, announce: Announce) -> bool:
    """Tell the gateways that a key lets nobody in any more; False where they cannot be told."""
    try:
        await announce(KeyRevoked(key_id))
    except OSError:
        return False
    return True


async def authenticate(key: str, now: datetime) -> Recognized | None:
    """Whose key this is; None where it is no key of ours, or no longer one."""
    workspace_id = workspace_of(key)
    if workspace_id is None:
        return None
    digest = _digest(key)
    try:
        async with workspace_transaction(workspace_id, now=now) as transaction:
            rows = await transaction.fetch(FIND, workspace_id, digest)
    except UnknownWorkspace:
        return None
    if not rows or not hmac.compare_digest(rows[0]["secret_hash"], digest):
        return None
    row = rows[0]
    if row["revoked_at"] is not None or _past(row["expires_at"], now):
        return None
    role = Role(row["role"])
    actor = Actor(
        workspace_id=workspace_id,
        role=role,
        scopes=granted_scopes(role, row["scopes"]),
        api_key_id=row["id"],
        api_key_name=row["name"],
    )
    return Recognized(
        Caller(actor, transaction.workspace),
        ends_at=row["expires_at"],
        use_to_note=row["last_used_at"] is None or row["last_used_at"] < now - USE_NOTED_EVERY,
    )


async def note_use(workspace_id: UUID, key_id: UUID, now: datetime) -> None:
    """Note that a key was used, unless that was noted less than a minute ago.

    So a busy key's row is not written at each request; and no request needs to wait for this.
    """
    async with workspace_transaction(workspace_id, now=now) as transaction:
        stale = now - USE_NOTED_EVERY
        await transaction.execute(NOTE_USE, workspace_id, key_id, now, stale)


def workspace_of(key: str) -> UUID | None:
    """The workspace that a key names; None where it has not the form of a key."""
    match = FORM.fullmatch(key)
    if match is None:
        return None
    try:
        return UUID(bytes=base64.b64decode(match[1] + "==", altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None


def _encode(workspace_id: UUID) -> str:
    return base64.urlsafe_b64encode(workspace_id.bytes).rstrip(b"=").decode()


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _past(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant <= now
