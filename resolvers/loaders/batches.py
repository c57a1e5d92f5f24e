"""The statements behind the loaders: for a list of parents, the answer of each, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from resolvers.loaders.collections import KEY
from resolvers.loaders.paging import PageRequest, Place, Question, Slice
from resolvers.loaders.statements import PARENTS, WORKSPACE, Statement


class Reader(Protocol):
    """What a batch reads through: one connection in one transaction, bound to one workspace."""

    @property
    def workspace_id(self) -> UUID:
        """The workspace."""

    async def connection(self) -> BaseDBAsyncClient:
        """The connection."""


async def fetch(reader: Reader, sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows of a statement."""
    connection = await reader.connection()
    return await connection.execute_query_dict(sql, list(parameters))


async def rows_by_id(reader: Reader, model: type[Model], ids: list[UUID]) -> list[Any]:
    """The rows of these ids, in their order; None where the workspace has none."""
    columns = ", ".join(f"r.{c}" for c in model._meta.fields_db_projection.values())
    found = await fetch(
        reader,
        f"SELECT {columns} FROM {model._meta.db_table} r "
        f"WHERE r.workspace_id = {WORKSPACE} AND r.{model._meta.db_pk_column} = ANY($2::uuid[])",
        [reader.workspace_id, list(set(ids))],
    )
    rows = {row[model._meta.db_pk_column]: model._init_from_db(**row) for row in found}
    return [rows.get(id) for id in ids]


def _beyond(question: Question, statement: Statement, place: Place, *, onward: bool) -> str:
    """The condition that a row comes after a place, or before it where not `onward`."""
    descending = question.order.descending
    return question.ordered.beyond(
        statement, place.key, place.id, descending=descending, onward=onward
    )


def bounds(question: Question, statement: Statement) -> list[str]:
    """The conditions that rows lie between the places that a page's cursors tell."""
    request = question.request or PageRequest()
    parts = []
    if request.after is not None:
        parts.append(_beyond(question, statement, request.after, onward=True))
    if request.before is not None:
        parts.append(_beyond(question, statement, request.before, onward=False))
    return parts


def rows_sql(
    question: Question, statement: Statement, *, more: bool = True, columns: str | None = None
) -> str:
    """The statement that reads one parent's rows: all that makes a model, or just some columns.

    With `more` it reads one more than was asked for, to know whether there are any.
    """
    collection, request = question.collection, question.request
    parts = [question.conditions]
    backward = False
    limit = ""
    if request is not None:
        if question.found is not None:
            parts.append(f"r.id = ANY({statement.bind(list(question.found), 'uuid[]')})")
        else:
            parts += bounds(question, statement)
        backward = request.backward
        limit = f" LIMIT {request.size + more}"
    sorting = question.ordered.sorting(question.order.descending, backward=backward)
    return (
        f"SELECT {collection.columns if columns is None else columns} "
        f"FROM {collection.table} r WHERE {' AND '.join(parts)} ORDER BY {sorting}{limit}"
    )


def _row(model: type[Model], values: dict[str, Any]) -> Any:
    """A row as a model, with its key where that was read beside it."""
    if KEY not in values:
        return model._init_from_db(**values)
    key = values.pop(KEY)
    row: Any = model._init_from_db(**values)
    setattr(row, KEY, key)
    return row


def _slice(rows: list[Any], request: PageRequest | None) -> Slice:
    if request is None:
        return Slice(rows, more=False)
    more = len(rows) > request.size
    shown = rows[: request.size]
    return Slice(shown[::-1] if request.backward else shown, more)


async def pages(
    reader: Reader, statement: Statement, question: Question, parents: list[UUID | None]
) -> list[Slice]:
    """Each parent's page, by one statement: the first rows of each by a lateral sub-query."""
    model, beside = question.collection.model, question.ordered.beside
    columns = f"{question.collection.columns}, {beside} AS {KEY}" if beside else None
    sql = rows_sql(question, statement, columns=columns)
    if question.collection.parent is None:
        found = await fetch(reader, sql, statement.parameters)
        page = _slice([_row(model, row) for row in found], question.request)
        return [page for _ in parents]
    statement.parameters[1] = list(dict.fromkeys(parents))
    found = await fetch(
        reader,
        f"SELECT p.id AS parent__id, r.* FROM unnest({PARENTS}::uuid[]) AS p(id) "
        f"CROSS JOIN LATERAL ({sql}) r",
        statement.parameters,
    )
    grouped: dict[UUID | None, list[Any]] = {parent: [] for parent in parents}
    for row in found:
        grouped[row.pop("parent__id")].append(_row(model, row))
    slices = {parent: _slice(rows, question.request) for parent, rows in grouped.items()}
    return [slices[parent] for parent in parents]


async def counts(
    reader: Reader, statement: Statement, question: Question, parents: list[UUID | None]
) -> list[int]:
    """How many rows each parent's collection has, by one statement."""
    collection = question.collection
    counting = collection.counting(question.conditions)
    sql = f"SELECT {counting} AS count FROM {collection.table} r WHERE {question.conditions}"
    if question.counted is not None:
        sql = f"SELECT {question.counted} AS count"
    if collection.parent is None:
        found = await fetch(reader, sql, statement.parameters)
        return [int(found[0]["count"]) for _ in parents]
    statement.parameters[1] = list(dict.fromkeys(parents))
    found = await fetch(
        reader,
        f"SELECT p.id AS parent__id, ({sql}) AS count FROM unnest({PARENTS}::uuid[]) AS p(id)",
        statement.parameters,
    )
    numbers = {row["parent__id"]: int(row["count"]) for row in found}
    return [numbers[parent] for parent in parents]


@dataclass(frozen=True)
class Grouped:
    """A statement of its own over parents: its rows grouped by `parent__id`, as plain dicts.

    `sql` has the workspace as $1, the parents as $2 and, with `instant`, the present as $3.
    """

    name: str
    sql: str
    instant: bool = False


async def grouped_rows(
    reader: Reader, statement: Grouped, now: Any, parents: list[UUID]
) -> list[list[dict[str, Any]]]:
    """Each parent's rows."""
    parameters = [reader.workspace_id, list(dict.fromkeys(parents))]
    found = await fetch(
        reader, statement.sql, [*parameters, now] if statement.instant else parameters
    )
    groups: dict[UUID, list[dict[str, Any]]] = {parent: [] for parent in parents}
    for row in found:
        groups[row["parent__id"]].append(row)
    return [groups[parent] for parent in parents]
