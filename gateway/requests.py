"""Reading a GraphQL request from HTTP, as "GraphQL over HTTP" has it (its edition of 2026-09).

Status codes where that edition and the conformance suite that deployed clients were tested with
(`graphql-http`) differ: 400 rather than 422 for requests that are not well-formed or not valid, and
200 rather than 294 for partial answers. Both are within what the specification lets a server do.
"""

import asyncio
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope

from gateway.admission import GraphQLRequest
from gateway.refusals import EdgeCode, Refused

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
SPOKEN = {
    GRAPHQL_JSON: GRAPHQL_JSON,
    JSON: JSON,
    EVENT_STREAM: EVENT_STREAM,
    "*/*": JSON,
    "application/*": JSON,
}
"""The media types of answers, by what a client accepts."""
METHODS = ("GET", "HEAD", "POST")
HASH = re.compile(r"[0-9a-f]{64}")
COMMON_LENGTH = 200
"""Of headers whose meaning is remembered: longer ones are rare, and would fill the memory."""


class BodySettings(Protocol):
    """The settings that this module reads."""

    @property
    def limit_url_bytes(self) -> int: ...
    @property
    def limit_body_bytes(self) -> int: ...
    @property
    def limit_body_seconds(self) -> float: ...


def headers_of(scope: Scope) -> dict[bytes, str]:
    """The headers of a request by their names in lower case; of several, the first one counts."""
    return {name: value.decode("latin-1") for name, value in reversed(scope["headers"])}


def parse_media_type(value: str) -> tuple[str, dict[str, str]]:
    """A media type in lower case and its parameters: `text/html; q=0.5` → text/html, {q: 0.5}."""
    kind, *rest = value.split(";")
    pairs = (part.partition("=") for part in rest)
    return kind.strip().lower(), {
        name.strip().lower(): content.strip().strip('"').lower() for name, _, content in pairs
    }


def pick_media_type(accept: str | None) -> str:
    """The media type to answer in: of those accepted, the preferred one that we speak.

    Without an Accept header and for wildcards it is `application/json`, which every client reads.
    Raises Refused (406, NOT_ACCEPTABLE).
    """
    if accept is None or not accept.strip():
        return JSON
    return _picked(accept) if len(accept) <= COMMON_LENGTH else _picked.__wrapped__(accept)


@lru_cache(maxsize=256)
def _picked(accept: str) -> str:
    best: tuple[float, str] | None = None
    for item in accept.split(","):
        kind, parameters = parse_media_type(item)
        known = SPOKEN.get(kind)
        quality = _quality(parameters.get("q"))
        if known is None or quality <= 0 or not _is_utf8(parameters):
            continue
        if best is None or quality > best[0]:
            best = (quality, known)
    if best is None:
        raise Refused(
            406,
            EdgeCode.NOT_ACCEPTABLE,
            f"The answer can be {GRAPHQL_JSON}, {JSON} or {EVENT_STREAM}: the Accept header allows "
            "none of them.",
        )
    return best[1]


def accepts_html(accept: str) -> bool:
    """Whether the client, a browser that opens the address, would rather have a page."""
    kinds = [parse_media_type(item)[0] for item in accept.split(",")]
    return "text/html" in kinds and JSON not in kinds and GRAPHQL_JSON not in kinds


def check_method_and_type(method: str, headers: Mapping[bytes, str]) -> None:
    """Only GET, HEAD and POST; a POST only of JSON in UTF-8, uncompressed.

    No other type of content: those that a form or a script of another site can send without the
    browser asking us first are among them. Raises Refused: 405 or 415.
    """
    if method not in METHODS:
        raise Refused(
            405,
            EdgeCode.METHOD_NOT_ALLOWED,
            "GraphQL is served by GET (queries) and POST.",
            headers={"Allow": ", ".join(METHODS)},
        )
    if method != "POST":
        return
    kind = headers.get(b"content-type", "")
    coding = headers.get(b"content-encoding", "identity").strip().lower()
    if (kind != JSON and not _is_json(kind)) or coding != "identity":
        raise Refused(
            415,
            EdgeCode.UNSUPPORTED_MEDIA_TYPE,
            f"Send the request as {JSON} in UTF-8, uncompressed, and say so in Content-Type.",
            headers={"Accept": JSON},
        )


async def read_request(
    scope: Scope, receive: Receive, headers: Mapping[bytes, str], settings: BodySettings
) -> GraphQLRequest:
    """The parameters of a GraphQL request, from the body of a POST or the query of a GET.

    Raises Refused: 400 BAD_REQUEST for what is no well-formed request, 414 for a query that is too
    long, 408 and 413 for a body that is too slow or too large.
    """
    limit = settings.limit_url_bytes
    if len(scope["query_string"]) > limit:
        raise Refused(
            414,
            EdgeCode.URI_TOO_LONG,
            f"The address is too long: its query may have {limit} bytes. Use POST.",
            limit="url_bytes",
            allowed=limit,
        )
    if scope["method"] != "POST":
        return _from_query(Request(scope))
    body = await _read_body(receive, headers, settings)
    try:
        parameters = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _malformed(f"The body is no JSON in UTF-8: {_reason(error)}.") from error
    if isinstance(parameters, list):
        raise _malformed("Batches are not served: send each request by itself.")
    if not isinstance(parameters, dict):
        raise _malformed("The body must be a JSON object with `query`.")
    return build_request(parameters)


def build_request(parameters: Mapping[str, object]) -> GraphQLRequest:
    """The request in a decoded JSON object. Null is the same as left out; other keys are ignored.

    Raises Refused (400, BAD_REQUEST) naming the parameter that is missing or of a wrong type.
    """
    query = parameters.get("query")
    extensions = _object(parameters, "extensions")
    sha256 = _persisted(extensions.get("persistedQuery"))
    document_id = _text(parameters, "documentId")
    if query is None:
        if sha256 is None and document_id is None:
            raise _malformed("`query` is missing: send the GraphQL document as a string.")
        query = ""
    if not isinstance(query, str):
        raise _malformed("`query` must be a string.")
    if document_id is not None and (query or sha256 is not None):
        raise _malformed("`documentId` stands for the document: send it without `query`.")
    return GraphQLRequest(
        query,
        _text(parameters, "operationName"),
        _object(parameters, "variables"),
        extensions,
        sha256,
        document_id,
    )


def _persisted(extension: object) -> str | None:
    """The hash in the extension `persistedQuery`, as clients of Apollo's make have it."""
    if extension is None:
        return None
    if not isinstance(extension, dict) or extension.get("version") != 1:
        raise _malformed("`persistedQuery` must be of version 1.")
    sha256 = extension.get("sha256Hash")
    if not isinstance(sha256, str) or not HASH.fullmatch(sha256):
        raise _malformed("`sha256Hash` must be a SHA-256 in lower-case hexadecimal digits.")
    return sha256


def _text(parameters: Mapping[str, object], name: str) -> str | None:
    value = parameters.get(name)
    if value is not None and not isinstance(value, str):
        raise _malformed(f"`{name}` must be a string.")
    return value or None


def _object(parameters: Mapping[str, object], name: str) -> dict[str, object]:
    value = parameters.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _malformed(f"`{name}` must be an object.")
    return value


def _from_query(request: Request) -> GraphQLRequest:
    parameters: dict[str, object] = {}
    for name, value in request.query_params.multi_items():
        if name in parameters:
            raise _malformed(f"`{name[:40]}` is given twice.")
        parameters[name] = value
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        if text == "":
            del parameters[name]
        elif isinstance(text, str):
            try:
                parameters[name] = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                raise _malformed(f"`{name}` is no JSON: {_reason(error)}.") from error
    return build_request(parameters)


async def _read_body(
    receive: Receive, headers: Mapping[bytes, str], settings: BodySettings
) -> bytes:
    """The body, given up as soon as it is known to be too large, however it is sent."""
    limit = settings.limit_body_bytes
    declared = headers.get(b"content-length", "")
    if declared.isdecimal() and int(declared[:18]) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    more = True
    try:
        async with asyncio.timeout(settings.limit_body_seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _malformed("The client went away before its body had arrived.")
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
                more = message.get("more_body", False)
    except TimeoutError as error:
        raise Refused(
            408,
            EdgeCode.REQUEST_TIMEOUT,
            "The body did not arrive in time.",
            headers={"Connection": "close"},
        ) from error
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> Refused:
    return Refused(
        413,
        EdgeCode.PAYLOAD_TOO_LARGE,
        f"The body is too large: at most {limit} bytes are allowed.",
        headers={"Connection": "close"},
        limit="body_bytes",
        allowed=limit,
    )


def _malformed(message: str) -> Refused:
    return Refused(400, EdgeCode.BAD_REQUEST, message)


def _reason(error: orjson.JSONDecodeError) -> str:
    """What is wrong with the JSON and where, without any of its text."""
    return f"{error.msg} at line {error.lineno}, column {error.colno}"


def _quality(text: str | None) -> float:
    try:
        return min(1.0, max(0.0, float(text))) if text is not None else 1.0
    except ValueError:
        return 0.0


@lru_cache(maxsize=256)
def _json_type(content_type: str) -> bool:
    kind, parameters = parse_media_type(content_type)
    return kind == JSON and _is_utf8(parameters)


def _is_json(content_type: str) -> bool:
    """Whether a type of content is JSON in UTF-8."""
    known = _json_type if len(content_type) <= COMMON_LENGTH else _json_type.__wrapped__
    return known(content_type)


def _is_utf8(parameters: Mapping[str, str]) -> bool:
    return parameters.get("charset", "utf-8") in ("utf-8", "utf8")
