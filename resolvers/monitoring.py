"""Monitoring: the counts of now, and of days gone by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import models
from resolvers.context import Context
from resolvers.declarations import Derived
from resolvers.loaders.batches import fetch
from resolvers.loaders.statements import instant
from services.contact_reports import span_of
from services.monitoring import (
    CHANGES,
    COUNTS,
    FIRST_DAY,
    LARGEST_GROUP,
    LARGEST_SEGMENT,
    Standing,
    StandingDay,
    history,
)
from services.periods import Period
from services.windows import closed_since
from services.workspaces import time_zone

SINCE = "({now} - make_interval(hours => {window_hours}))"
COUNTED = Derived(
    "SELECT n.*, {now} AS as_of, "
    f"(SELECT g.id FROM ({LARGEST_GROUP}) g) AS largest_group_id, "
    f"(SELECT s.id FROM ({LARGEST_SEGMENT}) s) AS largest_segment_id "
    f"FROM ({COUNTS.replace('$2', SINCE)}) n",
    {
        "as_of": instant("r.as_of"),
        "total": "r.total",
        "passive": "r.total - r.active",
        "active": "r.active",
        "productive": "r.productive",
    },
)
"""All but the history in one statement, for a compiled plan."""


@dataclass(frozen=True)
class Monitoring:
    """The counts at the request's instant; what is beside them is read where it is looked at."""

    context: Context

    @property
    def as_of(self) -> datetime:
        """The request's instant."""
        return self.context.now

    async def standing(self) -> Standing:
        """The counts, read once for all fields of a request."""
        context = self.context

        async def batch(keys: list[UUID]) -> list[Standing]:
            workspace = context.workspace
            since = closed_since(workspace.window_hours, context.now)
            [row] = await fetch(context, COUNTS, [workspace.id, since])
            return [Standing(**row) for _ in keys]

        found: Standing = await context.loaders.batched("monitoring", batch, context.workspace.id)
        return found

    async def largest_group(self) -> models.Group | None:
        """The group that most customers are in; None where nobody is in any."""
        found: models.Group | None = await self._first(models.Group, LARGEST_GROUP)
        return found

    async def largest_segment(self) -> models.Segment | None:
        """The segment that most customers are in; None where nobody is in any."""
        found: models.Segment | None = await self._first(models.Segment, LARGEST_SEGMENT)
        return found

    async def _first(self, model: Any, statement: str) -> Any:
        rows = await fetch(self.context, statement, [self.context.workspace_id])
        return model._init_from_db(**rows[0]) if rows else None

    async def history(self, period: Period) -> list[StandingDay]:
        """The counts at the end of each day of a period, until today, which is as of now.

        Raises a Refusal (INVALID) at `period` for more than ten years.
        """
        context, first = self.context, None
        workspace = context.workspace
        if period.start is None:
            [row] = await fetch(context, FIRST_DAY, [workspace.id])
            first = row["date"]
        span = span_of(period, first, time_zone(workspace), context.now)
        since = closed_since(workspace.window_hours, context.now)
        values = [workspace.id, since, workspace.window_hours, workspace.timezone]
        return history(span, await fetch(context, CHANGES, values))
