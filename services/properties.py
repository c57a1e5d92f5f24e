"""Custom properties: the workspace's own fields of a customer, and their values in an input."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models import PropertyDefinition, PropertyType, User
from models.base import new_id
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.given import UNSET, Given
from services.ids import decode_id
from services.property_indexes import index_text
from services.property_values import parse_property_value
from services.references import require_rows
from services.rows import insert_row, update_row
from services.texts import clean_line, fold
from services.transactions import Transaction

KEY_FORM = re.compile(r"[a-z][A-Za-z0-9_]{0,63}")
MOST_OPTIONS = 200
MOST_PROPERTIES = 500
LAST_PLACE = 10_000
SELECTS = frozenset({PropertyType.SINGLE_SELECT, PropertyType.MULTI_SELECT})
# fmt: off
BUILT_IN_FIELDS = frozenset({
    "id", "externalId", "version", "fullName", "owner", "ownerId", "assignee", "assigneeId",
    "phone", "email", "username", "source", "channel", "status", "jobTitle", "province",
    "regencyCity", "district", "subdistrict", "zipCode", "properties", "property", "acquisition",
    "addedBy", "createdAt", "updatedAt", "firstContactedAt", "deletedAt", "identities",
    "mainIdentity", "isMerged", "members", "mergedInto", "window", "isProductive", "productive",
    "lifetimeValue", "lastInboundAt", "purchases", "orders", "activityCounts", "timeline",
    "conversations", "campaigns", "companies", "tickets", "deals", "tasks", "groups", "groupIds",
    "segments", "segmentIds", "tags", "tagIds",
})
# fmt: on
"""Names that mean something on a customer already, in answers, inputs, filters or orders."""
BUILT_IN_KEYS = frozenset(name.casefold() for name in BUILT_IN_FIELDS)

DEFINITIONS = "SELECT * FROM property_definitions WHERE workspace_id = $1 AND NOT built_in"
IN_ORDER = " ORDER BY position, id"
LAST_POSITION = """
    SELECT coalesce(max(position), 0) AS last, count(*) AS count
    FROM property_definitions WHERE workspace_id = $1"""
COUNT_VALUES = """
    SELECT count(DISTINCT customer_id) AS customers FROM property_index_entries
    WHERE workspace_id = $1 AND property_id = $2
        AND ($3::text[] IS NULL OR text_value = ANY($3::text[]))"""


@dataclass(frozen=True)
class PropertyDraft:
    """A custom property as someone wants it: a new one, or the one that `id` names changed."""

    key: str
    label: str
    type: PropertyType
    id: UUID | None = None
    options: Given[Sequence[str] | None] = UNSET
    required: Given[bool | None] = UNSET
    enabled: Given[bool | None] = UNSET
    position: Given[int | None] = UNSET


@dataclass(frozen=True)
class PropertyEntry:
    """A custom property's value in an input. None clears."""

    key: str
    value: Any


async def list_properties(
    tx: Transaction, *, archived: bool = False, for_writing: bool = False
) -> list[PropertyDefinition]:
    """The workspace's custom properties in their order, with `archived` those put away too.

    `for_writing` holds them as they are until the transaction's end: whoever writes values does, so
    that no type changes meanwhile.
    """
    sql = DEFINITIONS + ("" if archived else " AND archived_at IS NULL") + IN_ORDER
    rows = await tx.fetch(sql + (" FOR SHARE" if for_writing else ""), tx.workspace_id)
    return [PropertyDefinition._init_from_db(**row) for row in rows]


async def save_property(tx: Transaction, draft: PropertyDraft) -> PropertyDefinition:
    """Make a custom property, or change the one that `draft.id` names.

    What the draft leaves out stays, or is at first: no options, not required, enabled, last. The
    key is for ever. Raises a Refusal: INVALID for a key, label, option or position that will not
    do; DUPLICATE (key) where another property has the key; NOT_FOUND (id); CONFLICT, with the
    number of customers concerned, where customers have values of the type or option that would go;
    LIMIT_EXCEEDED beyond 500 properties.
    """
    label = clean_line(draft.label, "label")
    if isinstance(draft.position, int) and not 0 <= draft.position <= LAST_PLACE:
        raise invalid(f"position is from 0 to {LAST_PLACE}.", "position")
    if draft.id is not None:
        return await _change(tx, draft, draft.id, label)
    return await _make(tx, draft, label)


async def _make(tx: Transaction, draft: PropertyDraft, label: str) -> PropertyDefinition:
    last = (await tx.fetch(LAST_POSITION, tx.workspace_id))[0]
    if last["count"] >= MOST_PROPERTIES:
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED, f"A workspace has at most {MOST_PROPERTIES} properties."
        )
    definition = PropertyDefinition(
        id=new_id(),
        workspace_id=tx.workspace_id,
        key=clean_key(draft.key),
        label=label,
        type=draft.type,
        options=clean_options(draft.type, _chosen(draft, ())),
        required=bool(draft.required),
        enabled=draft.enabled is UNSET or draft.enabled is not False,
        position=min(last["last"] + 1, LAST_PLACE)
        if not isinstance(draft.position, int)
        else draft.position,
        created_at=tx.now,
        updated_at=tx.now,
    )
    if await insert_row(tx, definition):
        return definition
    holder = await tx.fetch(
        "SELECT id FROM property_definitions WHERE workspace_id = $1 AND key = $2",
        tx.workspace_id,
        definition.key,
    )
    raise Refusal(
        ErrorCode.DUPLICATE,
        f"Another property has the key {definition.key}. Give its id to change it.",
        ("key",),
        (PropertyDefinition, holder[0]["id"]) if holder else None,
    )


async def _change(
    tx: Transaction, draft: PropertyDraft, id: UUID, label: str
) -> PropertyDefinition:
    rows = await tx.fetch(DEFINITIONS + " AND id = $2 FOR UPDATE", tx.workspace_id, id)
    if not rows:
        raise not_found("property", "id")
    definition = PropertyDefinition._init_from_db(**rows[0])
    if draft.key != definition.key:
        raise invalid(
            f"key: that of a property never changes; this one's is {definition.key}. "
            "Archive it and make another.",
            "key",
        )
    options = _chosen(draft, definition.options)
    if draft.type is not definition.type:
        await _refuse_in_use(tx, definition, "type", "values of its present type")
        options = options if draft.type in SELECTS else _chosen(draft, ())
    kept = clean_options(draft.type, options)
    gone = [one for one in definition.options if one not in kept]
    if gone:
        what = f"the option {gone[0]}" if len(gone) == 1 else f"the options {', '.join(gone)}"
        await _refuse_in_use(tx, definition, "options", what, [index_text(one) for one in gone])
    definition.label, definition.type, definition.options = label, draft.type, kept
    definition.required = bool(_kept(draft.required, definition.required))
    definition.enabled = bool(_kept(draft.enabled, definition.enabled))
    definition.position = _kept(draft.position, definition.position)
    definition.updated_at = tx.now
    names = ("label", "type", "options", "required", "enabled", "position", "updated_at")
    await update_row(tx, definition, names)
    return definition


def _chosen(draft: PropertyDraft, before: Sequence[str]) -> Sequence[str]:
    """The options that were given, or those that were there."""
    return before if draft.options is UNSET else draft.options or ()


def _kept(given: Given[Any | None], before: Any) -> Any:
    """What was given, or what was there: these fields cannot be nothing."""
    return before if given is UNSET or given is None else given


async def _refuse_in_use(
    tx: Transaction,
    definition: PropertyDefinition,
    field: str,
    what: str,
    texts: list[str] | None = None,
) -> None:
    """Raise a Refusal (CONFLICT) where customers have values of the property (or these texts)."""
    rows = await tx.fetch(COUNT_VALUES, tx.workspace_id, definition.id, texts)
    count = rows[0]["customers"]
    if count:
        have = "1 customer has" if count == 1 else f"{count} customers have"
        raise Refusal(
            ErrorCode.CONFLICT, f"{have} {what} in {definition.key}: clear it first.", (field,)
        )


def clean_key(value: str) -> str:
    """A custom property's key; a Refusal (INVALID) where it has not the form or is built in."""
    if not KEY_FORM.fullmatch(value):
        raise invalid(
            "key: begin with a small letter and go on with at most 63 letters, digits and "
            "underscores.",
            "key",
        )
    if value.casefold() in BUILT_IN_KEYS:
        raise invalid(f"key: {value} is a field of every customer already.", "key")
    return value


def clean_options(type: PropertyType, options: Sequence[str]) -> list[str]:
    """A select's options; a Refusal (INVALID) where there are none, or two that read alike."""
    if type not in SELECTS:
        if options:
            raise invalid(f"options: a {type.value} property has none.", "options")
        return []
    if not 1 <= len(options) <= MOST_OPTIONS:
        raise invalid(f"options: a {type.value} property has 1 to {MOST_OPTIONS}.", "options")
    cleaned = [clean_line(one, "options") for one in options]
    seen: set[str] = set()
    for index, one in enumerate(cleaned):
        if fold(one) in seen:
            raise invalid(f"options: {one} is there twice.", "options", str(index))
        seen.add(fold(one))
    return cleaned


async def read_entries(
    tx: Transaction, definitions: Sequence[PropertyDefinition], entries: Sequence[PropertyEntry]
) -> dict[str, Any]:
    """The values of an input, kept form, by key; None where one is cleared.

    Raises a Refusal at ("properties", index, "key" or "value"): INVALID for a key that is not
    defined, archived or there twice, and for a value that does not fit; NOT_FOUND for a user that
    is not there.
    """
    by_key = {one.key: one for one in definitions if one.archived_at is None}
    found: dict[str, Any] = {}
    users: dict[tuple[str, ...], UUID | None] = {}
    for index, entry in enumerate(entries):
        path = ("properties", str(index))
        definition = by_key.get(entry.key)
        if definition is None:
            shown = entry.key[:64] if entry.key.isprintable() else "this"
            raise invalid(f"key: the property “{shown}” is not defined.", *path, "key")
        if entry.key in found:
            raise invalid(f"key: {entry.key} is there twice.", *path, "key")
        value = parse_property_value(
            definition, entry.value, tx.workspace.default_country, *path, "value"
        )
        found[entry.key] = value
        if definition.type is PropertyType.USER and (user := decode_id(value or "")):
            users[(*path, "value")] = user[1]
    await require_rows(tx, User, users)
    return found


def require_values(
    definitions: Sequence[PropertyDefinition], values: Mapping[str, Any], *field: str
) -> None:
    """Raise a Refusal (INVALID) for the first required property without a value.

    One that is archived or switched off asks for none.
    """
    for one in definitions:
        asked = one.required and one.enabled and one.archived_at is None
        if asked and values.get(one.key) is None:
            raise invalid(f"properties: {one.key} is required.", *field)
