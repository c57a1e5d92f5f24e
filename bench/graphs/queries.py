"""The measured queries as each peer is asked them: the texts differ, the answers' shapes do not."""

from bench.graphs.shapes import (
    CHILDREN,
    CUSTOMER_FIELDS,
    DETAIL_ROWS,
    LIST_CUSTOMERS,
    LIST_FIELDS,
    LIST_ROWS,
    Children,
)

__all__ = [
    "LIST_CUSTOMERS",
    "postgraphile_detail",
    "postgraphile_list",
    "satukan_detail",
    "satukan_list",
]


def satukan_detail() -> str:
    """DETAIL: one customer's scalars, and the first 20 of each collection with its count."""
    children = "\n".join(_children(one, f"first: {DETAIL_ROWS}", "totalCount") for one in CHILDREN)
    scalars = " ".join(CUSTOMER_FIELDS)
    return f"query Detail($id: ID!) {{\n  customer(id: $id) {{\n    {scalars}\n{children}\n  }}\n}}"


def satukan_list() -> str:
    """LIST: so many customers, the last updated first, and the first 5 of each collection."""
    children = "\n".join(_children(one, f"first: {LIST_ROWS}") for one in CHILDREN)
    return (
        "query List($first: Int!) {\n  customers(first: $first) {\n    nodes {\n"
        f"      {' '.join(LIST_FIELDS)}\n{children}\n    }}\n  }}\n}}"
    )


def postgraphile_detail() -> str:
    """DETAIL, of PostGraphile over the views of `bench.graphs.views`."""
    children = "\n".join(
        _children(one, f"first: {DETAIL_ROWS}, {_order(one)}", "totalCount") for one in CHILDREN
    )
    scalars = " ".join(_named(CUSTOMER_FIELDS))
    return (
        "query Detail($id: UUID!) {\n"
        f"  customer: customerByRowId(rowId: $id) {{\n    {scalars}\n{children}\n  }}\n}}"
    )


def postgraphile_list() -> str:
    """LIST, of PostGraphile."""
    children = "\n".join(_children(one, f"first: {LIST_ROWS}, {_order(one)}") for one in CHILDREN)
    return (
        "query List($first: Int!) {\n"
        "  customers: allCustomers(first: $first, orderBy: [UPDATED_AT_DESC, ROW_ID_DESC]) {\n"
        f"    nodes {{\n      {' '.join(_named(LIST_FIELDS))}\n{children}\n    }}\n  }}\n}}"
    )


def _order(children: Children) -> str:
    direction = children.direction
    return f"orderBy: [{children.order.upper()}_{direction}, ROW_ID_{direction}]"


def _children(children: Children, arguments: str, *beside: str) -> str:
    told = " ".join((*beside, f"nodes {{ {' '.join(_fields(children, arguments))} }}"))
    return f"    {children.name}({arguments}) {{ {told} }}"


def _fields(children: Children, arguments: str) -> list[str]:
    names = list(children.fields)
    return _named(names) if "orderBy" in arguments else names


def _named(fields: object) -> list[str]:
    """PostGraphile calls a column `id` rowId: `id` is Relay's there."""
    return ["id: rowId" if name == "id" else str(name) for name in fields]  # type: ignore[attr-defined]
