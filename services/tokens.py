"""Users' tokens: JWTs of an identity provider, checked against its published keys (JWKS).

A token says who its bearer is and in which workspace. What they may do there is said by their row
in `users`, never by the token.
"""

import asyncio
import json
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import jwt

from models import Role
from services.actors import ROLE_SCOPES, Actor, Caller, Recognized
from services.transactions import Transaction, UnknownWorkspace, workspace_transaction
from settings import Settings

LONGEST_TOKEN = 8_192
LARGEST_KEY_SET = 262_144

BY_SUBJECT = """
    SELECT id, role, disabled_at FROM users WHERE workspace_id = $1 AND subject = $2"""
ADOPT_BY_EMAIL = """
    UPDATE users SET subject = $2, updated_at = $4
    WHERE workspace_id = $1 AND lower(email) = lower($3) AND subject IS NULL
        AND disabled_at IS NULL
    RETURNING id, role, disabled_at"""


class KeysUnavailable(Exception):
    """The identity provider's keys cannot be read, and none are known from before."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a valid token says of its bearer. `email`: None unless the provider has verified it.

    The token is good for nothing from `ends_at` on; None: that is beyond all calendars.
    """

    workspace_id: UUID
    subject: str
    email: str | None
    ends_at: datetime | None


class KeySet:
    """The provider's keys: read when first needed, again after their lifetime, and again when a
    token names a key that is not among them, but not more often than the settings say."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys: list[jwt.PyJWK] = []
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def find(self, key_id: str | None, now: datetime) -> jwt.PyJWK | None:
        """The key of this id, or the only one where a token names none. Raises KeysUnavailable."""
        if self._age(self._read_at, now) >= self._settings.jwks_lifetime_seconds:
            await self._read(now)
        found = self._lookup(key_id)
        if found is None and key_id is not None:
            await self._read(now)
            found = self._lookup(key_id)
        return found

    def _lookup(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == key_id), None)

    async def _read(self, now: datetime) -> None:
        """Read the keys, unless that was tried a moment ago. Old ones serve on if it fails."""
        async with self._reading:
            if self._age(self._tried_at, now) >= self._settings.jwks_refetch_seconds:
                self._tried_at = now
                try:
                    self._keys = parse_keys(await asyncio.to_thread(self._load))
                    self._read_at = now
                except (OSError, ValueError, jwt.PyJWTError) as error:
                    if self._read_at is None:
                        raise KeysUnavailable("the key set cannot be read") from error
            if self._read_at is None:
                raise KeysUnavailable("the key set could not be read a moment ago")

    def _load(self) -> bytes:
        path, url = self._settings.jwks_path, self._settings.jwks_url
        if path is not None:
            return Path(path).read_bytes()
        if url is None or urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("jwks_url must be an http or https address")
        request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310
        with urllib.request.urlopen(  # noqa: S310 - the scheme is checked above
            request, timeout=self._settings.jwks_timeout_seconds
        ) as answer:
            content: bytes = answer.read(LARGEST_KEY_SET + 1)
        if len(content) > LARGEST_KEY_SET:
            raise ValueError("the key set is too large")
        return content

    @staticmethod
    def _age(instant: datetime | None, now: datetime) -> float:
        return float("inf") if instant is None else (now - instant).total_seconds()


class TokenVerifier:
    """Checks tokens by the settings that begin with `jwks_` and `jwt_`."""

    def __init__(self, settings: Settings, keys: KeySet) -> None:
        self._settings = settings
        self._keys = keys

    async def verify(self, token: str, now: datetime) -> Identity | None:
        """Who the bearer of `token` is; None where it is not valid at `now`.

        Raises KeysUnavailable.
        """
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in self._settings.jwt_algorithms:
                return None
            key = await self._keys.find(key_id, now)
            if key is None or not _signs_with(key, algorithm):
                return None
            claims = self._decode(token, key, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        return self._identity(claims) if self._is_current(claims, now) else None

    def _decode(self, token: str, key: jwt.PyJWK, algorithm: str) -> dict[str, Any]:
        """The claims of a token whose signature, issuer and audience are right, if not its time."""
        settings = self._settings
        required = ["exp"] + (["iss"] if settings.jwt_issuer else [])
        return jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            options={
                "require": required,
                "verify_aud": settings.jwt_audience is not None,
                # By our own clock, in `_is_current`.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )

    def _is_current(self, claims: dict[str, Any], now: datetime) -> bool:
        leeway, instant = self._settings.jwt_leeway_seconds, now.timestamp()
        expires, begins = claims["exp"], claims.get("nbf", 0)
        if not _is_number(expires) or not _is_number(begins):
            return False
        return bool(expires + leeway > instant and begins - leeway <= instant)

    def _identity(self, claims: dict[str, Any]) -> Identity | None:
        workspace_id = parse_workspace(claims.get(self._settings.jwt_workspace_claim))
        subject = claims.get(self._settings.jwt_subject_claim)
        if workspace_id is None or not isinstance(subject, str) or not 0 < len(subject) <= 255:
            return None
        email = claims.get("email")
        verified = claims.get("email_verified") is True and isinstance(email, str)
        ends_at = _instant(claims["exp"] + self._settings.jwt_leeway_seconds)
        return Identity(workspace_id, subject, email if verified else None, ends_at)


async def authenticate_user(identity: Identity, now: datetime) -> Recognized | None:
    """The user whom a token names; None where the workspace has none or has disabled them.

    A user is known by the token's subject. One who was invited by e-mail and never came before is
    known by that address, if the provider has verified it, and by their subject from then on.
    """
    try:
        async with workspace_transaction(identity.workspace_id, now=now) as transaction:
            rows = await transaction.fetch(BY_SUBJECT, identity.workspace_id, identity.subject)
            if not rows and identity.email is not None:
                rows = await _adopt(transaction, identity, identity.email)
    except UnknownWorkspace:
        return None
    if not rows or rows[0]["disabled_at"] is not None:
        return None
    role = Role(rows[0]["role"])
    actor = Actor(identity.workspace_id, role, ROLE_SCOPES[role], user_id=rows[0]["id"])
    return Recognized(Caller(actor, transaction.workspace), identity.ends_at)


async def _adopt(transaction: Transaction, identity: Identity, email: str) -> list[dict[str, Any]]:
    parameters = (identity.workspace_id, identity.subject, email, transaction.now)
    return await transaction.fetch(ADOPT_BY_EMAIL, *parameters)


def parse_keys(content: bytes) -> list[jwt.PyJWK]:
    """The signing keys of a JWKS document; those of kinds that we do not know are left out.

    Raises ValueError where it is no JWKS.
    """
    document = json.loads(content)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("no JWKS: there is no list `keys`")
    keys: list[jwt.PyJWK] = []
    for entry in document["keys"]:
        if isinstance(entry, dict) and entry.get("use", "sig") == "sig":
            try:
                keys.append(jwt.PyJWK(entry))
            except jwt.PyJWTError:
                continue
    return keys


def parse_workspace(value: object) -> UUID | None:
    """The workspace that a claim names, by its global id (`wsp_…`) or its UUID."""
    if not isinstance(value, str):
        return None
    try:
        return UUID(value.removeprefix("wsp_"))
    except ValueError:
        return None


FAMILIES = {"RSA": ("RS", "PS"), "EC": ("ES",), "OKP": ("EdDSA",)}


def _signs_with(key: jwt.PyJWK, algorithm: str) -> bool:
    """Whether the key is of the algorithm's family, and for this algorithm if it names one."""
    named = key._jwk_data.get("alg")
    family = FAMILIES.get(key.key_type or "", ())
    return algorithm.startswith(family) and named in (None, algorithm)


def _instant(seconds: float) -> datetime | None:
    """The instant so many seconds after 1970 began; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
