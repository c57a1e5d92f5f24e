"""SQL text that writes values as Python does: one format for each kind of value."""

import re
from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields import Field
from tortoise.models import Model

from resolvers.compiled.selections import NotCompiled
from resolvers.ids import PREFIXES
from resolvers.loaders.statements import instant

PLAIN = (
    fields.CharField,
    fields.TextField,
    fields.IntField,
    fields.BigIntField,
    fields.BooleanField,
    fields.JSONField,
)
LONGEST_NAME = 63
"""PostgreSQL cuts longer names of columns off, in bytes."""
NUMBERS = frozenset({"i", "m"})
"""What a page adds to its rows: the number of each, and of all."""
ALIASES = re.compile(r"\b([rp])\.")
PARENT_ID = re.compile(r"\bp\.id\b")
PARAMETER = re.compile(r"\$(\d+)")


def column_of(model: type[Model], attribute: str) -> str:
    """The column behind an attribute of a model. Raises NotCompiled where there is none."""
    column = model._meta.fields_db_projection.get(attribute)
    if column is None:
        raise NotCompiled(f"{model.__name__}.{attribute}")
    return column


def value_of(model: type[Model], attribute: str, row: str) -> str:
    """The SQL that writes an attribute of a row as its scalar is written.

    Raises NotCompiled for an attribute that is no column, or a type without a format.
    """
    column = f"{row}.{column_of(model, attribute)}"
    found: Field[Any] = model._meta.fields_map[attribute]
    if isinstance(found, fields.DatetimeField):
        return instant(column)
    if isinstance(found, fields.DecimalField | fields.DateField):
        return f"{column}::text"
    if isinstance(found, ArrayField):
        return f"to_json({column})"
    if isinstance(found, PLAIN):
        return column
    raise NotCompiled(f"{model.__name__}.{attribute}")


def id_of(model: type[Model], column: str) -> str:
    """The SQL that writes a row's global id."""
    return f"'{PREFIXES[model]}_' || encode(uuid_send({column}), 'hex')"


def placed(sql: str, row: str, parent: str | None) -> str:
    """`sql` with the rows `r` and `p` called as they are in this place."""
    names = {"r": row, "p": parent or "p"}
    return ALIASES.sub(lambda match: f"{names[match[1]]}.", sql)


def columns_of(row: str, sql: str) -> list[str]:
    """The columns of a row that SQL refers to."""
    return sorted(set(re.findall(rf"\b{row}\.(\w+)", sql)) - NUMBERS)


def hung_on(sql: str, key: str) -> str:
    """`sql` whose rows hang on another attribute of their parent than its id."""
    return sql if key == "id" else PARENT_ID.sub(f"p.{key}", sql)


def renumbered(sql: str, first: int, offset: int) -> str:
    """`sql` with its parameters from `$first` on counted from `$offset` on; `$1` stays."""

    def number(match: re.Match[str]) -> str:
        old = int(match[1])
        return match[0] if old < first else f"${old - first + offset}"

    return PARAMETER.sub(number, sql)


def only_used(sql: str) -> tuple[str, list[int]]:
    """`sql` with the parameters that it refers to counted from 1 on, and their old numbers.

    A parameter that nothing refers to has no type, so PostgreSQL would refuse the statement. The
    workspace stays the first.
    """
    used: dict[str, int] = {"1": 1} if re.search(r"\$1\b", sql) else {}

    def number(match: re.Match[str]) -> str:
        return f"${used.setdefault(match[1], len(used) + 1)}"

    counted = PARAMETER.sub(number, sql)
    return counted, [int(old) for old in used]


def literal(value: str) -> str:
    """A text of ours as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name of the answer as an SQL column. Raises NotCompiled where it is too long for one."""
    if len(name.encode()) > LONGEST_NAME:
        raise NotCompiled("a name of more than 63 bytes")
    return '"' + name.replace('"', '""') + '"'
