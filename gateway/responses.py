"""Answers as they go to the network: headers that are made once, and a body of bytes."""

import json
from collections.abc import Mapping

import orjson
from starlette.types import Receive, Scope, Send

from gateway.requests import GRAPHQL_JSON, JSON

RawHeaders = list[tuple[bytes, bytes]]

HEADERS: Mapping[str, RawHeaders] = {
    media_type: [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept, Authorization"),
        (b"x-content-type-options", b"nosniff"),
    ]
    for media_type in (JSON, GRAPHQL_JSON)
}


class Answer:
    """An answer in JSON; an ASGI application that sends it."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        status: int,
        body: bytes,
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = [*HEADERS[media_type], (b"content-length", b"%d" % len(body))]
        for name, value in (headers or {}).items():
            self.headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def encode(body: Mapping[str, object]) -> bytes:
    """JSON in UTF-8. Whole numbers of more than 64 bits, and values nested deeper than orjson
    goes, are written by the standard library."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
