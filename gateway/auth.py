"""Who asks: the bearer token of a request turned into an actor of one workspace.

A key begins with `sk_`; anything else is a user's token. Every way in which a token may be wrong
gets the same answer: it does not say whether a key is unknown, revoked, expired or of another
workspace.
"""

from datetime import datetime
from typing import Protocol

from gateway.refusals import RETRY_AFTER_SECONDS, EdgeCode, Refused
from services.actors import Caller
from services.api_keys import KEY_PREFIX, authenticate
from services.tokens import Identity, KeysUnavailable, TokenVerifier, authenticate_user


class Authenticator(Protocol):
    """What the HTTP endpoint, and later WebSockets, ask who it is that asks."""

    async def __call__(self, authorization: str | None, now: datetime) -> Caller:
        """The caller behind an Authorization header. Raises Refused (401, UNAUTHENTICATED)."""
        ...


class BearerAuthenticator:
    """Knows keys, and users' tokens where a verifier is set up."""

    def __init__(self, verifier: TokenVerifier | None) -> None:
        self._verifier = verifier

    async def __call__(self, authorization: str | None, now: datetime) -> Caller:
        """The caller behind an Authorization header. Raises Refused (401, UNAUTHENTICATED)."""
        token = bearer_token(authorization)
        caller: Caller | None = None
        if token.startswith(KEY_PREFIX):
            caller = await authenticate(token, now)
        elif self._verifier is not None:
            identity = await self._verify(self._verifier, token, now)
            if identity is not None:
                caller = await authenticate_user(identity, now)
        if caller is None:
            raise unauthenticated("invalid_token")
        return caller

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
