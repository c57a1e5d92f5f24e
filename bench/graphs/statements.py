"""The hand-written SQL: each query as one statement, the quickest that we know of."""

from bench.graphs.shapes import (
    CHILDREN,
    CUSTOMER_FIELDS,
    DETAIL_ROWS,
    LIST_FIELDS,
    LIST_ROWS,
    Children,
)


def detail_sql() -> str:
    """DETAIL: $1 is the workspace, $2 the customer."""
    columns = _columns(CUSTOMER_FIELDS, "c")
    children = ", ".join(f'({_counted(one)}) AS "{one.name}"' for one in CHILDREN)
    return (
        f"SELECT row_to_json(x)::text FROM (SELECT {columns}, {children} FROM customers c "
        "WHERE c.workspace_id = $1 AND c.id = $2 AND c.deleted_at IS NULL "
        "AND c.merged_into_id IS NULL) x"
    )


def list_sql() -> str:
    """LIST: $1 is the workspace, $2 the number of customers."""
    columns = _columns({name: CUSTOMER_FIELDS[name] for name in LIST_FIELDS}, "c")
    children = ", ".join(f'({_first(one)}) AS "{one.name}"' for one in CHILDREN)
    return (
        f"SELECT json_agg(x)::text FROM (SELECT {columns}, {children} FROM "
        "(SELECT * FROM customers c WHERE c.workspace_id = $1 AND c.deleted_at IS NULL "
        "AND c.merged_into_id IS NULL ORDER BY c.updated_at DESC, c.id DESC LIMIT $2) c) x"
    )


def _counted(children: Children) -> str:
    """A collection's rows with their number, both from one scan."""
    fields = ", ".join(f"'{name}', r.{column}" for name, column in children.fields.items())
    return (
        "SELECT json_build_object('totalCount', coalesce(max(r.total), 0), "
        f"'nodes', coalesce(json_agg(json_build_object({fields})), '[]')) "
        f"FROM ({_rows(children, 'r.*, count(*) OVER () AS total', DETAIL_ROWS)}) r"
    )


def _first(children: Children) -> str:
    """A collection's first rows."""
    rows = _rows(children, _columns(children.fields, "r"), LIST_ROWS)
    return f"SELECT json_build_object('nodes', coalesce(json_agg(r), '[]')) FROM ({rows}) r"


def _rows(children: Children, columns: str, most: int) -> str:
    if children.through is None:
        tables, whose = f"{children.table} r", "r"
    else:
        tables, whose = (
            (
                f"{children.through} a JOIN {children.table} r "
                f"ON r.workspace_id = $1 AND r.id = a.{children.tied}"
            ),
            "a",
        )
    direction = children.direction
    return (
        f"SELECT {columns} FROM {tables} WHERE {whose}.workspace_id = $1 "
        f"AND {whose}.customer_id = c.id {children.visible} "
        f"ORDER BY r.{children.order} {direction}, r.id {direction} LIMIT {most}"
    )


def _columns(fields: dict[str, str], row: str) -> str:
    return ", ".join(f'{row}.{column} AS "{name}"' for name, column in fields.items())
