"""How the plan of an operation is made: the SQL of each kind of declaration, in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tortoise.models import Model

from resolvers.compiled.expressions import (
    column_of,
    columns_of,
    hung_on,
    id_of,
    literal,
    only_used,
    placed,
    quoted,
    value_of,
)
from resolvers.compiled.late import BRACES, LATE_CONTEXT, workspace
from resolvers.compiled.pages import PageWriter
from resolvers.compiled.places import Here
from resolvers.compiled.plans import FromSite, Plan
from resolvers.compiled.rows import CollectionRows, rows_of
from resolvers.compiled.selections import NotCompiled
from resolvers.compiled.sites import Answer, page_answer
from resolvers.compiled.tops import Top
from resolvers.compiled.trees import Branch, Part
from resolvers.declarations import (
    AllOf,
    Computed,
    CountOf,
    Derived,
    FirstOf,
    FoundRow,
    LinesOf,
    NodesOf,
    PageOf,
    Parts,
    RowOf,
    SubjectOf,
)
from resolvers.ids import PREFIXES
from resolvers.loaders.paging import PageRequest


@dataclass
class Builder:
    """Makes the plan of a tree from the answers of its sites.

    With `brief`, one that does not count the rows of children beyond a full page.
    """

    answers: Sequence[Answer]
    brief: bool = False
    parameters: list[Any] = field(default_factory=lambda: [workspace])
    _late: dict[str, str] = field(default_factory=dict)
    _names: int = 0

    def plan(self, query: Branch) -> Plan:
        """The plan of a query's root selections."""
        top = Top(self)
        top.object(query, Here())
        sql, used = only_used(top.sql())
        return Plan(sql, tuple(self.parameters[number - 1] for number in used), top.template())

    def columns(self, branch: Branch, here: Here) -> str:
        """The fields selected of an object, as columns called as in the answer."""
        return ", ".join(
            f"{self.value(branch, part, here)} AS {quoted(part.name)}" for part in branch.parts
        )

    def fresh(self) -> str:
        """A name that no other sub-query has, and no field of an answer can have."""
        self._names += 1
        return f'"~{self._names}"'

    def value(self, branch: Branch, part: Part, here: Here) -> str:
        """The SQL of one field's value."""
        if part.field == "__typename":
            return f"{literal(branch.on.name)}::text"
        if part.python_name in here.parts:
            return self.placed(here.parts[part.python_name], here)
        if part.source is not None:
            return self.sourced(part, here)
        if here.model is None:
            raise NotCompiled(f"{branch.on.name}.{part.field}")
        if part.field == "id":
            return id_of(here.model, f"{here.row}.{here.model._meta.db_pk_column}")
        if part.own_resolver:
            raise NotCompiled(f"{branch.on.name}.{part.field}")
        return value_of(here.model, part.python_name, here.row)

    def sourced(self, part: Part, here: Here) -> str:
        """The SQL of a field that declares where its value comes from."""
        match part.source:
            case Computed(sql=sql):
                return self.placed(self.bound(sql, part), here)
            case CountOf(collection=collection):
                question = LATE_CONTEXT.loaders.question(collection)
                offset = self.taken_over(page_answer(question))
                return self.inside(CollectionRows(question).counted(offset), here)
            case Parts(sql=parts):
                return self.parts(part.branch, replace(here, parts=parts))
            case RowOf(model=model, attribute=attribute):
                key = f"r.{model._meta.db_pk_column} = p.{self.attribute(attribute, here)}"
                return self.row(part.branch, model, key, here)
            case FoundRow(model=model, condition=condition):
                return self.row(part.branch, model, self.bound(condition, part), here)
            case FirstOf():
                return self.first(part, part.source, here)
            case Derived():
                return self.derived(part, part.source, here)
            case AllOf():
                return self.every(part, part.source, here)
            case PageOf():
                return self.page(part, here, {}).written()
            case LinesOf(fields=fields):
                return self.page(part, here, fields).written()
            case NodesOf():
                return self.nodes(part, part.source, here)
            case SubjectOf():
                return self.subject(part, part.source, here)
        raise NotCompiled(part.field)

    def parts(self, branch: Branch, here: Here) -> str:
        """An object whose fields are expressions on the row here."""
        return self.joined(f"SELECT {self.columns(branch, here)}", here)

    def joined(self, statement: str, here: Here) -> str:
        """A statement's row as an object; null where it has none. Beside the row here if that is
        read by a statement: what is joined can be kept for the next row that asks the same."""
        name = self.fresh()
        if here.joins is None:
            return f"(SELECT row_to_json({name}) FROM ({statement}) {name})"
        made = f"SELECT row_to_json({name}) AS j FROM ({statement}) {name}"
        here.joins.append(f"LEFT JOIN LATERAL ({made}) {name} ON true")
        return f"{name}.j"

    def below(self, here: Here, model: type[Model] | None = None, **values: Any) -> Here:
        """The place of rows that hang on the row here, and are read by a statement."""
        self._names += 1
        return Here(f"r{self._names}", model, here.row, joins=[], **values)

    def row(self, branch: Branch, model: type[Model], condition: str, here: Here) -> str:
        """The row that meets a condition, as an object."""
        below = self.below(here, model)
        columns = self.columns(branch, below)
        met = self.placed(condition, below)
        return self.joined(
            f"SELECT {columns} FROM {model._meta.db_table} {below.row}{below.joined} "
            f"WHERE {below.row}.workspace_id = $1 AND {met}",
            here,
        )

    def first(self, part: Part, source: FirstOf, here: Here) -> str:
        """The first row of a collection, as an object."""
        collection = source.collection
        question = LATE_CONTEXT.loaders.question(collection, request=PageRequest(1))
        rows = CollectionRows(question)
        offset = self.taken_over(page_answer(question))
        below = self.below(here, collection.model)
        columns = self.columns(part.branch, below)
        used = columns_of(below.row, f"{columns}{below.joined}")
        listed = hung_on(rows.listed(offset, used, more=False), source.key)
        return self.joined(
            f"SELECT {columns} FROM ({self.inside(listed, here)}) {below.row}{below.joined} "
            f"WHERE {self.placed(source.when, below)}",
            here,
        )

    def derived(self, part: Part, source: Derived, here: Here) -> str:
        """What a statement of a declaration makes up."""
        below = self.below(here, parts=source.fields)
        columns = self.columns(part.branch, below)
        made = self.inside(source.sql, here)
        if not source.many:
            return self.joined(f"SELECT {columns} FROM ({made}) {below.row}{below.joined}", here)
        numbered = f"SELECT r.*, row_number() OVER () AS i FROM ({made}) r"
        return self.list(numbered, columns, f"{below.row}.i", below)

    def every(self, part: Part, source: AllOf, here: Here) -> str:
        """All rows of a collection as a list of objects."""
        answer = self.answers[part.site] if part.site is not None else None
        if answer is None:
            question = LATE_CONTEXT.loaders.question(source.collection, filter=source.filter)
            answer = page_answer(question)
        rows = rows_of(answer.question)
        assert isinstance(rows, CollectionRows)
        conditions = hung_on(rows.conditions(self.taken_over(answer, part.site)), source.key)
        below = self.below(here, source.collection.model)
        columns = self.columns(part.branch, below)
        listed = f"SELECT r.* FROM {source.collection.table} r WHERE {conditions}"
        order = rows.order(below.row)
        if source.ahead is not None:
            order = f"coalesce({self.placed(source.ahead, below)}, false) DESC, {order}"
        return self.list(self.inside(listed, here), columns, order, below)

    def list(self, statement: str, columns: str, order: str, below: Here) -> str:
        """The rows of a statement as a list of objects."""
        name = self.fresh()
        return (
            f"(SELECT coalesce(json_agg({name} ORDER BY {order}), '[]') "
            f"FROM ({statement}) {below.row}{below.joined} "
            f"CROSS JOIN LATERAL (SELECT {columns}) {name})"
        )

    def page(self, part: Part, here: Here, fields: Mapping[str, str]) -> PageWriter:
        """A page, which writes itself as a connection."""
        assert part.site is not None
        answer = self.answers[part.site]
        rows = rows_of(answer.question)
        below = self.below(here, rows.model, parts=fields)
        offset = self.taken_over(answer, part.site)
        return PageWriter(
            self,
            part.branch,
            rows,
            offset,
            below,
            lambda sql: self.inside(sql, here),
            brief=self.brief and bool(here.row),
        )

    def nodes(self, part: Part, source: NodesOf, here: Here) -> str:
        """Rows by their global ids: of one id, or of a list of them."""
        assert part.site is not None
        offset = self.taken_over(self.answers[part.site], part.site)
        if not source.many:
            found = [self.node(branch, source, f"${offset}::uuid", here) for branch in part.below]
            return found[0] if found else "NULL::json"
        name = f"v{offset}"
        place = Here(name)
        cases = " ".join(
            f"WHEN '{PREFIXES[branch.model]}' THEN {self.node(branch, source, f'{name}.id', place)}"
            for branch in part.below
            if branch.model is not None
        )
        value = f"CASE {name}.t {cases} END" if cases else "NULL::json"
        return (
            f"(SELECT coalesce(json_agg({value} ORDER BY {name}.i), '[]') FROM "
            f"unnest(${offset}::text[], ${offset + 1}::uuid[]) WITH ORDINALITY {name}(t, id, i))"
        )

    def node(self, branch: Branch, source: NodesOf, id: str, here: Here) -> str:
        """A row of one model by the SQL of its id."""
        assert branch.model is not None
        simply = f"r.{branch.model._meta.db_pk_column} = {{id}}"
        condition = source.conditions.get(branch.model, simply).replace("{id}", id)
        return self.row(branch, branch.model, condition, here)

    def subject(self, part: Part, source: SubjectOf, here: Here) -> str:
        """The row that a line tells of, looked for in the one table where it is."""
        column = placed(source.column, here.row, here.row)
        branches = {branch.model: branch for branch in part.below if branch.model is not None}
        alone = replace(here, joins=None)
        cases = " ".join(
            f"WHEN {literal(value)} THEN "
            + self.row(branches[model], model, f"r.{model._meta.db_pk_column} = p.id", alone)
            for value, model in source.models.items()
        )
        return f"CASE {column} {cases} END"

    def taken_over(self, answer: Answer, site: int | None = None) -> int:
        """Take an answer's parameters among the plan's; return the number of the first."""
        offset = len(self.parameters) + 1
        if site is None:
            self.parameters.extend(answer.parameters)
        else:
            self.parameters.extend(FromSite(site, i) for i in range(len(answer.parameters)))
        return offset

    def bound(self, sql: str, part: Part) -> str:
        """SQL with the arguments of a field in it."""
        if part.site is None:
            return sql
        answer = self.answers[part.site]
        offset = self.taken_over(answer, part.site)
        for index, (name, kind) in enumerate(answer.kinds):
            sql = sql.replace(f"{{{name}}}", f"${offset + index}::{kind}")
        return sql

    def attribute(self, name: str, here: Here) -> str:
        """The column of the row here that an attribute is read from."""
        return name if here.model is None else column_of(here.model, name)

    def inside(self, sql: str, here: Here) -> str:
        """A statement of a declaration whose own rows are `r`, and whose parent is the row here."""
        return placed(self.told(sql), "r", here.row)

    def placed(self, sql: str, here: Here) -> str:
        """An expression of a declaration on the row here."""
        return placed(self.told(sql), here.row, here.parent)

    def told(self, sql: str) -> str:
        """SQL of a declaration with what a request tells late."""
        for brace, (late, kind) in BRACES.items():
            if brace in sql:
                if brace not in self._late:
                    self.parameters.append(late)
                    self._late[brace] = f"${len(self.parameters)}::{kind}"
                sql = sql.replace(brace, self._late[brace])
        return sql
