"""SQL text and its parameters, grown together."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

WORKSPACE = "$1"
PARENTS = "$2"


def instant(expression: str) -> str:
    """SQL that writes an instant as the API does: `services.instants.written`.

    In the connection's time zone, which is UTC (`models.database.credentials`): to name it here
    would cost as much again, for each instant of an answer.
    """
    return f"""to_char({expression}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


def written_key(type: str, expression: str) -> str:
    """SQL that writes a row's key in an order as cursors hold it: `Order.key`."""
    if type == "timestamptz":
        return instant(expression)
    return f"({expression})::text"


def cursor(fingerprint: str, key: str, id: str) -> str:
    """SQL that writes a row's cursor, of SQL for its key and its id: `paging.encode_cursor`."""
    return (
        f"rtrim(translate(encode(convert_to('[\"{fingerprint}\",' || "
        f"coalesce(to_json({key})::text, 'null') || ',\"' || replace({id}::text, '-', '') || "
        "'\"]', 'UTF8'), 'base64'), E'+/\\n', '-_'), '=')"
    )


@dataclass
class Statement:
    """The parameters of a statement. $1 is the workspace, in every table of every sub-query.

    Of a statement over parents, $2 is the list of their ids. Values are bound, never written into
    the text, so that a statement's text depends on the question's form only.
    """

    workspace_id: UUID
    now: datetime
    parameters: list[Any] = field(default_factory=list)
    _now: str | None = None

    @classmethod
    def over_parents(cls, workspace_id: UUID, now: datetime) -> "Statement":
        """A statement whose $2 will be the parents' ids."""
        return cls(workspace_id, now, [workspace_id, None])

    @classmethod
    def of_root(cls, workspace_id: UUID, now: datetime) -> "Statement":
        """A statement that has no parents."""
        return cls(workspace_id, now, [workspace_id])

    def bind(self, value: Any, type: str) -> str:
        """Bind a value; return how the text refers to it, cast to the PostgreSQL type `type`."""
        self.parameters.append(value)
        return f"${len(self.parameters)}::{type}"

    def instant(self) -> str:
        """The present instant: one parameter, however often it is referred to."""
        if self._now is None:
            self._now = self.bind(self.now, "timestamptz")
        return self._now
