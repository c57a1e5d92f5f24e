"""The SQL of a connection: its items, its ends and its count, each only if selected."""

from typing import Protocol

from graphql import GraphQLObjectType, SelectionSetNode, get_named_type, is_object_type

from resolvers.compiled.expressions import cursor_of, key_text, literal, placed, quoted
from resolvers.compiled.places import Here
from resolvers.compiled.selections import Document, NotCompiled, Selected
from resolvers.loaders.paging import PageRequest, Question, fingerprint


class Builder(Protocol):
    """What a page asks of the plan that it becomes a part of."""

    document: Document

    def object(
        self, type: GraphQLObjectType, selections: tuple[SelectionSetNode, ...], here: Here
    ) -> str:
        """An object of the fields selected of a row."""

    def counted(self, question: Question, offset: int, below: Here) -> str:
        """The number of a question's rows."""

    def rows(self, question: Question, offset: int, below: Here, *, more: bool) -> str:
        """The statement of a question's rows."""


def object_type(type: GraphQLObjectType, field: str) -> GraphQLObjectType:
    """The object type of a field. Raises NotCompiled where it is abstract."""
    named = get_named_type(type.fields[field].type)
    if not is_object_type(named):
        raise NotCompiled(field)
    return named


def page_sql(
    builder: Builder,
    type: GraphQLObjectType,
    selected: Selected,
    question: Question,
    offset: int,
    below: Here,
) -> str:
    """A page of the rows `below` as an object of the connection type."""
    fields = builder.document.fields(type, selected.selections)
    request = question.request or PageRequest()
    more = any(field.field == "pageInfo" for field in fields)
    inner: list[str] = ["row_number() OVER () AS i"]
    outer: list[str] = []
    for index, field in enumerate(fields):
        name = quoted(field.name)
        match field.field:
            case "__typename":
                outer.append(f"{literal(type.name)}::text AS {name}")
            case "totalCount":
                outer.append(f"{builder.counted(question, offset, below)} AS {name}")
            case "nodes":
                node = builder.object(object_type(type, "nodes"), field.selections, below)
                inner.append(f"{node} AS n{index}")
                outer.append(f"{_aggregated(index, request, more)} AS {name}")
            case "edges":
                edge = _edge(builder, object_type(type, "edges"), field, question, below)
                inner.append(f"{edge} AS n{index}")
                outer.append(f"{_aggregated(index, request, more)} AS {name}")
            case "pageInfo":
                inner.append(f"{_cursor(question, below)} AS c{index}")
                info = _page_info(builder, object_type(type, "pageInfo"), field, request, index)
                outer.append(f"{info} AS {name}")
            case _:
                raise NotCompiled(field.field)
    if len(inner) == 1:
        return f"(SELECT row_to_json(q) FROM (SELECT {', '.join(outer)}) q)"
    rows = builder.rows(question, offset, below, more=more)
    return (
        f"(SELECT row_to_json(q) FROM (SELECT {', '.join(outer)} FROM "
        f"(SELECT {', '.join(inner)} FROM ({rows}) {below.row}) x) q)"
    )


def _aggregated(index: int, request: PageRequest, more: bool) -> str:
    """A column of the rows as a list, first to last, without the one that only tells of more."""
    direction = " DESC" if request.backward else ""
    shown = f" FILTER (WHERE x.i <= {request.size})" if more else ""
    return f"coalesce(json_agg(x.n{index} ORDER BY x.i{direction}){shown}, '[]')"


def _cursor(question: Question, below: Here) -> str:
    order = question.ordered
    key = key_text(order.type, placed(order.expression, below.row, below.parent))
    if order.null is not None:
        attribute = question.collection.model._meta.fields_db_projection[order.attribute]
        key = f"CASE WHEN {below.row}.{attribute} IS NOT NULL THEN {key} END"
    return cursor_of(fingerprint(question.collection, question.order), key, f"{below.row}.id")


def _edge(
    builder: Builder,
    type: GraphQLObjectType,
    selected: Selected,
    question: Question,
    below: Here,
) -> str:
    columns = []
    for field in builder.document.fields(type, selected.selections):
        match field.field:
            case "__typename":
                value = f"{literal(type.name)}::text"
            case "cursor":
                value = _cursor(question, below)
            case "node":
                value = builder.object(object_type(type, "node"), field.selections, below)
            case _:
                raise NotCompiled(field.field)
        columns.append(f"{value} AS {quoted(field.name)}")
    return f"(SELECT row_to_json(n) FROM (SELECT {', '.join(columns)}) n)"


def _page_info(
    builder: Builder,
    type: GraphQLObjectType,
    selected: Selected,
    request: PageRequest,
    index: int,
) -> str:
    grown = f"coalesce(max(x.i), 0) > {request.size}"
    near = f"min(x.c{index}) FILTER (WHERE x.i = 1)"
    far = f"(array_agg(x.c{index} ORDER BY x.i DESC) FILTER (WHERE x.i <= {request.size}))[1]"
    told = {
        "hasNextPage": _told(request.before is not None) if request.backward else grown,
        "hasPreviousPage": grown if request.backward else _told(request.after is not None),
        "startCursor": far if request.backward else near,
        "endCursor": near if request.backward else far,
        "__typename": f"{literal(type.name)}::text",
    }
    columns = []
    for field in builder.document.fields(type, selected.selections):
        if field.field not in told:
            raise NotCompiled(field.field)
        columns.append(f"{told[field.field]} AS {quoted(field.name)}")
    return _row(columns)


def _told(value: bool) -> str:
    return "true" if value else "false"


def _row(columns: list[str]) -> str:
    """Columns that aggregate as an object: `json_build_object` lets them stand beside others."""
    parts = []
    for column in columns:
        value, name = column.rsplit(" AS ", 1)
        parts.append(f"{literal(name[1:-1].replace(chr(34) * 2, chr(34)))}, {value}")
    return f"json_build_object({', '.join(parts)})"
