"""The rows of a page, and how they are counted and ordered: of a collection, or of a timeline."""

from dataclasses import dataclass
from typing import Protocol

from tortoise.models import Model

from resolvers.compiled.expressions import placed, renumbered
from resolvers.compiled.late import now, workspace
from resolvers.compiled.sites import first_parameter
from resolvers.loaders.batches import rows_sql
from resolvers.loaders.paging import PageRequest, Question, fingerprint
from resolvers.loaders.statements import Statement, cursor, written_key
from resolvers.loaders.timelines import FINGERPRINT, TimelineQuestion, line_count, lines_sql


class Rows(Protocol):
    """Rows `r` of a parent `p`. `offset` is the number of their first parameter in the plan."""

    @property
    def page(self) -> PageRequest | TimelineQuestion:
        """How many, on which side, and between which places."""

    @property
    def model(self) -> type[Model] | None:
        """What they are rows of, if it is a model."""

    def listed(self, offset: int, columns: list[str], *, more: bool) -> str:
        """The statement that reads columns of them; with `more`, one more than were asked for."""

    def counted(self, offset: int) -> str:
        """The number of all of them, whatever the page."""

    def order(self, row: str, *, backward: bool = False) -> str:
        """What they are sorted by."""

    def cursor(self, row: str) -> str:
        """The cursor of one."""


@dataclass(frozen=True)
class CollectionRows:
    """The rows of a question to a collection."""

    question: Question

    @property
    def model(self) -> type[Model]:
        """The collection's model."""
        return self.question.collection.model

    @property
    def page(self) -> PageRequest:
        """The page, or what stands for it where all rows are asked for."""
        return self.question.request or PageRequest()

    def listed(self, offset: int, columns: list[str], *, more: bool) -> str:
        """The statement that reads them."""
        statement = Statement(workspace, now, list(self.question.parameters))  # type: ignore[arg-type]
        wanted = ", ".join(f"r.{column}" for column in columns)
        sql = rows_sql(self.question, statement, more=more, columns=wanted)
        return renumbered(sql, first_parameter(self.question), offset)

    def counted(self, offset: int) -> str:
        """The number of all of them."""
        collection, counted = self.question.collection, self.question.counted
        if counted is not None:
            return f"({renumbered(counted, first_parameter(self.question), offset)})"
        counting = collection.counting(self.question.conditions)
        return f"(SELECT {counting} FROM {collection.table} r WHERE {self.conditions(offset)})"

    def conditions(self, offset: int) -> str:
        """What each of them meets."""
        return renumbered(self.question.conditions, first_parameter(self.question), offset)

    def order(self, row: str, *, backward: bool = False) -> str:
        """The question's order, then the id."""
        question = self.question
        sorting = question.ordered.sorting(question.order.descending, backward=backward)
        return placed(sorting, row, None)

    def cursor(self, row: str) -> str:
        """The cursor: a missing value has none in its place."""
        order = self.question.ordered
        key = written_key(order.type, placed(order.expression, row, None))
        if order.null is not None:
            column = self.question.collection.model._meta.fields_db_projection[order.attribute]
            key = f"CASE WHEN {row}.{column} IS NOT NULL THEN {key} END"
        return cursor(fingerprint(self.question.collection, self.question.order), key, f"{row}.id")


@dataclass(frozen=True)
class TimelineRows:
    """The lines of a timeline. Its SQL has the present as declarations do: in braces."""

    page: TimelineQuestion
    model: None = None

    def _statement(self) -> Statement:
        return Statement(workspace, now, [workspace, None], "{now}")  # type: ignore[arg-type]

    def listed(self, offset: int, columns: list[str], *, more: bool) -> str:
        """The statement that reads them, with all that there is of each."""
        return renumbered(lines_sql(self.page, self._statement(), more=more), 3, offset)

    def counted(self, offset: int) -> str:
        """The number of all of them."""
        return renumbered(line_count(self.page, self._statement()), 3, offset)

    def order(self, row: str, *, backward: bool = False) -> str:
        """The newest first."""
        direction = "ASC" if backward else "DESC"
        return f"{row}.occurred_at {direction}, {row}.id {direction}"

    def cursor(self, row: str) -> str:
        """The cursor of a line."""
        return cursor(FINGERPRINT, written_key("timestamptz", f"{row}.occurred_at"), f"{row}.id")


def rows_of(question: Question | TimelineQuestion | None) -> Rows:
    """The rows that a question asks for."""
    assert question is not None
    if isinstance(question, TimelineQuestion):
        return TimelineRows(question)
    return CollectionRows(question)
