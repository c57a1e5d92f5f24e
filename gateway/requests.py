"""Reading a GraphQL request from HTTP, as "GraphQL over HTTP" has it (its edition of 2026-09).

Status codes where that edition and the conformance suite that deployed clients were tested with
(`graphql-http`) differ: 400 rather than 422 for requests that are not well-formed or not valid, and
200 rather than 294 for partial answers. Both are within what the specification lets a server do.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import orjson
from starlette.requests import ClientDisconnect, Request

from gateway.admission import GraphQLRequest
from gateway.refusals import EdgeCode, Refused

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
METHODS = ("GET", "HEAD", "POST")


class BodySettings(Protocol):
    """The settings that this module reads."""

    @property
    def limit_url_bytes(self) -> int: ...
    @property
    def limit_body_bytes(self) -> int: ...
    @property
    def limit_body_seconds(self) -> float: ...


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
    best: tuple[float, str] | None = None
    for item in accept.split(","):
        kind, parameters = parse_media_type(item)
        known = {GRAPHQL_JSON: GRAPHQL_JSON, JSON: JSON, "*/*": JSON, "application/*": JSON}.get(
            kind
        )
        quality = _quality(parameters.get("q"))
        if known is None or quality <= 0 or not _is_utf8(parameters):
            continue
        if best is None or quality > best[0]:
            best = (quality, known)
    if best is None:
        raise Refused(
            406,
            EdgeCode.NOT_ACCEPTABLE,
            f"The answer can be {GRAPHQL_JSON} or {JSON}: the Accept header allows neither.",
        )
    return best[1]


def accepts_html(request: Request) -> bool:
    """Whether the client, a browser that opens the address, would rather have a page."""
    kinds = [parse_media_type(item)[0] for item in request.headers.get("accept", "").split(",")]
    return "text/html" in kinds and JSON not in kinds and GRAPHQL_JSON not in kinds


def check_method_and_type(request: Request) -> None:
    """Only GET, HEAD and POST; a POST only of JSON in UTF-8, uncompressed.

    No other type of content: those that a form or a script of another site can send without the
    browser asking us first are among them. Raises Refused: 405 or 415.
    """
    if request.method not in METHODS:
        raise Refused(
            405,
            EdgeCode.METHOD_NOT_ALLOWED,
            "GraphQL is served by GET (queries) and POST.",
            headers={"Allow": ", ".join(METHODS)},
        )
    if request.method != "POST":
        return
    kind, parameters = parse_media_type(request.headers.get("content-type", ""))
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if kind != JSON or not _is_utf8(parameters) or coding != "identity":
        raise Refused(
            415,
            EdgeCode.UNSUPPORTED_MEDIA_TYPE,
            f"Send the request as {JSON} in UTF-8, uncompressed, and say so in Content-Type.",
            headers={"Accept": JSON},
        )


async def read_request(request: Request, settings: BodySettings) -> GraphQLRequest:
    """The parameters of a GraphQL request, from the body of a POST or the query of a GET.

    Raises Refused: 400 BAD_REQUEST for what is no well-formed request, 414 for a query that is too
    long, 408 and 413 for a body that is too slow or too large.
    """
    limit = settings.limit_url_bytes
    if len(request.scope["query_string"]) > limit:
        raise Refused(
            414,
            EdgeCode.URI_TOO_LONG,
            f"The address is too long: its query may have {limit} bytes. Use POST.",
            limit="url_bytes",
            allowed=limit,
        )
    if request.method != "POST":
        return _from_query(request)
    body = await _read_body(request, settings)
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
    if query is None:
        raise _malformed("`query` is missing: send the GraphQL document as a string.")
    if not isinstance(query, str):
        raise _malformed("`query` must be a string.")
    name = parameters.get("operationName")
    if name is not None and not isinstance(name, str):
        raise _malformed("`operationName` must be a string.")
    return GraphQLRequest(
        query,
        name or None,
        _object(parameters, "variables"),
        _object(parameters, "extensions"),
    )


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


async def _read_body(request: Request, settings: BodySettings) -> bytes:
    """The body, given up as soon as it is known to be too large, however it is sent."""
    limit = settings.limit_body_bytes
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:18]) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.limit_body_seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise _too_large(limit)
                chunks.append(chunk)
    except TimeoutError as error:
        raise Refused(
            408,
            EdgeCode.REQUEST_TIMEOUT,
            "The body did not arrive in time.",
            headers={"Connection": "close"},
        ) from error
    except ClientDisconnect as error:
        raise _malformed("The client went away before its body had arrived.") from error
    return b"".join(chunks)


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


def _is_utf8(parameters: Mapping[str, str]) -> bool:
    return parameters.get("charset", "utf-8") in ("utf-8", "utf8")
