"""Who asks: the bearer token of a request turned into an actor of one workspace.

A key begins with `sk_`; anything else is a user's token. Every way in which a token may be wrong
gets the same answer: it does not say whether a key is unknown, revoked, expired or of another
workspace.
"""

import asyncio
from contextvars import Context
from datetime import datetime
from typing import Protocol

import structlog

from gateway.callers import KnownCallers, digest_of
from gateway.refusals import RETRY_AFTER_SECONDS, EdgeCode, Refused
from services.actors import Actor, Caller, Recognized
from services.api_keys import KEY_PREFIX, authenticate, note_use
from services.tokens import Identity, KeysUnavailable, TokenVerifier, authenticate_user

log = structlog.get_logger("satukan.auth")


class Authenticator(Protocol):
    """What the HTTP endpoint, and later WebSockets, ask who it is that asks."""

    async def __call__(self, authorization: str | None, now: datetime) -> Caller:
        """The caller behind an Authorization header. Raises Refused (401, UNAUTHENTICATED)."""
        ...


class BearerAuthenticator:
    """Knows keys, and users' tokens where a verifier is set up."""

    def __init__(self, verifier: TokenVerifier | None, known: KnownCallers | None = None) -> None:
        """Without `known` the database is asked at each request."""
        self._verifier = verifier
        self._known = KnownCallers(0) if known is None else known
        self._noting: set[asyncio.Task[None]] = set()

    async def __call__(self, authorization: str | None, now: datetime) -> Caller:
        """The caller behind an Authorization header. Raises Refused (401, UNAUTHENTICATED)."""
        return (await self.recognize(authorization, now)).caller

    async def recognize(self, authorization: str | None, now: datetime) -> Recognized:
        """The same, with the time from which on they are nobody's any more."""
        token = bearer_token(authorization)
        digest = digest_of(token)
        known = self._known.recall(digest, now)
        if known is not None:
            return known
        mark = self._known.mark
        recognized = await self._recognize(token, now)
        if recognized is None:
            raise unauthenticated("invalid_token")
        self._known.keep(digest, recognized, now, mark)
        if recognized.use_to_note:
            self._note_use(recognized.caller.actor, now)
        return recognized

    async def finish(self) -> None:
        """Wait for what is still being noted, before the database is closed."""
        await asyncio.gather(*self._noting)

    async def _recognize(self, token: str, now: datetime) -> Recognized | None:
        if token.startswith(KEY_PREFIX):
            return await authenticate(token, now)
        if self._verifier is None:
            return None
        identity = await self._verify(self._verifier, token, now)
        return None if identity is None else await authenticate_user(identity, now)

    def _note_use(self, actor: Actor, now: datetime) -> None:
        """Have the use of a key noted beside the request, which does not wait for it."""
        task = asyncio.create_task(_note_use(actor, now), context=Context())
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    @staticmethod
    async def _verify(verifier: TokenVerifier, token: str, now: datetime) -> Identity | None:
        try:
            return await verifier.verify(token, now)
        except KeysUnavailable as error:
            raise Refused(
                503,
                EdgeCode.UNAVAILABLE,
                "Tokens cannot be checked now: the identity provider's keys cannot be read.",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            ) from error


async def _note_use(actor: Actor, now: datetime) -> None:
    if actor.api_key_id is None:
        return
    try:
        await note_use(actor.workspace_id, actor.api_key_id, now)
    except Exception as error:  # the next request after this one notes it
        log.warning("use_not_noted", key=str(actor.api_key_id), error=type(error).__name__)


def bearer_token(authorization: str | None) -> str:
    """The token of a header `Authorization: Bearer …`. Raises Refused where there is none."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated(None)
    return token


def unauthenticated(error: str | None) -> Refused:
    """The refusal of who could not be recognised. `error` is the code of RFC 6750, section 3.1."""
    challenge = 'Bearer realm="satukan"' + (f', error="{error}"' if error is not None else "")
    return Refused(
        401,
        EdgeCode.UNAUTHENTICATED,
        "Send a valid key or token: `Authorization: Bearer …`.",
        headers={"WWW-Authenticate": challenge},
    )
