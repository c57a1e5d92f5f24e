"""Plans: the one SQL statement of an operation, and where its parameters come from."""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    SelectionSetNode,
    get_named_type,
    is_object_type,
)
from tortoise.models import Model

from resolvers.compiled.expressions import id_of, literal, placed, quoted, renumbered, value_of
from resolvers.compiled.late import BRACES, LATE_CONTEXT, now, workspace
from resolvers.compiled.pages import page_sql
from resolvers.compiled.places import Here
from resolvers.compiled.selections import Document, NotCompiled, Selected
from resolvers.compiled.sites import Answer, Site, declared, first_parameter, page_answer
from resolvers.declarations import SOURCE, AllOf, Computed, CountOf, FoundRow, PageOf, Parts, RowOf
from resolvers.loaders.batches import rows_sql
from resolvers.loaders.paging import Question
from resolvers.loaders.statements import Statement


@dataclass(frozen=True)
class FromSite:
    """A parameter that stands at a place of a site's answer."""

    site: int
    place: int


@dataclass(frozen=True)
class Plan:
    """A statement. Each parameter is a value, or Late, or FromSite."""

    sql: str
    parameters: tuple[Any, ...]


@dataclass
class Builder:
    """Makes the plan of an operation from the answers of its sites, in the order of the walk."""

    document: Document
    sites: list[tuple[Site, Answer]]
    parameters: list[Any] = field(default_factory=lambda: [workspace])
    _late: dict[str, str] = field(default_factory=dict)
    _next: int = 0
    _depth: int = 0

    def plan(self, query: GraphQLObjectType, selections: tuple[SelectionSetNode, ...]) -> Plan:
        """The plan of a query's root selections."""
        columns = self.columns(query, selections, Here())
        sql = f"SELECT row_to_json(n)::text AS data FROM (SELECT {columns}) n"
        return Plan(sql, tuple(self.parameters))

    def columns(
        self, type: GraphQLObjectType, selections: tuple[SelectionSetNode, ...], here: Here
    ) -> str:
        """The fields selected of an object, as columns called as in the answer."""
        return ", ".join(
            f"{self.value(type, selected, here)} AS {quoted(selected.name)}"
            for selected in self.document.fields(type, selections)
        )

    def object(
        self, type: GraphQLObjectType, selections: tuple[SelectionSetNode, ...], here: Here
    ) -> str:
        """An object of the fields selected of a row."""
        return f"(SELECT row_to_json(n) FROM (SELECT {self.columns(type, selections, here)}) n)"

    def value(self, type: GraphQLObjectType, selected: Selected, here: Here) -> str:
        """The SQL of one field's value."""
        if selected.field == "__typename":
            return f"{literal(type.name)}::text"
        definition = type.fields.get(selected.field)
        if definition is None:
            raise NotCompiled(selected.field)
        told = declared(definition)
        if here.parts is not None:
            return self.computed(here.parts.sql[told.python_name], here)
        source = told.metadata.get(SOURCE)
        if source is not None:
            return self.sourced(source, definition, selected, here)
        if here.model is None:
            raise NotCompiled(f"{type.name}.{selected.field}")
        if selected.field == "id":
            return id_of(here.model, f"{here.row}.{here.model._meta.db_pk_column}")
        if told.base_resolver is not None:
            raise NotCompiled(f"{type.name}.{selected.field}")
        return value_of(here.model, told.python_name, here.row)

    def sourced(self, source: Any, definition: GraphQLField, selected: Selected, here: Here) -> str:
        """The SQL of a field that declares where its value comes from."""
        if isinstance(source, Computed):
            sql = self.answered(source.sql) if source.types else source.sql
            return self.computed(sql, here)
        if isinstance(source, CountOf):
            return self.count(source, here)
        named = get_named_type(definition.type)
        if not is_object_type(named):
            raise NotCompiled(f"{selected.field}: an abstract type")
        if isinstance(source, Parts):
            parts = Here(here.row, None, here.parent, source)
            return self.object(named, selected.selections, parts)
        if isinstance(source, RowOf):
            key = source.model._meta.db_pk_column
            condition = f"r.{key} = p.{source.attribute}"
            return self.one(named, selected, source.model, condition, here)
        if isinstance(source, FoundRow):
            condition = self.answered(source.condition)
            return self.one(named, selected, source.model, condition, here)
        if isinstance(source, AllOf):
            return self.every(named, selected, source, here)
        if isinstance(source, PageOf):
            return self.page(named, selected, here)
        raise NotCompiled(selected.field)

    def one(
        self,
        type: GraphQLObjectType,
        selected: Selected,
        model: type[Model],
        condition: str,
        here: Here,
    ) -> str:
        """One row as an object; null where there is none."""
        below = self.deeper(model, here)
        columns = self.columns(type, selected.selections, below)
        self._depth -= 1
        return (
            f"(SELECT row_to_json(n) FROM (SELECT {columns} "
            f"FROM {model._meta.db_table} {below.row} "
            f"WHERE {below.row}.workspace_id = $1 AND {placed(condition, below.row, here.row)}) n)"
        )

    def every(self, type: GraphQLObjectType, selected: Selected, source: AllOf, here: Here) -> str:
        """All rows of a collection as a list of objects."""
        question = LATE_CONTEXT.loaders.question(source.collection, filter=source.filter)
        below = self.deeper(source.collection.model, here)
        offset = self.taken_over(page_answer(question), None)
        rows = self.rows(question, offset, below, more=False)
        rows = rows.replace(f"{below.parent}.id", f"{below.parent}.{source.key}")
        ahead = placed(source.ahead or "false", below.row, here.row)
        node = self.object(type, selected.selections, below)
        self._depth -= 1
        return (
            "(SELECT coalesce(json_agg(x.n ORDER BY x.a DESC, x.i), '[]') FROM (SELECT "
            f"row_number() OVER () AS i, coalesce({ahead}, false) AS a, {node} AS n "
            f"FROM ({rows}) {below.row}) x)"
        )

    def page(self, type: GraphQLObjectType, selected: Selected, here: Here) -> str:
        """A page as a connection."""
        place = self._next
        self._next += 1
        answer = self.sites[place][1]
        assert answer.question is not None
        below = self.deeper(answer.question.collection.model, here)
        offset = self.taken_over(answer, place)
        sql = page_sql(self, type, selected, answer.question, offset, below)
        self._depth -= 1
        return sql

    def count(self, source: CountOf, here: Here) -> str:
        """How many rows a collection has."""
        question = LATE_CONTEXT.loaders.question(source.collection)
        below = self.deeper(source.collection.model, here)
        offset = self.taken_over(page_answer(question), None)
        sql = self.counted(question, offset, below)
        self._depth -= 1
        return sql

    def counted(self, question: Question, offset: int, below: Here) -> str:
        """The number of a question's rows."""
        sql = renumbered(question.conditions, first_parameter(question), offset)
        return (
            f"(SELECT count(*) FROM {question.collection.table} {below.row} "
            f"WHERE {placed(sql, below.row, below.parent)})"
        )

    def rows(self, question: Question, offset: int, below: Here, *, more: bool) -> str:
        """The statement of a question's rows, its parameters counted from `$offset` on."""
        statement = Statement(workspace, now, list(question.parameters))  # type: ignore[arg-type]
        sql = rows_sql(question, statement, more=more).replace(
            f" {question.collection.table} r ", f" {question.collection.table} {below.row} ", 1
        )
        return placed(renumbered(sql, first_parameter(question), offset), below.row, below.parent)

    def taken_over(self, answer: Answer, place: int | None) -> int:
        """Take an answer's parameters among the plan's; return the number of the first."""
        offset = len(self.parameters) + 1
        if place is not None and self.sites[place][0].varies:
            self.parameters.extend(FromSite(place, i) for i in range(len(answer.parameters)))
        else:
            self.parameters.extend(answer.parameters)
        return offset

    def answered(self, sql: str) -> str:
        """SQL with the arguments of the next site in it."""
        place = self._next
        self._next += 1
        answer = self.sites[place][1]
        offset = self.taken_over(answer, place)
        for index, (name, kind) in enumerate(answer.kinds):
            sql = sql.replace(f"{{{name}}}", f"${offset + index}::{kind}")
        return sql

    def deeper(self, model: type[Model], here: Here) -> Here:
        """The place of rows that hang on the row here. Count `_depth` down when done with it."""
        self._depth += 1
        return Here(f"r{self._depth}", model, here.row)

    def computed(self, sql: str, here: Here) -> str:
        """SQL of a declaration in this place, with what is told late."""
        for brace, (late, kind) in BRACES.items():
            if brace in sql:
                if brace not in self._late:
                    self.parameters.append(late)
                    self._late[brace] = f"${len(self.parameters)}::{kind}"
                sql = sql.replace(brace, self._late[brace])
        return placed(sql, here.row, here.parent)
