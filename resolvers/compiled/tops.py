"""The top of an answer: objects that are put together from columns, not by PostgreSQL.

What PostgreSQL writes into an object is copied once more for each object around it. So the lists of
pages at the root, the largest texts there are, come as columns of their own.
"""

from dataclasses import dataclass, field
from typing import Protocol

from models.connections import BOUND, WITNESS
from resolvers.compiled.expressions import quoted
from resolvers.compiled.pages import PageWriter
from resolvers.compiled.places import Here
from resolvers.compiled.trees import Branch, Part
from resolvers.declarations import PageOf


class Builder(Protocol):
    """What the top asks of the plan."""

    def value(self, branch: Branch, part: Part, here: Here) -> str:
        """The SQL of one field's value."""

    def page(self, part: Part, here: Here, fields: dict[str, str]) -> PageWriter:
        """A page."""

    def fresh(self) -> str:
        """A name for a sub-query that no other has."""


@dataclass
class Top:
    """A template of JSON, and the columns whose values stand in it."""

    builder: Builder
    columns: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    pieces: list[str | int] = field(default_factory=list)

    def object(self, branch: Branch, here: Here) -> None:
        """The root object."""
        self.pieces.append("{")
        for index, part in enumerate(branch.parts):
            self._key(part, index)
            if part.field == "__typename":
                self.pieces.append(f'"{branch.on.name}"')
            elif isinstance(part.source, PageOf):
                self._page(part, here)
            else:
                self._column(self.builder.value(branch, part, here))
        self.pieces.append("}")

    def sql(self) -> str:
        """The statement, which binds itself to the workspace before it reads anything.

        PostgreSQL evaluates what stands in a CASE, and what depends on another table's row, only
        after what it depends on.
        """
        if not self.tables:
            columns = [f"CASE WHEN {WITNESS} = $1 THEN {sql} END" for sql in self.columns]
            return f"SELECT {', '.join([WITNESS, *_numbered(columns)])} FROM {BOUND}"
        # Without OFFSET the tables would be joined with the binding, in any order.
        return (
            f"SELECT {WITNESS}, t.* FROM {BOUND} CROSS JOIN LATERAL "
            f"(SELECT {', '.join(_numbered(self.columns))} FROM {' CROSS JOIN '.join(self.tables)} "
            f"WHERE {WITNESS} = $1 OFFSET 0) t"
        )

    def template(self) -> tuple[str | int, ...]:
        """The answer, with the numbers of columns in their places: the first is the witness."""
        merged: list[str | int] = []
        for piece in self.pieces:
            last = merged[-1] if merged else None
            if isinstance(piece, str) and isinstance(last, str):
                merged[-1] = last + piece
            else:
                merged.append(piece)
        return tuple(merged)

    def _page(self, part: Part, here: Here) -> None:
        """A page at the root: each of its fields is a column."""
        branch, name = part.branch, self.builder.fresh()
        self.tables.append(f"({self.builder.page(part, here, {}).statement()}) {name}")
        self.pieces.append("{")
        for index, inner in enumerate(branch.parts):
            self._key(inner, index)
            if inner.field == "__typename":
                self.pieces.append(f'"{branch.on.name}"')
            else:
                self._column(f"{name}.{quoted(inner.name)}")
        self.pieces.append("}")

    def _key(self, part: Part, index: int) -> None:
        """A field's name: it needs no escaping, being a name of GraphQL's."""
        self.pieces.append(f'{"," if index else ""}"{part.name}":')

    def _column(self, sql: str) -> None:
        self.columns.append(sql)
        self.pieces.append(len(self.columns))


def _numbered(columns: list[str]) -> list[str]:
    return [f"{sql} AS c{number}" for number, sql in enumerate(columns, 1)]
