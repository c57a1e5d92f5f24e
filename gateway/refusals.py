"""Refusals at the edge: requests that are answered before any of their operation runs."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from graphql import GraphQLError

RETRY_AFTER_SECONDS = 5
"""When to try again what a part that is down could not answer."""


class EdgeCode(StrEnum):
    """`extensions.code` of an error that the edge made. Clients may rely on these names."""

    BAD_REQUEST = "BAD_REQUEST"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    URI_TOO_LONG = "URI_TOO_LONG"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    INSUFFICIENT_STORAGE = "INSUFFICIENT_STORAGE"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_RESOLUTION_FAILED = "OPERATION_RESOLUTION_FAILED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    DOCUMENT_LIMIT = "DOCUMENT_LIMIT"
    COST_LIMIT = "COST_LIMIT"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    TOO_SLOW = "TOO_SLOW"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


TRANSPORT_CODES = frozenset(
    {
        EdgeCode.BAD_REQUEST,
        EdgeCode.METHOD_NOT_ALLOWED,
        EdgeCode.NOT_ACCEPTABLE,
        EdgeCode.REQUEST_TIMEOUT,
        EdgeCode.URI_TOO_LONG,
        EdgeCode.PAYLOAD_TOO_LARGE,
        EdgeCode.UNSUPPORTED_MEDIA_TYPE,
        EdgeCode.UNAUTHENTICATED,
        EdgeCode.TOO_MANY_SUBSCRIPTIONS,
        EdgeCode.TIMEOUT,
        EdgeCode.UNAVAILABLE,
        EdgeCode.INTERNAL,
    }
)
"""Refusals that are not about a well-formed GraphQL request: their status stands in every media
type, where the others are 200 under `application/json` (GraphQL over HTTP, "application/json")."""


class Refused(Exception):
    """A request is refused: with the HTTP `status`, and the `errors` as they are."""

    def __init__(
        self,
        status: int,
        code: EdgeCode,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        **extensions: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.errors = [GraphQLError(message, extensions={"code": code.value, **extensions})]
        self.cost: dict[str, int] | None = None
        """The cost of the operation, where the refusal came after it was known."""

    @classmethod
    def of(cls, status: int, code: EdgeCode, errors: Sequence[GraphQLError]) -> Self:
        """A refusal that passes on errors of the GraphQL library, each with the code."""
        refused = cls(status, code, errors[0].message)
        for error in errors:
            error.extensions = {**(error.extensions or {}), "code": code.value}
        refused.errors = list(errors)
        return refused

    @classmethod
    def limit(cls, name: str, things: str, limit: int) -> Self:
        """A document has more of something than the setting `limit_<name>` lets it have."""
        return cls(
            400,
            EdgeCode.DOCUMENT_LIMIT,
            f"The document has too many {things}: at most {limit} are allowed.",
            limit=name,
            allowed=limit,
        )
