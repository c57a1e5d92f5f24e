"""Columns: what an exported file says of a customer, so that an import reads it back.

Columns bear the names of the import's fields. Users stand as e-mail addresses, groups and tags as
names, so that a file can be read into another workspace too; a customer's own id finds them again
in theirs. The last columns are for people: an import leaves them alone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any
from uuid import UUID

from models import Customer, Group, PropertyDefinition, PropertyType, Tag
from services.customer_fields import API_NAMES, USER_FIELDS
from services.ids import FORM, decode_id, global_id
from services.instants import written
from services.transactions import Transaction

USERS = """
    SELECT id, email FROM users WHERE workspace_id = $1 AND disabled_at IS NULL"""
PARTING = frozenset(";|")
"""Signs that part several values of one cell."""
OF_VIEWS = {
    "owner": "ownerId",
    "assignee": "assigneeId",
    "source": "channel",
    "groups": "groupIds",
    "tags": "tagIds",
}
"""What views call columns that have another name here. Columns without a like are left out."""
FOR_PEOPLE = ("acquisition", "lifetimeValue", "paidOrders", "createdAt", "updatedAt")
# Only what an import would connect again: on the default channel of its kind.
IDENTIFIER = """
    (SELECT i.identifier FROM channel_identities i
        JOIN channels h ON h.workspace_id = $1 AND h.id = i.channel_id AND h.is_default
        WHERE i.workspace_id = $1 AND i.customer_id = r.id AND i.kind = r.source
        ORDER BY i.connected_at, i.id LIMIT 1)"""
MEMBERS = """
    (SELECT array_agg(DISTINCT a.{column}) FROM {table} a
        WHERE a.workspace_id = $1 AND a.customer_id = r.id)"""

READ = (
    "id",
    "external_id",
    *("source" if name == "channel" else name for name in API_NAMES if name != "external_id"),
    "properties",
    "acquisition",
    "lifetime_value",
    "paid_order_count",
    "created_at",
    "updated_at",
)
"""The columns of the table that are read: not those that only serve searches and orders."""

Row = Mapping[str, Any]
Reader = Callable[[Row], Any]
"""Makes the value of a column of a customer's row: text, a number, a list of texts, or None."""


@dataclass(frozen=True, slots=True)
class Names:
    """What ids in customers stand for, by their ids."""

    users: Mapping[UUID, str]
    groups: Mapping[UUID, str]
    tags: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an exported file, and how a customer's row is read for them."""

    names: tuple[str, ...]
    readers: tuple[Reader, ...]
    select: str
    """What is read of row `r` of the table of customers."""

    def values(self, row: Row) -> list[Any]:
        """A customer's values, in the order of the columns."""
        return [read(row) for read in self.readers]


async def load_names(tx: Transaction) -> Names:
    """What ids in the customers of the workspace stand for."""
    users = {row["id"]: row["email"] for row in await tx.fetch(USERS, tx.workspace_id)}
    found = []
    for model, table in ((Group, "groups"), (Tag, "tags")):
        rows = await tx.fetch(
            f"SELECT id, name FROM {table} WHERE workspace_id = $1", tx.workspace_id
        )
        found.append({row["id"]: _told(model, row["id"], row["name"]) for row in rows})
    return Names(users, *found)


def _told(model: type[Group] | type[Tag], id: UUID, name: str) -> str:
    """A group or tag as a cell names it: by its id where its name would be read as another's."""
    unlike = not PARTING.isdisjoint(name) or FORM.fullmatch(name) or name != name.strip()
    return global_id(model, id) if unlike or _is_uuid(name) else name


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def columns_of(
    definitions: Sequence[PropertyDefinition],
    names: Names,
    wanted: Sequence[str] | None = None,
    off: Collection[str] = (),
) -> Columns:
    """All columns, or those of a view: the full name first, then `wanted` as far as they exist.

    `off` are the keys of built-in properties that are switched off: they have no columns.
    """
    readers = {**_plain(names), **{one.key: _custom(one, names) for one in definitions}}
    for name in (*off, *(["identifier"] if "channel" in off else [])):
        readers.pop(name, None)
    order = list(readers)
    if wanted is not None:
        named = dict.fromkeys(["fullName", *(OF_VIEWS.get(name, name) for name in wanted)])
        order = [name for name in named if name in readers]
    else:
        order = [*(n for n in order if n not in FOR_PEOPLE), *FOR_PEOPLE]
    return Columns(tuple(order), tuple(readers[name] for name in order), _select(order, names))


def _plain(names: Names) -> dict[str, Reader]:
    """The columns of the fields that every customer has."""
    found: dict[str, Reader] = {"id": lambda row: global_id(Customer, row["id"])}
    for column, name in (("external_id", "externalId"), *API_NAMES.items()):
        if name in found or column == "channel":
            continue
        found[name] = _user(column, names.users) if column in USER_FIELDS else itemgetter(column)
    found |= {
        "channel": lambda row: row["source"] if row["identifier"] else None,
        "identifier": lambda row: row["identifier"],
        "groupIds": _members("group_ids", names.groups),
        "tagIds": _members("tag_ids", names.tags),
        "acquisition": lambda row: row["acquisition"],
        "lifetimeValue": lambda row: format(row["lifetime_value"], "f"),
        "paidOrders": lambda row: row["paid_order_count"],
        "createdAt": lambda row: written(row["created_at"]),
        "updatedAt": lambda row: written(row["updated_at"]),
    }
    return found


def _user(column: str, users: Mapping[UUID, str]) -> Reader:
    return lambda row: users.get(row[column]) if row[column] else None


def _members(column: str, names: Mapping[UUID, str]) -> Reader:
    def read(row: Row) -> list[str] | None:
        return sorted(names[id] for id in row.get(column) or () if id in names) or None

    return read


def _custom(definition: PropertyDefinition, names: Names) -> Reader:
    """A custom property's value, in the form in which an import reads it."""
    key = definition.key
    if definition.type is PropertyType.USER:

        def user(row: Row) -> Any:
            found = decode_id(row["properties"].get(key) or "")
            return names.users.get(found[1]) if found else None

        return user
    return lambda row: row["properties"].get(key)


def _select(order: Sequence[str], names: Names) -> str:
    """Only what is dear to read is left out where nobody asks for it."""
    parts = [f"r.{column}" for column in READ]
    asked = "identifier" in order or "channel" in order
    parts.append(f"{IDENTIFIER if asked else 'NULL::text'} AS identifier")
    for name, table, column, known in (
        ("groupIds", "customer_groups", "group_id", names.groups),
        ("tagIds", "customer_tags", "tag_id", names.tags),
    ):
        if name in order and known:
            parts.append(f"{MEMBERS.format(table=table, column=column)} AS {column}s")
    return ", ".join(parts)


def cell(value: Any) -> str:
    """A value as the text of a cell; blank for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(map(cell, value))
    if isinstance(value, float | Decimal):
        return format(Decimal(str(value)), "f")
    if isinstance(value, datetime):
        return written(value)
    return str(value)
