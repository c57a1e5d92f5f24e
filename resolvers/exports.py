"""Exports: of whom they are, and where their files can be fetched."""

from typing import Any

import models
from models import ExportStatus
from resolvers.context import Context
from resolvers.downloads import address_of
from resolvers.ids import global_id, parse_id
from resolvers.loaders.customers import CUSTOMERS
from resolvers.loaders.statements import Statement
from services.errors import invalid, not_found
from services.exporting.frozen import Frozen


def frozen(context: Context, criteria: dict[str, Any]) -> Frozen:
    """The customers in the list whom a filter finds, as a condition that is kept.

    Whoever meets it when the file is made is in it; periods and windows are as of now. Raises a
    Refusal (INVALID) for a bad id in the filter.
    """
    statement = Statement.of_root(context.workspace_id, context.now)
    condition = CUSTOMERS.conditions(statement, criteria, None)
    return Frozen(condition, statement.parameters[1:])


async def narrowed(
    context: Context, criteria: dict[str, Any], group_id: str | None, segment_id: str | None
) -> dict[str, Any]:
    """The filter, and only members of a group and of a segment.

    Raises a Refusal: INVALID for a bad id, NOT_FOUND for one of nothing here.
    """
    found = dict(criteria)
    named: tuple[tuple[str | None, Any, str, str], ...] = (
        (group_id, models.Group, "groupId", "group_ids"),
        (segment_id, models.Segment, "segmentId", "segment_ids"),
    )
    for id, model, name, filter in named:
        if id is None:
            continue
        row = await context.loaders.row(model, parse_id(id, model, name))
        if row is None:
            raise not_found(model.__name__.lower(), name)
        if filter in found:
            raise invalid(f"Give {name} or the filter of the same, not both.", name)
        found[filter] = [global_id(model, row.id)]
    return found


def file_url(context: Context, row: models.Export) -> str | None:
    """A signed address of an exported file; None until it is whole, and when its time is over."""
    if row.status is not ExportStatus.FINISHED or row.path is None or row.download_key is None:
        return None
    if row.expires_at is not None and row.expires_at <= context.now:
        return None
    return address_of(context, global_id(models.Export, row.id), row.download_key)
