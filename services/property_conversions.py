"""Conversions: what becomes of customers' values where a property's type or options change.

A value that can be said in the new type is kept in it ("12" becomes 12, an option stays if it is
still there, a day becomes the instant at which it began). One that cannot is cleared; that is a
change of the customer, with its history, version and event, so that what they had can be read.
Conditions of views follow at once (`services.view_conversions`).

Few customers are converted in the transaction of the change. Many are left to a worker: the
property has its new form at once, and `conversion` says how far the values are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS, JSON_LOADS

from models import EventType, LogSource, PropertyDefinition, PropertyType, Workspace
from models.base import new_id
from services.errors import ErrorCode, Refusal
from services.instants import written
from services.periods import start_of_day
from services.property_indexes import write_property_index
from services.property_values import parse_property_value
from services.segments.changes import note_change
from services.segments.criteria import Concern
from services.texts import fold
from services.transactions import Transaction
from services.view_conversions import convert_views
from services.workspaces import time_zone

AT_ONCE = 1_000
"""Customers that are converted in the transaction of the change itself."""
BATCH = 500
YES, NO = frozenset({"true", "yes", "ya", "1"}), frozenset({"false", "no", "tidak", "0"})
SELECTS = frozenset({PropertyType.SINGLE_SELECT, PropertyType.MULTI_SELECT})

CONCERNED = """
    SELECT count(*) AS customers FROM customers c
    WHERE c.workspace_id = $1 AND c.id = ANY(ARRAY(
        SELECT e.customer_id FROM property_index_entries e
        WHERE e.workspace_id = $1 AND e.property_id = $2))
        AND ($4::text[] IS NULL OR c.properties -> $3::text ?| $4::text[])"""
NEXT = """
    SELECT DISTINCT customer_id FROM property_index_entries
    WHERE workspace_id = $1 AND property_id = $2 AND customer_id > $3
    ORDER BY customer_id LIMIT $4"""
HELD = """
    SELECT id, version, properties -> $3::text AS value,
        deleted_at IS NULL AND merged_into_id IS NULL AS shown
    FROM customers WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE"""
WRITE = """
    UPDATE customers SET
        properties = CASE WHEN v.value IS NULL THEN customers.properties - $2::text
            ELSE jsonb_set(customers.properties, ARRAY[$2::text], v.value::jsonb) END,
        version = customers.version + v.changed,
        updated_at = CASE WHEN v.changed = 1 THEN $3 ELSE customers.updated_at END
    FROM unnest($4::uuid[], $5::text[], $6::int[]) AS v(id, value, changed)
    WHERE customers.workspace_id = $1 AND customers.id = v.id"""
NOTE = """
    INSERT INTO profile_changes (workspace_id, id, customer_id, origin_customer_id, changes, source,
        user_id, api_key_id, changed_at)
    SELECT $1, h.id, h.customer_id, h.customer_id, h.changes::jsonb, $2, $3, $4, $5
    FROM unnest($6::uuid[], $7::uuid[], $8::text[]) AS h(id, customer_id, changes)
    ON CONFLICT (workspace_id, id) DO NOTHING"""
LAID = """
    SELECT id, value_before, value FROM merge_values WHERE workspace_id = $1 AND field = $2
    ORDER BY id FOR UPDATE"""
LAY = """
    UPDATE merge_values SET value_before = v.before::jsonb, value = v.value::jsonb
    FROM unnest($2::uuid[], $3::text[], $4::text[]) AS v(id, before, value)
    WHERE merge_values.workspace_id = $1 AND merge_values.id = v.id"""
DUE = """
    SELECT * FROM property_definitions
    WHERE workspace_id = $1 AND conversion IS NOT NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"""
KEEP = """
    UPDATE property_definitions SET conversion = $3::jsonb WHERE workspace_id = $1 AND id = $2"""
FIRST = UUID(int=0)


@dataclass(frozen=True)
class Form:
    """What a property's values were like before a change."""

    type: PropertyType
    options: tuple[str, ...]


@dataclass
class Outcome:
    """For how many customers values were converted, and of them, cleared or cut."""

    converted: int = 0
    cleared: int = 0


async def begin_conversion(
    tx: Transaction, definition: PropertyDefinition, before: Form, *, told: bool
) -> Outcome:
    """Have values follow a property that has just taken a new type or new options.

    Nothing is to be done where nobody has a value that is concerned. Raises a Refusal (CONFLICT),
    with the number of customers concerned, unless `told` to convert; and while an earlier
    conversion of the property is under way. `definition.conversion` is set where a worker is to do
    it; writing the definition is the caller's.
    """
    typed = definition.type is not before.type
    gone = [one for one in before.options if one not in definition.options]
    if not typed and not gone:
        return Outcome()
    if definition.conversion is not None:
        raise Refusal(
            ErrorCode.CONFLICT, f"Values of {definition.key} are still being converted.", ("type",)
        )
    count = await _concerned(tx, definition, None if typed else gone)
    if count and not told:
        raise _in_use(definition, count, [] if typed else gone)
    workspace = tx.workspace
    await convert_views(
        tx, definition, lambda value: converted(definition, before.type, value, workspace)
    )
    if not count:
        return Outcome()
    actor = tx.actor
    definition.conversion = {
        "from": before.type.value,
        "after": str(FIRST),
        "user": str(actor.user_id) if actor and actor.user_id else None,
        "key": str(actor.api_key_id) if actor and actor.api_key_id else None,
    }
    if count > AT_ONCE:
        return Outcome()
    outcome = Outcome()
    while definition.conversion is not None:
        done = await convert_batch(tx, definition, AT_ONCE)
        outcome = Outcome(outcome.converted + done.converted, outcome.cleared + done.cleared)
    return outcome


def _in_use(definition: PropertyDefinition, count: int, gone: Sequence[str]) -> Refusal:
    have = "1 customer has" if count == 1 else f"{count} customers have"
    what = "values of its present type"
    if gone:
        what = f"the option {gone[0]}" if len(gone) == 1 else f"the options {', '.join(gone)}"
    return Refusal(
        ErrorCode.CONFLICT,
        f"{have} {what} in {definition.key}: clear it first, or convert.",
        ("options" if gone else "type",),
    )


async def _concerned(
    tx: Transaction, definition: PropertyDefinition, options: list[str] | None
) -> int:
    rows = await tx.fetch(CONCERNED, tx.workspace_id, definition.id, definition.key, options)
    return int(rows[0]["customers"])


async def convert_due(tx: Transaction, size: int = BATCH) -> bool:
    """Convert a batch of customers of a property that waits for it; False where none does.

    The property is held meanwhile, so that nobody writes values of it and no second worker begins.
    """
    rows = await tx.fetch(DUE, tx.workspace_id)
    if not rows:
        return False
    definition = PropertyDefinition._init_from_db(**rows[0])
    await convert_batch(tx, definition, size)
    kept = None if definition.conversion is None else JSON_DUMPS(definition.conversion)
    await tx.execute(KEEP, tx.workspace_id, definition.id, kept)
    return True


async def convert_batch(tx: Transaction, definition: PropertyDefinition, size: int) -> Outcome:
    """Convert the values of the next customers, in the order of ids.

    `definition.conversion` moves on, and is None once all are done.
    """
    state = definition.conversion
    before = PropertyType(state["from"])
    found = await tx.fetch(NEXT, tx.workspace_id, definition.id, UUID(state["after"]), size)
    ids = [row["customer_id"] for row in found]
    outcome = await _convert(tx, definition, before, ids) if ids else Outcome()
    definition.conversion = {**state, "after": str(ids[-1])} if len(ids) == size else None
    if definition.conversion is None:
        await _convert_laid(tx, definition, before)
    return outcome


async def _convert(
    tx: Transaction, definition: PropertyDefinition, before: PropertyType, ids: list[UUID]
) -> Outcome:
    key, values, changed = definition.key, {}, {}
    for row in await tx.fetch(HELD, tx.workspace_id, ids, definition.key):
        old = JSON_LOADS(row["value"]) if isinstance(row["value"], str) else row["value"]
        new = converted(definition, before, old, tx.workspace)
        if old is None or new == old:
            continue
        values[row["id"]] = new
        if loses(old, new):
            changed[row["id"]] = (old, new, row["version"] + 1, row["shown"])
    if not values:
        return Outcome()
    texts = [None if new is None else JSON_DUMPS(new) for new in values.values()]
    flags = [int(id in changed) for id in values]
    await tx.execute(WRITE, tx.workspace_id, key, tx.now, [*values], texts, flags)
    index = {id: {key: new} for id, new in values.items()}
    await write_property_index(tx, [definition], index)
    note_change(tx, [*values], Concern.PROFILE)
    if changed:
        await _note(tx, definition, changed)
    return Outcome(len(values), len(changed))


async def _note(
    tx: Transaction, definition: PropertyDefinition, changed: dict[UUID, tuple[Any, Any, int, bool]]
) -> None:
    """Write the history and the events of customers who have lost a value, or a part of it."""
    user, key = definition.conversion["user"], definition.conversion["key"]
    field = f"properties.{definition.key}"
    await tx.execute(
        NOTE,
        tx.workspace_id,
        (LogSource.API if key else LogSource.USER).value,
        UUID(user) if user else None,
        UUID(key) if key else None,
        tx.now,
        [new_id() for _ in changed],
        [*changed],
        [
            JSON_DUMPS([{"field": field, "old": old, "new": new}])
            for old, new, _, _ in changed.values()
        ],
    )
    for id, (_, _, version, shown) in changed.items():
        if shown:
            tx.record(EventType.CUSTOMER_UPDATED, id, {"fields": [field], "version": version})


async def _convert_laid(
    tx: Transaction, definition: PropertyDefinition, before: PropertyType
) -> None:
    """Convert what merges have put on main customers too: an unmerge gives it back."""
    rows = await tx.fetch(LAID, tx.workspace_id, f"properties.{definition.key}")
    if not rows:
        return
    columns: dict[str, list[str | None]] = {"value_before": [], "value": []}
    for row in rows:
        for name, texts in columns.items():
            old = JSON_LOADS(row[name]) if isinstance(row[name], str) else row[name]
            new = converted(definition, before, old, tx.workspace)
            texts.append(JSON_DUMPS(new))
    ids = [row["id"] for row in rows]
    await tx.execute(LAY, tx.workspace_id, ids, columns["value_before"], columns["value"])


def loses(old: Any, new: Any) -> bool:
    """Whether a conversion has lost a value, or some of the options in it."""
    if new is None:
        return True
    return isinstance(old, list) and len(old) > (len(new) if isinstance(new, list) else 1)


def converted(
    definition: PropertyDefinition, before: PropertyType, value: Any, workspace: Workspace
) -> Any:
    """A kept value of another type, or with other options, in the property's form; None where it
    cannot be said in it."""
    if value is None:
        return None
    candidate = _candidate(definition, before, value, workspace)
    try:
        return parse_property_value(definition, candidate, workspace.default_country, "value")
    except Refusal:
        return None


def _candidate(
    definition: PropertyDefinition, before: PropertyType, value: Any, workspace: Workspace
) -> Any:
    """A value as somebody would give it for the property."""
    parts = [str(one) for one in value] if isinstance(value, list) else [_text(value)]
    text = ", ".join(parts)
    match definition.type:
        case PropertyType.MULTI_SELECT:
            return _options(definition, parts)
        case PropertyType.SINGLE_SELECT:
            return next(iter(_options(definition, parts)), None)
        case PropertyType.NUMBER:
            return _number(text)
        case PropertyType.BOOLEAN:
            told = fold(text)
            return told in YES if told in YES | NO else text
        case PropertyType.DATE if before is PropertyType.DATETIME:
            at = datetime.fromisoformat(text)
            return at.astimezone(time_zone(workspace)).date().isoformat()
        case PropertyType.DATETIME if before is PropertyType.DATE:
            day = datetime.fromisoformat(text).date()
            return written(start_of_day(day, time_zone(workspace)))
    return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(Decimal(str(value)), "f") if isinstance(value, int | float) else str(value)


def _number(text: str) -> Any:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def _options(definition: PropertyDefinition, parts: Sequence[str]) -> list[str]:
    """The options that are meant, each once."""
    known = {fold(option): option for option in definition.options}
    return list(dict.fromkeys(known[fold(one)] for one in parts if fold(one) in known))
