"""Sheets: rows of many tables that wait to be written together, each table by one statement."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from tortoise import fields
from tortoise.fields.data import JSON_DUMPS

import models
from models.base import WorkspaceModel
from services.rows import insert_row
from services.transactions import Transaction

WRITTEN_IN_ORDER: tuple[type[WorkspaceModel], ...] = (
    models.User,
    models.Channel,
    models.Pipeline,
    models.Stage,
    models.Group,
    models.Tag,
    models.PropertyDefinition,
    models.Campaign,
    models.Customer,
    models.ChannelIdentity,
    models.Conversation,
    models.Message,
    models.CampaignInteraction,
    models.Company,
    models.CustomerCompany,
    models.Ticket,
    models.CustomerTicket,
    models.Deal,
    models.CustomerDeal,
    models.Task,
    models.CustomerTask,
    models.Order,
    models.OrderItem,
    models.CustomerGroup,
    models.CustomerTag,
    models.PropertyIndexEntry,
    models.ProfileChange,
    models.ContactLog,
    models.Event,
)
"""Each after those that it refers to."""

TYPES: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.UUIDField, "uuid"),
    (fields.CharField, "text"),
    (fields.TextField, "text"),
    (fields.BigIntField, "bigint"),
    (fields.IntField, "int"),
    (fields.BooleanField, "boolean"),
    (fields.DecimalField, "numeric"),
    (fields.DatetimeField, "timestamptz"),
    (fields.DateField, "date"),
    (fields.JSONField, "jsonb"),
)
SET_MAIN = """
    UPDATE customers SET main_identity_id = m.identity_id
    FROM unnest($2::uuid[], $3::uuid[]) AS m(id, identity_id)
    WHERE customers.workspace_id = $1 AND customers.id = m.id"""


class Sheets:
    """Rows by table, and the customers' main identities, which are set when both are there."""

    def __init__(self) -> None:
        self.rows: dict[type[WorkspaceModel], list[dict[str, Any]]] = {}
        self.main_identities: list[tuple[Any, Any]] = []

    def add(self, model: type[WorkspaceModel], **values: Any) -> dict[str, Any]:
        """One more row. What is left out is the model's default, or nothing."""
        self.rows.setdefault(model, []).append(values)
        return values

    async def write(self, tx: Transaction) -> None:
        """Write all rows that are not there yet."""
        for model in WRITTEN_IN_ORDER:
            rows = self.rows.get(model)
            if rows:
                await write_rows(tx, model, rows)
        if self.main_identities:
            customers, identities = zip(*self.main_identities, strict=True)
            await tx.execute(SET_MAIN, tx.workspace_id, list(customers), list(identities))


async def write_rows(
    tx: Transaction, model: type[WorkspaceModel], rows: Sequence[dict[str, Any]]
) -> None:
    """Write rows of a table in one statement; those whose ids are there already stay as they are.

    A column of arrays has no form in which many rows could be sent: there each goes by itself.
    """
    plan = columns_of(model)
    if plan is None:
        for row in rows:
            await insert_row(tx, model(workspace_id=tx.workspace_id, **row))
        return
    arrays = []
    for name, type, default in plan:
        column = [row.get(name, default) for row in rows]
        if type == "jsonb":
            column = [None if value is None else JSON_DUMPS(value) for value in column]
        arrays.append(column)
    await tx.execute(insert_statement(model), tx.workspace_id, *arrays)


@cache
def columns_of(model: type[WorkspaceModel]) -> tuple[tuple[str, str, Any], ...] | None:
    """A table's columns with their types and defaults; None where one holds arrays."""
    found = []
    for name, field in model._meta.fields_map.items():
        if name == "workspace_id":
            continue
        type = next((sql for kind, sql in TYPES if isinstance(field, kind)), None)
        if type is None:
            return None
        default = {} if type == "jsonb" and not field.null else field.default
        found.append((name, type, None if callable(default) else default))
    return tuple(found)


@cache
def insert_statement(model: type[WorkspaceModel]) -> str:
    """The statement that writes many rows of a table."""
    plan = columns_of(model) or ()
    names = ", ".join(name for name, _, _ in plan)
    values = ", ".join(
        f"r.{name}::jsonb" if type == "jsonb" else f"r.{name}" for name, type, _ in plan
    )
    arrays = ", ".join(
        f"${number}::{'text' if type == 'jsonb' else type}[]"
        for number, (_, type, _) in enumerate(plan, start=2)
    )
    return (
        f"INSERT INTO {model._meta.db_table} (workspace_id, {names})"
        f" SELECT $1, {values} FROM unnest({arrays}) AS r({names})"
        " ON CONFLICT (workspace_id, id) DO NOTHING"
    )
