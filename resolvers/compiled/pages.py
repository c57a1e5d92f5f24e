"""The SQL of a connection: its items, its ends and its count, each only if selected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from resolvers.compiled.expressions import columns_of, literal, quoted
from resolvers.compiled.places import Here
from resolvers.compiled.rows import Rows
from resolvers.compiled.selections import NotCompiled
from resolvers.compiled.trees import Branch, Part

NOT_COUNTED = "-2147483648"
"""What a brief statement writes where rows would have to be counted: no number of rows."""
MOST_PAIRS = 45
"""Of an object that a function of PostgreSQL is to make: it takes at most a hundred arguments."""


class Builder(Protocol):
    """What a page asks of the plan that it becomes a part of."""

    def columns(self, branch: Branch, here: Here) -> str:
        """The fields selected of a row, as columns."""

    def fresh(self) -> str:
        """A name for a sub-query that no other has."""


@dataclass
class PageWriter:
    """Writes one page. `below` is where its rows stand; `sql` puts a statement in its place.

    With `brief`, rows beyond a full page are not counted: NOT_COUNTED stands for their number.
    """

    builder: Builder
    branch: Branch
    rows: Rows
    offset: int
    below: Here
    sql: Callable[[str], str]
    brief: bool = False

    def __post_init__(self) -> None:
        names = {part.field for part in self.branch.parts}
        self.more = "pageInfo" in names
        self.read = bool(names & {"nodes", "edges", "pageInfo"})
        self.limit = self.rows.page.size + self.more
        self.sorted = self.rows.order(self.below.row)

    def written(self) -> str:
        """The page as an object of the connection type."""
        if len(self.branch.parts) > MOST_PAIRS:
            return f'(SELECT row_to_json("~") FROM ({self.statement()}) "~")'
        pairs = ", ".join(
            f"{literal(part.name)}, {self._value(part)}" for part in self.branch.parts
        )
        return f"(SELECT json_build_object({pairs}){self._source(pairs)})"

    def statement(self) -> str:
        """The statement whose one row has the connection's fields, called as in the answer."""
        columns = ", ".join(
            f"{self._value(part)} AS {quoted(part.name)}" for part in self.branch.parts
        )
        return f"SELECT {columns}{self._source(columns)}"

    def _source(self, columns: str) -> str:
        """Where the columns come from: nowhere, if no row is looked at.

        All rows make one, even if no column aggregates them: `HAVING` without groups says so.
        """
        if not self.read:
            return ""
        row = self.below.row
        used = f"{columns}{self.below.joined}"
        listed = self.sql(self.rows.listed(self.offset, columns_of(row, used), more=self.more))
        listed = f"({listed}) {row}"
        if self.more:
            listed = (
                f"(SELECT {row}.*, row_number() OVER () AS i, count(*) OVER () AS m "
                f"FROM {listed}) {row}"
            )
        return f" FROM {listed}{self.below.joined} HAVING true"

    def _value(self, part: Part) -> str:
        match part.field:
            case "__typename":
                return f"{literal(self.branch.on.name)}::text"
            case "totalCount":
                return self._count()
            case "nodes":
                return self._list(self._row(part.branch))
            case "edges":
                return self._list(self._edge(part.branch))
            case "pageInfo":
                return self._page_info(part.branch)
        raise NotCompiled(part.field)

    def _count(self) -> str:
        """How many there are. A page that begins at the end, and is not full, has counted them."""
        page = self.rows.page
        if not self.read or page.after is not None or page.before is not None:
            return self.sql(self.rows.counted(self.offset))
        counted = NOT_COUNTED if self.brief else self.sql(self.rows.counted(self.offset))
        return f"CASE WHEN count(*) < {self.limit} THEN count(*) ELSE {counted} END"

    def _list(self, row: str) -> str:
        """A row's object in a list of all shown, first to last."""
        shown = f" FILTER (WHERE {self.below.row}.i <= {self.rows.page.size})" if self.more else ""
        return f"coalesce(json_agg({row} ORDER BY {self.sorted}){shown}, '[]')"

    def _row(self, branch: Branch) -> str:
        """An object of a row's fields."""
        return self._joined(self.builder.columns(branch, self.below))

    def _joined(self, columns: str) -> str:
        """Columns beside each row, under one name."""
        assert self.below.joins is not None
        name = self.builder.fresh()
        self.below.joins.append(f"CROSS JOIN LATERAL (SELECT {columns}) {name}")
        return name

    def _edge(self, branch: Branch) -> str:
        columns = []
        for part in branch.parts:
            match part.field:
                case "__typename":
                    value = f"{literal(branch.on.name)}::text"
                case "cursor":
                    value = self.rows.cursor(self.below.row)
                case "node":
                    value = f"row_to_json({self._row(part.branch)})"
                case _:
                    raise NotCompiled(part.field)
            columns.append(f"{value} AS {quoted(part.name)}")
        return self._joined(", ".join(columns))

    def _page_info(self, branch: Branch) -> str:
        row, page = self.below.row, self.rows.page
        grown = f"coalesce(max({row}.m), 0) > {page.size}"
        cursor = self.rows.cursor(row)
        near = f"max({cursor}) FILTER (WHERE {row}.i = 1)"
        far = f"max({cursor}) FILTER (WHERE {row}.i = least({row}.m, {page.size}))"
        told = {
            "hasNextPage": _told(page.before is not None) if page.backward else grown,
            "hasPreviousPage": grown if page.backward else _told(page.after is not None),
            "startCursor": far if page.backward else near,
            "endCursor": near if page.backward else far,
            "__typename": f"{literal(branch.on.name)}::text",
        }
        pairs = []
        for part in branch.parts:
            if part.field not in told:
                raise NotCompiled(part.field)
            pairs.append(f"{literal(part.name)}, {told[part.field]}")
        return f"json_build_object({', '.join(pairs)})"


def _told(value: bool) -> str:
    return "true" if value else "false"
