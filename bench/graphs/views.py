"""The tables as PostGraphile is to see them: a view for each collection, with smart tags.

A view names the workspace, so that the tables' indexes, all of which begin with it, serve it too.
Without `guarded` the views read with their owner's rights, whom no policy binds: the quickest that
PostGraphile can be. Guarded, row-level security binds the reader to the workspace of its setting.
"""

from uuid import UUID

import asyncpg

from bench.graphs.shapes import CHILDREN, CUSTOMER_FIELDS, Children

READERS = "satukan_app, satukan_maintenance"


async def make_views(connection: asyncpg.Connection, workspace_id: UUID, *, guarded: bool) -> str:
    """Make the views anew, for a workspace; the name of the schema that they stand in."""
    schema = "graph_guarded" if guarded else "graph"
    options = "WITH (security_invoker = true)" if guarded else ""
    columns = ", ".join(f"r.{column}" for column in CUSTOMER_FIELDS.values())
    statements = [
        f"DROP SCHEMA IF EXISTS {schema} CASCADE",
        f"CREATE SCHEMA {schema}",
        f"CREATE VIEW {schema}.customers {options} AS SELECT {columns} FROM public.customers r "
        f"WHERE r.workspace_id = '{workspace_id}' AND r.deleted_at IS NULL "
        "AND r.merged_into_id IS NULL",
        f"COMMENT ON VIEW {schema}.customers IS E'@primaryKey id'",
        *(line for children in CHILDREN for line in _view(children, schema, options, workspace_id)),
        f"GRANT USAGE ON SCHEMA {schema} TO {READERS}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {READERS}",
    ]
    for statement in statements:
        await connection.execute(statement)
    return schema


def _view(children: Children, schema: str, options: str, workspace_id: UUID) -> list[str]:
    """The view of a collection: its rows with the customer whom they are tied to."""
    columns = ", ".join(f"r.{column}" for column in children.fields.values())
    if children.through is None:
        tables, whose, bound = f"public.{children.table} r", "r", ""
    else:
        tables = (
            f"public.{children.through} a JOIN public.{children.table} r "
            f"ON r.workspace_id = '{workspace_id}' AND r.id = a.{children.tied}"
        )
        whose, bound = "a", ""
    order = "" if children.order in children.fields.values() else f", r.{children.order}"
    name = f"{schema}.{children.name}"
    return [
        f"CREATE VIEW {name} {options} AS SELECT {whose}.customer_id, {columns}{order} "
        f"FROM {tables} WHERE {whose}.workspace_id = '{workspace_id}' {children.visible}{bound}",
        f"COMMENT ON VIEW {name} IS "
        f"E'@primaryKey id\\n@foreignKey (customer_id) references {schema}.customers (id)"
        f"|@foreignFieldName {children.name}'",
    ]
