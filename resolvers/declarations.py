"""Where a field's value comes from, said once: what its resolver and a compiled plan both go by.

In SQL, `r` is the row that the field stands on and `p` the row that this one hangs on. Values that
are known only when a request comes stand in braces: `{now}`, `{window_hours}`, and the names of the
field's arguments.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tortoise.models import Model

from resolvers.loaders.collections import Collection
from resolvers.loaders.paging import Question

SOURCE = "source"
"""The key under which a field of the schema carries its declaration."""

Ask = Callable[[Any, dict[str, Any]], Awaitable[Question]]
"""Turns a context and a field's arguments into the question to its collection."""


@dataclass(frozen=True)
class Computed:
    """A value that SQL computes; `types` are the PostgreSQL types of the arguments in it."""

    sql: str
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """An object whose fields SQL computes: an expression for each, by the field's Python name."""

    sql: Mapping[str, str]


@dataclass(frozen=True)
class RowOf:
    """One row of a model: the one whose id is in an attribute of the field's row."""

    model: type[Model]
    attribute: str


@dataclass(frozen=True)
class FoundRow:
    """One row of a model, found by a condition on `r`.

    `ask` gives what stands in braces in it: each value and its PostgreSQL type, by name.
    """

    model: type[Model]
    condition: str
    ask: Callable[[Any, dict[str, Any]], dict[str, tuple[Any, str]]]


@dataclass(frozen=True)
class PageOf:
    """A page of a collection."""

    collection: Collection
    ask: Ask


@dataclass(frozen=True)
class AllOf:
    """All rows of a collection; those first of which `ahead` holds.

    They hang on the field's row by its attribute `key`.
    """

    collection: Collection
    ahead: str | None = None
    filter: Mapping[str, Any] | None = None
    key: str = "id"


@dataclass(frozen=True)
class CountOf:
    """How many rows a collection has."""

    collection: Collection
