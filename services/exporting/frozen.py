"""Frozen conditions: which customers an export is of, as it was asked, kept as JSON.

The text is SQL on row `r` that the resolvers have made, with the workspace as its first parameter;
values stand beside it, each with its kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

KINDS: tuple[tuple[str, type, Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    ("uuid", UUID, str, UUID),
    ("instant", datetime, datetime.isoformat, datetime.fromisoformat),
    ("day", date, date.isoformat, date.fromisoformat),
    ("decimal", Decimal, str, Decimal),
)
"""Values that JSON does not have: their names, and how they are written and read."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A condition on customers, and the values in it behind the workspace's id."""

    condition: str
    values: Sequence[Any] = ()

    def written(self) -> dict[str, Any]:
        """The condition as JSON."""
        return {"condition": self.condition, "values": [_written(value) for value in self.values]}

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Frozen":
        """The condition that `written` has written."""
        return cls(written["condition"], [_read(value) for value in written["values"]])


def _written(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return {"list": [_written(one) for one in value]}
    for name, kind, write, _ in KINDS:
        if isinstance(value, kind):
            return {name: write(value)}
    return value


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(name, held)] = value.items()
    if name == "list":
        return [_read(one) for one in held]
    return next(read(held) for kind, _, _, read in KINDS if kind == name)
