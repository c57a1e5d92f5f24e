"""SQL text that writes values as Python does: one format for each kind of value."""

import re
from enum import Enum
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
ALIASES = re.compile(r"\b([rp])\.")
PARAMETER = re.compile(r"\$(\d+)")


def value_of(model: type[Model], attribute: str, row: str) -> str:
    """The SQL that writes an attribute of a row as its scalar is written.

    Raises NotCompiled for an attribute that is no column, or a type without a format.
    """
    found: Field[Any] | None = model._meta.fields_map.get(attribute)
    if found is None:
        raise NotCompiled(f"{model.__name__}.{attribute}")
    column = f"{row}.{model._meta.fields_db_projection[attribute]}"
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
    return f"'{PREFIXES[model]}_' || replace({column}::text, '-', '')"


def key_text(type: str, expression: str) -> str:
    """The SQL that writes a row's key in an order as cursors hold it."""
    if type == "timestamptz":
        return instant(expression)
    return f"({expression})::text"


def cursor_of(fingerprint: str, key: str, id: str) -> str:
    """The SQL that writes a row's cursor: the same text as `resolvers.loaders.paging`."""
    return (
        f"rtrim(translate(encode(convert_to('[\"{fingerprint}\",' || "
        f"coalesce(to_json({key})::text, 'null') || ',\"' || replace({id}::text, '-', '') || "
        "'\"]', 'UTF8'), 'base64'), E'+/\\n', '-_'), '=')"
    )


def placed(sql: str, row: str, parent: str | None) -> str:
    """`sql` with the rows `r` and `p` called as they are in this place."""
    names = {"r": row, "p": parent or "p"}
    return ALIASES.sub(lambda match: f"{names[match[1]]}.", sql)


def renumbered(sql: str, first: int, offset: int) -> str:
    """`sql` with its parameters from `$first` on counted from `$offset` on; `$1` stays."""

    def number(match: re.Match[str]) -> str:
        old = int(match[1])
        return match[0] if old < first else f"${old - first + offset}"

    return PARAMETER.sub(number, sql)


def literal(value: str) -> str:
    """A text of ours as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name of the answer as an SQL column. Raises NotCompiled where it is too long for one."""
    if len(name.encode()) > 63:
        raise NotCompiled("a name of more than 63 bytes")
    return '"' + name.replace('"', '""') + '"'


def plain_value(value: Any) -> Any:
    """A bound value as the driver takes it."""
    return value.value if isinstance(value, Enum) else value
