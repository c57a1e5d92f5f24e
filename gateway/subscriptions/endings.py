"""Endings: why a connection or a subscription ends that its client would have kept."""

from dataclasses import dataclass

from graphql import GraphQLError

from gateway.refusals import EdgeCode

LONGEST_REASON = 123
"""Bytes that a WebSocket's close frame has for its reason (RFC 6455, section 5.5)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a connection: the close code of a WebSocket, and the error of a stream.

    `silent`: a stream is broken off without a word, upon which clients come again by themselves.
    """

    name: str
    close_code: int
    reason: str
    code: EdgeCode = EdgeCode.UNAUTHENTICATED
    silent: bool = False

    def error(self) -> GraphQLError:
        """The end as an error of an answer."""
        return GraphQLError(f"{self.reason}.", extensions={"code": self.code.value})


REVOKED = Ending("revoked", 4403, "The key or token is no longer valid")
EXPIRED = Ending("expired", 4403, "The key or token has expired")
CHANGED = Ending("rights_changed", 4403, "The caller's rights have changed: subscribe again")
LEAVING = Ending("leaving", 1001, "Going away", EdgeCode.UNAVAILABLE, silent=True)


class Interrupted(Exception):
    """A subscription ends, and its client is told why: `errors` as the client gets them.

    What it has not been told of comes behind `cursor`, where the subscription follows the log.
    """

    def __init__(self, name: str, code: EdgeCode, message: str, cursor: str | None) -> None:
        super().__init__(message)
        self.name = name
        extensions: dict[str, object] = {"code": code.value}
        if cursor is not None:
            extensions["cursor"] = cursor
        self.errors = [GraphQLError(message, extensions=extensions)]


def shortened(reason: str) -> str:
    """A reason that fits into a close frame."""
    return reason.encode()[:LONGEST_REASON].decode(errors="ignore")
