"""Where a field's value comes from, said once: what its resolver and a compiled plan both go by.

In SQL, `r` is the row that the field stands on and `p` the row that this one hangs on. Values that
are known only when a request comes stand in braces: `{now}`, `{window_hours}`, and the names of the
field's arguments.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise.models import Model

from resolvers.loaders.collections import Collection
from resolvers.loaders.paging import Question
from resolvers.loaders.timelines import TimelineQuestion

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
class FirstOf:
    """The first row of a collection; none where `when`, a condition on `p`, does not hold.

    Its rows hang on the field's row by its attribute `key`.
    """

    collection: Collection
    key: str = "id"
    when: str = "true"


@dataclass(frozen=True)
class Derived:
    """What a statement of its own makes up: a list of its rows, or just its one row.

    `fields` are the expressions on its rows `r` behind fields, by these' Python names.
    """

    sql: str
    fields: Mapping[str, str]
    many: bool = False


@dataclass(frozen=True)
class NodesOf:
    """The rows that global ids name, whatever their types; null for each that names none.

    `ask` gives each id's model and row, None and None where nothing may be shown. `conditions` are
    those on `r` of models that are not simply found by `{id}`.
    """

    argument: str
    many: bool
    ask: Callable[[Any, dict[str, Any]], list[tuple[type[Model] | None, UUID | None]]]
    conditions: Mapping[type[Model], str]


@dataclass(frozen=True)
class SubjectOf:
    """The row whose id is that of `p`, and whose model the value of `column` tells."""

    column: str
    models: Mapping[str, type[Model]]


@dataclass(frozen=True)
class LinesOf:
    """A page of a timeline. `fields` are the expressions on its lines `r` behind their fields."""

    ask: Callable[[Any, dict[str, Any]], TimelineQuestion]
    fields: Mapping[str, str]


@dataclass(frozen=True)
class PageOf:
    """A page of a collection. `personal`: what is asked depends on who asks."""

    collection: Collection
    ask: Ask
    personal: bool = False


@dataclass(frozen=True)
class AllOf:
    """All rows of a collection; those first of which `ahead` holds.

    They hang on the field's row by its attribute `key`. `ask` is there for a field with arguments.
    """

    collection: Collection
    ahead: str | None = None
    filter: Mapping[str, Any] | None = None
    key: str = "id"
    ask: Ask | None = None


@dataclass(frozen=True)
class CountOf:
    """How many rows a collection has."""

    collection: Collection
