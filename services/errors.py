"""Refusals: what a caller asked for and does not get, with a stable code and the way to mend it."""

from enum import StrEnum
from uuid import UUID

from models.base import WorkspaceModel


class ErrorCode(StrEnum):
    """Why something was refused."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    FORBIDDEN = "FORBIDDEN"
    STALE = "STALE"
    DUPLICATE = "DUPLICATE"


class Refusal(Exception):
    """A business rule says no. Nothing was changed.

    `field` is the path into the input, in the API's spelling (`("properties", "0", "value")`);
    `conflicting` names the row that stands in the way, as (model, id).
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        field: tuple[str, ...] = (),
        conflicting: tuple[type[WorkspaceModel], UUID] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.conflicting = conflicting


def invalid(message: str, *field: str) -> Refusal:
    """A value that is not what its field takes."""
    return Refusal(ErrorCode.INVALID, message, field)


def not_found(what: str, *field: str) -> Refusal:
    """An id that names nothing the caller may see. Other workspaces' rows answer the same."""
    return Refusal(ErrorCode.NOT_FOUND, f"No {what} has this id.", field)
