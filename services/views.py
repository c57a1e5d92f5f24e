"""Customer views: saved columns, filter and order of the table of customers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from models import CustomerView, PropertyDefinition, Workspace
from models.base import new_id
from services.actors import Actor
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.given import UNSET, Given
from services.lookups import find_row
from services.properties import list_definitions
from services.property_built_ins import BY_KEY
from services.property_filters import Operator, comparable
from services.rows import insert_row, update_row
from services.texts import clean_line
from services.transactions import Transaction

FIRST_COLUMN = "fullName"
PLAIN_COLUMNS = (
    "source",
    "acquisition",
    "addedBy",
    "createdAt",
    "updatedAt",
    "firstContactedAt",
    "lastInboundAt",
    "lifetimeValue",
    "isProductive",
    "window",
    "groups",
    "segments",
    "tags",
    "externalId",
)
"""Fields of Customer that can be columns beside the properties."""
MOST_COLUMNS = 100
MOST_VIEWS = 500
COUNT = "SELECT count(*) AS count FROM customer_views WHERE workspace_id = $1"


class ViewPart(StrEnum):
    """A part of a view."""

    COLUMN = "COLUMN"
    FILTER = "FILTER"
    ORDER = "ORDER"


@dataclass(frozen=True)
class Omission:
    """What a view leaves out, because its property is not in use: which part, of which key."""

    part: ViewPart
    key: str
    message: str


@dataclass(frozen=True)
class PropertyCriterion:
    """A condition on a custom property in a view's filter."""

    key: str
    op: Operator
    value: Any


@dataclass(frozen=True)
class ViewDraft:
    """A view as someone wants it: a new one, or the one that `id` names changed.

    `filter` and `order` are kept as they are given, as JSON; `criteria` are the conditions on
    properties in the filter, which are held to what there is.
    """

    name: str
    columns: Sequence[str]
    id: UUID | None = None
    shared: Given[bool | None] = UNSET
    filter: Given[Mapping[str, Any] | None] = UNSET
    order: Given[Mapping[str, Any] | None] = UNSET
    criteria: Sequence[PropertyCriterion] = ()
    sorted_by: str | None = None
    """The property that the order is by, if it is by one."""


def may_see(actor: Actor, view: CustomerView) -> bool:
    """Whether a view is shown: a shared one to everybody, a personal one to whose it is."""
    return view.shared or is_own(actor, view)


def is_own(actor: Actor, view: CustomerView) -> bool:
    """Whether a view is the actor's: of their user, or of their API key."""
    return (view.owner_id, view.api_key_id) == (actor.user_id, actor.api_key_id)


def may_change(actor: Actor, view: CustomerView) -> bool:
    """Whether a view may be changed and deleted: by whose it is; a shared one by administrators."""
    return is_own(actor, view) or (view.shared and actor.administers)


async def save_view(tx: Transaction, draft: ViewDraft) -> CustomerView:
    """Make a view, or change the one that `draft.id` names. It belongs to the actor who makes it.

    What the draft leaves out stays, or is at first: personal, no filter, no order. The name's
    column comes first, wherever it is given. Raises a Refusal: INVALID for a column that there is
    not, or that is there twice, for a condition on a property that does not fit, and for an order
    by a property that is not in use; NOT_FOUND (id) for a view that is not there or not shown;
    FORBIDDEN (id) for a shared one of somebody else; LIMIT_EXCEEDED beyond 500 views.
    """
    name = clean_line(draft.name, "name")
    definitions = {one.key: one for one in await list_definitions(tx)}
    columns = clean_columns(draft.columns, definitions.values())
    for index, one in enumerate(draft.criteria):
        path = ("filter", "properties", str(index))
        definition = definitions.get(one.key)
        if definition is None or definition.built_in or why_not(one.key, definition):
            raise invalid(f"No property “{one.key[:64]}” is defined.", *path, "key")
        comparable(definition, one.op, one.value, tx.workspace, tx.now, *path)
    if draft.sorted_by is not None:
        why = why_not_custom(draft.sorted_by, definitions.values())
        if why is not None:
            raise invalid(f"property: {why}", "orderBy", "property")
    if draft.id is None:
        return await _make(tx, draft, name, columns)
    view = await _held(tx, draft.id, "change")
    view.name, view.columns = name, columns
    if isinstance(draft.shared, bool):
        view.shared = draft.shared
    if draft.filter is not UNSET:
        view.filter_criteria = draft.filter
    if draft.order is not UNSET:
        view.order_by = draft.order
    view.updated_at = tx.now
    fields = ("name", "columns", "shared", "filter_criteria", "order_by", "updated_at")
    await update_row(tx, view, fields)
    return view


async def _make(tx: Transaction, draft: ViewDraft, name: str, columns: list[str]) -> CustomerView:
    rows = await tx.fetch(COUNT, tx.workspace_id)
    if rows[0]["count"] >= MOST_VIEWS:
        raise Refusal(ErrorCode.LIMIT_EXCEEDED, f"A workspace has at most {MOST_VIEWS} views.")
    view = CustomerView(
        id=new_id(),
        workspace_id=tx.workspace_id,
        name=name,
        columns=columns,
        shared=bool(draft.shared),
        owner_id=tx.actor.user_id if tx.actor else None,
        api_key_id=tx.actor.api_key_id if tx.actor else None,
        filter_criteria=draft.filter or None,
        order_by=draft.order or None,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await insert_row(tx, view)
    return view


async def delete_view(tx: Transaction, id: UUID) -> None:
    """Delete a view. Raises a Refusal at `id`: NOT_FOUND, or FORBIDDEN, as for changing it."""
    view = await _held(tx, id, "delete")
    await tx.execute(
        "DELETE FROM customer_views WHERE workspace_id = $1 AND id = $2", tx.workspace_id, view.id
    )


async def _held(tx: Transaction, id: UUID, verb: str) -> CustomerView:
    """A view that the actor may change."""
    view = await find_row(tx, CustomerView, id, "view", "id")
    actor = tx.actor
    if actor is None or may_change(actor, view):
        return view
    if not may_see(actor, view):
        raise not_found("view", "id")
    wanted = f"Only its owner and administrators may {verb} a shared view."
    raise Refusal(ErrorCode.FORBIDDEN, wanted, ("id",))


def clean_columns(columns: Sequence[str], definitions: Iterable[PropertyDefinition]) -> list[str]:
    """A view's columns, the name first; a Refusal (INVALID) at the index of a bad one.

    A property that is archived or switched off may stay among them: it comes back with it.
    """
    if len(columns) > MOST_COLUMNS:
        raise invalid(f"columns: give at most {MOST_COLUMNS}.", "columns")
    known = {*BY_KEY, *PLAIN_COLUMNS, *(one.key for one in definitions)}
    seen: set[str] = set()
    for index, key in enumerate(columns):
        if key not in known:
            shown = key[:64] if key.isprintable() else "this"
            raise invalid(f"columns: there is no field “{shown}”.", "columns", str(index))
        if key in seen:
            raise invalid(f"columns: {key} is there twice.", "columns", str(index))
        seen.add(key)
    return [FIRST_COLUMN, *(key for key in columns if key != FIRST_COLUMN)]


def shown_columns(view: CustomerView, definitions: Iterable[PropertyDefinition]) -> list[str]:
    """The columns of a view that can be shown, in its order."""
    left_out = {one.key for one in unavailable_columns(view, definitions)}
    return [key for key in view.columns if key not in left_out]


def unavailable_columns(
    view: CustomerView, definitions: Iterable[PropertyDefinition]
) -> list[Omission]:
    """The columns that a view leaves out for now, and why."""
    known = {one.key: one for one in definitions}
    found = []
    for key in view.columns:
        built_in = key in PLAIN_COLUMNS or (key not in known and key in BY_KEY)
        why = None if built_in else why_not(key, known.get(key))
        if why is not None:
            found.append(Omission(ViewPart.COLUMN, key, why))
    return found


def unavailable_criteria(
    criteria: Sequence[PropertyCriterion],
    definitions: Iterable[PropertyDefinition],
    workspace: Workspace,
    now: datetime,
) -> dict[int, Omission]:
    """The conditions on properties that a view leaves out for now, by their places, and why.

    Beside those on properties not in use they are those that do not fit their property any more.
    """
    known = {one.key: one for one in definitions if not one.built_in}
    found = {}
    for index, one in enumerate(criteria):
        definition = known.get(one.key)
        why = why_not(one.key, definition)
        if why is None and definition is not None:
            try:
                comparable(definition, one.op, one.value, workspace, now, "filter")
            except Refusal as refusal:
                why = refusal.message
        if why is not None:
            found[index] = Omission(ViewPart.FILTER, one.key, why)
    return found


def unavailable_order(
    view: CustomerView, definitions: Iterable[PropertyDefinition]
) -> list[Omission]:
    """The order by a property that a view leaves out for now, and why."""
    key = (view.order_by or {}).get("property")
    why = None if key is None else why_not_custom(key, definitions)
    return [] if key is None or why is None else [Omission(ViewPart.ORDER, key, why)]


def why_not_custom(key: str, definitions: Iterable[PropertyDefinition]) -> str | None:
    """Why customers cannot be sorted by a property of the workspace's own; None where they can."""
    known = {one.key: one for one in definitions if not one.built_in}
    return why_not(key[:64] if key.isprintable() else "this", known.get(key))


def why_not(key: str, definition: PropertyDefinition | None) -> str | None:
    """Why a property cannot be shown or asked for; None where it can."""
    if definition is None:
        return f"{key} is not defined."
    if definition.archived_at is not None:
        return f"{key} is archived."
    return None if definition.enabled else f"{key} is switched off."
