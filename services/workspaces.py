"""Workspaces: making one, and finding them."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers

from models import Workspace
from models.base import new_id
from models.database import application_connection, maintenance_connection
from services.errors import invalid, not_found
from services.given import UNSET, Given
from services.property_built_ins import insert_built_ins
from services.texts import clean_line
from services.transactions import SET_WORKSPACE, Session

MOST_KEPT = 12_000
"""Months or days: a thousand years, or thirty."""


async def create_workspace(
    name: str,
    timezone: str = "Asia/Jakarta",
    country: str = "ID",
    currency: str | None = None,
    *,
    now: datetime | None = None,
) -> Workspace:
    """Make a workspace, with its built-in properties.

    `timezone` is a name of the IANA database, `country` an ISO 3166 code whose phone numbers need
    no country code, `currency` an ISO 4217 code. Raises a Refusal (INVALID) for any other.
    """
    if timezone not in available_timezones():
        raise invalid(
            f"“{timezone}” is no time zone. Give an IANA name such as Asia/Jakarta.", "timezone"
        )
    if country.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise invalid(f"“{country}” is no country. Give its two letters, such as ID.", "country")
    workspace = Workspace(
        id=new_id(),
        name=clean_line(name, "name"),
        timezone=timezone,
        default_country=country.upper(),
        currency=normalize_currency(currency, "currency") if currency else None,
        created_at=now or datetime.now(UTC),
    )
    session = Session(application_connection())
    connection = await session.begin()
    saved = False
    try:
        await connection.execute_query(SET_WORKSPACE, [workspace.id])
        await workspace.save(using_db=connection, force_create=True)
        await insert_built_ins(connection, workspace.id, workspace.created_at)
        saved = True
    finally:
        await session.end(commit=saved)
    return workspace


async def keep_for(
    workspace_id: UUID,
    *,
    campaign_months: Given[int | None] = UNSET,
    deleted_days: Given[int | None] = UNSET,
) -> Workspace:
    """Set for how long a workspace keeps what has ended; None keeps it for ever.

    `campaign_months` is for campaign interactions after their expiry, `deleted_days` for deleted
    customers, who are then erased. Left out stays as it is. For operators: it crosses workspaces.
    Raises a Refusal: INVALID for less than 0 or more than MOST_KEPT, NOT_FOUND.
    """
    given = {"campaign_retention_months": campaign_months, "deleted_retention_days": deleted_days}
    changes = {column: value for column, value in given.items() if value is not UNSET}
    for value in changes.values():
        if isinstance(value, int) and not 0 <= value <= MOST_KEPT:
            raise invalid(f"Give a number from 0 to {MOST_KEPT:,}, or “forever”.", "keep")
    workspace = await find_workspace(workspace_id)
    if workspace is None:
        raise not_found("workspace", "workspace")
    for column, value in changes.items():
        setattr(workspace, column, value)
    if changes:
        await workspace.save(using_db=maintenance_connection(), update_fields=list(changes))
    return workspace


async def list_workspaces() -> list[Workspace]:
    """All workspaces, oldest first. For operators: it crosses workspaces."""
    return await Workspace.all().using_db(maintenance_connection()).order_by("created_at", "id")


async def find_workspace(workspace_id: UUID) -> Workspace | None:
    """The workspace of this id. For operators: it crosses workspaces."""
    return await Workspace.filter(id=workspace_id).using_db(maintenance_connection()).first()


def normalize_currency(value: str, *field: str) -> str:
    """An ISO 4217 code in capitals; a Refusal (INVALID) where it is not three letters."""
    code = value.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise invalid(
            f"{field[-1]}: “{value[:20]}” is no currency. Give its three letters, such as IDR.",
            *field,
        )
    return code


def time_zone(workspace: Workspace) -> ZoneInfo:
    """The workspace's time zone: what its days, months and years are computed in."""
    return ZoneInfo(workspace.timezone)
