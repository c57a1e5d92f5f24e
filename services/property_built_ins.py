"""Built-in properties: the fields that every customer has, as settings of a workspace.

The defaults (name, owner, assignee) are always there. The others can be switched off: then they are
offered nowhere, not as columns of views and exports nor to the mapping of imports. Their values are
kept, and the API's own fields go on answering with them and taking them, because connected systems
know nothing of how a workspace sets up its pages; switched on again, everything is as it was.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models import ChannelKind, CustomerStatus, PropertyDefinition, PropertyType
from models.base import new_id

INSERT_BUILT_INS = """
    INSERT INTO property_definitions (workspace_id, id, key, label, type, options, required,
        built_in, enabled, position, created_at, updated_at)
    SELECT $1, d.id, d.key, d.label, d.type, string_to_array(d.options, ','), d.required,
        true, true, d.position, $2, $2
    FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[],
        $9::int[]) AS d(id, key, label, type, options, required, position)
    ON CONFLICT (workspace_id, key) DO NOTHING"""


@dataclass(frozen=True)
class BuiltIn:
    """A field of every customer, called as in the API."""

    key: str
    label: str
    type: PropertyType = PropertyType.TEXT
    options: tuple[str, ...] = ()
    always: bool = False
    """Whether it is one of the defaults, which cannot be switched off."""
    required: bool = False


BUILT_INS = (
    BuiltIn("fullName", "Full name", always=True, required=True),
    BuiltIn("owner", "Owner", PropertyType.USER, always=True),
    BuiltIn("assignee", "Assignee", PropertyType.USER, always=True),
    BuiltIn("channel", "Channel", PropertyType.SINGLE_SELECT, tuple(ChannelKind)),
    BuiltIn("username", "Username"),
    BuiltIn("phone", "Phone", PropertyType.PHONE),
    BuiltIn("email", "E-mail", PropertyType.EMAIL),
    BuiltIn("status", "Status", PropertyType.SINGLE_SELECT, tuple(CustomerStatus)),
    BuiltIn("jobTitle", "Job title"),
    BuiltIn("province", "Province"),
    BuiltIn("regencyCity", "Regency/city"),
    BuiltIn("district", "District"),
    BuiltIn("subdistrict", "Subdistrict"),
    BuiltIn("zipCode", "Zip code"),
)
"""Layanika's customer form, in its order."""
BY_KEY = {one.key: one for one in BUILT_INS}


async def insert_built_ins(
    connection: BaseDBAsyncClient, workspace_id: UUID, now: datetime
) -> None:
    """Give a new workspace its built-in properties, all switched on."""
    columns: list[list[Any]] = [
        [new_id() for _ in BUILT_INS],
        [one.key for one in BUILT_INS],
        [one.label for one in BUILT_INS],
        [one.type.value for one in BUILT_INS],
        [",".join(one.options) for one in BUILT_INS],
        [one.required for one in BUILT_INS],
        [*range(1, len(BUILT_INS) + 1)],
    ]
    await connection.execute_query(INSERT_BUILT_INS, [workspace_id, now, *columns])


def is_switchable(definition: PropertyDefinition) -> bool:
    """Whether a built-in property can be switched off."""
    return definition.built_in and not BY_KEY[definition.key].always
