"""What a recorded SQL statement breaks of the rules for distributing the database by workspace.

The rules are of the architecture's chapter "Beyond one PostgreSQL".
"""

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Scope = exp.Select | exp.Update | exp.Delete | exp.Insert

OWN_CLOCKS_AND_DICE = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random"
    r"|gen_random_uuid|uuidv7|uuidv4|nextval|setval|currval)\s*\("
    r"|\b(current_timestamp|current_date|current_time|localtimestamp|localtime)\b",
    re.IGNORECASE,
)
REFUSED = re.compile(r"\s*(MERGE|COPY|TRUNCATE|LOCK|CREATE|ALTER|DROP)\b", re.IGNORECASE)
NUMBERED = re.compile(r"\$(\d+)")
LITERAL = re.compile(r"'(?:[^']|'')*'")
OF_NO_TABLE = (
    "SET",
    "SELECT satukan_set_workspace",
    "SELECT pg_",
    "EXPLAIN",
    "ANALYZE",
    "SAVEPOINT",
    "RELEASE SAVEPOINT",
    "ROLLBACK TO SAVEPOINT",
)


def broken_rules(sql: str, tables: frozenset[str]) -> list[str]:
    """What a statement breaks; nothing where it keeps to all rules. `tables` are ours."""
    if REFUSED.match(sql):
        return [f"{sql.split()[0]} does not run on every node, or under row-level security"]
    if sql.lstrip().startswith(OF_NO_TABLE):
        return []
    try:
        [tree] = sqlglot.parse(NUMBERED.sub(r":p\1", sql), read="postgres")
    except (SqlglotError, ValueError):
        return ["it cannot be parsed"]
    assert tree is not None
    if not any(table.name in tables for table in tree.find_all(exp.Table)):
        return []
    found = [*_unnamed(tree, tables), *_unsure_inserts(tree), *_moved(tree)]
    if (own := OWN_CLOCKS_AND_DICE.search(LITERAL.sub("''", sql))) is not None:
        found.append(f"{own[0]}: pass the value as a parameter")
    return found


def _unnamed(tree: exp.Expr, tables: frozenset[str]) -> Iterator[str]:
    """Tables that are read or changed without naming the workspace as a parameter."""
    for table in tree.find_all(exp.Table):
        if table.name not in tables:
            continue
        scope = _scope(table)
        if isinstance(scope, exp.Insert):
            target = scope.this
            columns = [column.name for column in getattr(target, "expressions", [])]
            if columns[:1] != ["workspace_id"] and "workspace_id" not in columns:
                yield f"INSERT INTO {table.name} does not write the workspace"
        elif scope is None or table.alias_or_name not in _named(scope):
            yield f"{table.name} {table.alias}: workspace_id = $n is missing"


def _named(scope: Scope) -> set[str]:
    """The aliases of a scope's own tables whose workspace is compared with a parameter."""
    own = [table.alias_or_name for table in scope.find_all(exp.Table) if _scope(table) is scope]
    named = set()
    for equal in scope.find_all(exp.EQ):
        sides = (equal.this, equal.expression)
        columns = [
            side for side in sides if isinstance(side, exp.Column) and side.name == "workspace_id"
        ]
        if len(columns) == 1 and any(side.find(exp.Parameter, exp.Placeholder) for side in sides):
            [column] = columns
            if column.table:
                named.add(column.table)
            elif _scope(equal) is scope:
                named.update(own[:1])
    return named


def _scope(node: exp.Expr) -> Scope | None:
    """The statement or sub-query that a node belongs to directly."""
    above = node.parent
    while above is not None and not isinstance(above, Scope):
        above = above.parent
    return above


def _unsure_inserts(tree: exp.Expr) -> Iterator[str]:
    """INSERT … SELECT that neither returns rows nor says what to do about conflicts."""
    for insert in tree.find_all(exp.Insert):
        if isinstance(insert.expression, exp.Select) and not (
            insert.args.get("returning") or insert.args.get("conflict")
        ):
            yield "INSERT … SELECT wants RETURNING or ON CONFLICT under row-level security"


def _moved(tree: exp.Expr) -> Iterator[str]:
    """Rows that an UPDATE would move to another workspace."""
    for update in tree.find_all(exp.Update):
        for one in update.expressions:
            if isinstance(one, exp.EQ) and one.this.name == "workspace_id":
                yield "UPDATE … SET workspace_id"
