"""The messages of graphql-transport-ws, read and written.

https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md, and its
implementation in the npm package graphql-ws 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from graphql import GraphQLError

from gateway.responses import encode

SUBPROTOCOL = "graphql-transport-ws"
LONGEST_ID = 200

NORMAL = 1000
TRY_AGAIN_LATER = 1013
INTERNAL = 4500
INVALID = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
NOT_ACCEPTABLE = 4406
INIT_TIMEOUT = 4408
ALREADY_EXISTS = 4409
TOO_MANY_INITS = 4429


class Close(Exception):
    """The socket is to be closed, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """A message from a client."""

    type: str
    id: str | None
    payload: Mapping[str, object] | None


def read_message(text: str | None) -> Message:
    """A client's message. Raises Close (4400) for what is none."""
    if text is None:
        raise Close(INVALID, "Invalid message: send text, not bytes")
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Close(INVALID, "Invalid message: it is no JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise Close(INVALID, "Invalid message: it needs a `type`")
    id, payload = content.get("id"), content.get("payload")
    if id is not None and not (isinstance(id, str) and 0 < len(id) <= LONGEST_ID):
        raise Close(INVALID, f"Invalid message: `id` must have 1 to {LONGEST_ID} characters")
    if payload is not None and not isinstance(payload, dict):
        raise Close(INVALID, "Invalid message: `payload` must be an object")
    return Message(content["type"], id, payload)


def authorization_in(payload: Mapping[str, object] | None) -> str | None:
    """The Authorization that the payload of `connection_init` holds: by itself or in `headers`."""
    given = payload or {}
    headers = given.get("headers")
    for place in (given, headers if isinstance(headers, dict) else {}):
        for name, value in place.items():
            if name.lower() == "authorization" and isinstance(value, str):
                return value
    return None


ACKNOWLEDGED = '{"type":"connection_ack"}'


def pong(payload: Mapping[str, object] | None) -> str:
    """The answer to a ping: what came with it goes back."""
    if payload is None:
        return '{"type":"pong"}'
    return encode({"type": "pong", "payload": payload}).decode()


def head_of(id: str) -> str:
    """What stands before the payload in each `next` of a subscription."""
    return f'{{"id":{orjson.dumps(id).decode()},"type":"next","payload":'


def next_message(head: str, payload: str) -> str:
    """An answer, of `head_of` its subscription and its JSON."""
    return f"{head}{payload}}}"


def error(id: str, errors: Sequence[GraphQLError]) -> str:
    """The end of an operation, for the reason in `errors`."""
    payload = [error.formatted for error in errors]
    return encode({"id": id, "type": "error", "payload": payload}).decode()


def complete(id: str) -> str:
    """The end of an operation that has told all."""
    return encode({"id": id, "type": "complete"}).decode()
