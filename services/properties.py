"""Properties: the fields of a customer that a workspace has, and values of its own in an input."""

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
from services.property_built_ins import BY_KEY, is_switchable
from services.property_conversions import Form, begin_conversion
from services.property_values import parse_property_value
from services.references import require_rows
from services.rows import insert_row, update_row
from services.segments.refreshing import refill_named
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

DEFINITIONS = "SELECT * FROM property_definitions WHERE workspace_id = $1"
CUSTOM = " AND NOT built_in"
IN_ORDER = " ORDER BY position, id"
LAST_POSITION = """
    SELECT coalesce(max(position), 0) AS last, count(*) FILTER (WHERE NOT built_in) AS count
    FROM property_definitions WHERE workspace_id = $1"""


@dataclass(frozen=True)
class PropertyDraft:
    """A property as someone wants it: a new one, or the one that `id` names changed.

    `convert`: where customers have values of a type or an option that goes, they are converted.
    """

    key: str
    label: str
    type: PropertyType
    id: UUID | None = None
    options: Given[Sequence[str] | None] = UNSET
    required: Given[bool | None] = UNSET
    enabled: Given[bool | None] = UNSET
    position: Given[int | None] = UNSET
    convert: bool = False


@dataclass(frozen=True)
class SavedProperty:
    """A property after a change, and for how many customers it has converted or cleared values."""

    property: PropertyDefinition
    converted: int = 0
    cleared: int = 0


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
    sql = DEFINITIONS + CUSTOM + ("" if archived else " AND archived_at IS NULL") + IN_ORDER
    rows = await tx.fetch(sql + (" FOR SHARE" if for_writing else ""), tx.workspace_id)
    return [PropertyDefinition._init_from_db(**row) for row in rows]


async def list_definitions(tx: Transaction) -> list[PropertyDefinition]:
    """All properties of the workspace in their order: built-in ones, its own, archived ones too."""
    rows = await tx.fetch(DEFINITIONS + IN_ORDER, tx.workspace_id)
    return [PropertyDefinition._init_from_db(**row) for row in rows]


async def switched_off(tx: Transaction) -> frozenset[str]:
    """The keys of the built-in properties that are switched off: what exports leave out, and what
    no column of a file is guessed to be."""
    return frozenset(
        one.key for one in await list_definitions(tx) if one.built_in and not one.enabled
    )


async def save_property(tx: Transaction, draft: PropertyDraft) -> PropertyDefinition:
    """`save_and_convert`, for who need not know what was converted."""
    return (await save_and_convert(tx, draft)).property


async def save_and_convert(tx: Transaction, draft: PropertyDraft) -> SavedProperty:
    """Make a custom property, or change the one that `draft.id` names; of a built-in one its
    label, its position, and whether it is switched on.

    What the draft leaves out stays, or is at first: no options, not required, enabled, last. The
    key is for ever. Without an id, a built-in one's key will do to switch it. Raises a Refusal:
    INVALID for a key, label, option or position that will not do, and for a change of a built-in
    one that cannot be; DUPLICATE (key) where another property has the key; NOT_FOUND (id);
    CONFLICT, with the number of customers concerned, where customers have values of the type or
    option that would go, unless `draft.convert`, and while an earlier conversion is under way;
    LIMIT_EXCEEDED beyond 500 custom properties.
    """
    label = clean_line(draft.label, "label")
    if isinstance(draft.position, int) and not 0 <= draft.position <= LAST_PLACE:
        raise invalid(f"position is from 0 to {LAST_PLACE}.", "position")
    if draft.id is not None:
        return await _change(tx, draft, await hold_property(tx, draft.id), label)
    if draft.key in BY_KEY and isinstance(draft.enabled, bool):
        sql = DEFINITIONS + " AND built_in AND key = $2 FOR UPDATE"
        for row in await tx.fetch(sql, tx.workspace_id, draft.key):
            return await _change(tx, draft, PropertyDefinition._init_from_db(**row), label)
    return SavedProperty(await _make(tx, draft, label))


async def hold_property(tx: Transaction, id: UUID) -> PropertyDefinition:
    """A property, held for changing. Raises a Refusal (NOT_FOUND) at `id` where there is none."""
    rows = await tx.fetch(DEFINITIONS + " AND id = $2 FOR UPDATE", tx.workspace_id, id)
    if not rows:
        raise not_found("property", "id")
    return PropertyDefinition._init_from_db(**rows[0])


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
        f"Another property has the key {definition.key}. Give its id to change it, or to bring it "
        "back where it is archived.",
        ("key",),
        (PropertyDefinition, holder[0]["id"]) if holder else None,
    )


async def _change(
    tx: Transaction, draft: PropertyDraft, definition: PropertyDefinition, label: str
) -> SavedProperty:
    if draft.key != definition.key:
        raise invalid(
            f"key: that of a property never changes; this one's is {definition.key}. "
            "Archive it and make another.",
            "key",
        )
    before = Form(definition.type, tuple(definition.options))
    if definition.built_in:
        _refuse_built_in_change(draft, definition)
    else:
        options = _chosen(draft, definition.options)
        if draft.type is not definition.type and draft.type not in SELECTS:
            options = _chosen(draft, ())
        definition.options = clean_options(draft.type, options)
        definition.type = draft.type
        definition.required = bool(_kept(draft.required, definition.required))
    definition.label = label
    definition.enabled = bool(_kept(draft.enabled, definition.enabled))
    definition.position = _kept(draft.position, definition.position)
    definition.updated_at = tx.now
    conversion = await begin_conversion(tx, definition, before, told=draft.convert)
    names = ("label", "type", "options", "required", "enabled", "position", "updated_at")
    await update_row(tx, definition, (*names, "conversion"))
    if before != Form(definition.type, tuple(definition.options)):
        await refill_named(tx, definition.id)
    return SavedProperty(definition, conversion.converted, conversion.cleared)


def _refuse_built_in_change(draft: PropertyDraft, definition: PropertyDefinition) -> None:
    """Raise a Refusal (INVALID) for what cannot be changed of a built-in property."""
    key = definition.key
    if draft.type is not definition.type:
        raise invalid(f"type: {key} is built in, a {definition.type.value} property.", "type")
    if draft.options not in (UNSET, None) and list(draft.options or ()) != definition.options:
        raise invalid(f"options: {key} is built in, with options of its own.", "options")
    if isinstance(draft.required, bool) and draft.required is not definition.required:
        raise invalid(f"required: {key} is built in, and stays as it is.", "required")
    if draft.enabled is False and not is_switchable(definition):
        raise invalid(f"enabled: {key} is always there.", "enabled")


def _chosen(draft: PropertyDraft, before: Sequence[str]) -> Sequence[str]:
    """The options that were given, or those that were there."""
    return before if draft.options is UNSET else draft.options or ()


def _kept(given: Given[Any | None], before: Any) -> Any:
    """What was given, or what was there: these fields cannot be nothing."""
    return before if given is UNSET or given is None else given


async def archive_property(tx: Transaction, id: UUID) -> PropertyDefinition:
    """Put a custom property away: nobody is asked for it or shown it, and its values are kept.

    One that is archived stays so. Raises a Refusal at `id`: NOT_FOUND; INVALID for a built-in one.
    """
    definition = await hold_property(tx, id)
    if definition.built_in:
        wanted = "switch it off instead" if is_switchable(definition) else "it is always there"
        raise invalid(f"id: {definition.key} is built in: {wanted}.", "id")
    if definition.archived_at is None:
        definition.archived_at = definition.updated_at = tx.now
        await update_row(tx, definition, ("archived_at", "updated_at"))
    return definition


async def restore_property(tx: Transaction, id: UUID) -> PropertyDefinition:
    """Bring an archived property back, with the values that customers had of it.

    One that is not archived stays as it is. Raises a Refusal (NOT_FOUND) at `id`.
    """
    definition = await hold_property(tx, id)
    if definition.archived_at is not None:
        definition.archived_at = None
        definition.updated_at = tx.now
        await update_row(tx, definition, ("archived_at", "updated_at"))
    return definition


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
