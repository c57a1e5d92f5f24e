"""Analyses of groups and segments, each part read where it is looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.base import WorkspaceModel
from resolvers.context import Context
from resolvers.loaders.batches import fetch
from services import analyses
from services.analyses import DayCount, Sales, Standing
from services.periods import Period
from services.windows import closed_since
from services.workspaces import time_zone

Shape = Callable[[list[dict[str, Any]], Sequence[UUID]], list[Any]]


@dataclass(frozen=True)
class Analysis:
    """The analysis of one group or segment, over a period."""

    context: Context
    model: type[WorkspaceModel]
    id: UUID
    period: Period

    async def standing(self) -> Standing:
        """Who is in it now, and who of them joined in the period."""
        context = self.context
        until = closed_since(context.workspace.window_hours, context.now)
        values = [until, time_zone(context.workspace).key, *self._bounds()]
        found: Standing = await self._part(analyses.STANDING, values, analyses.standings)
        return found

    async def sales(self) -> Sales:
        """What they bought in the period."""
        if self.period == Period():
            return analyses.sales_of_all_times(await self.standing())
        values = [self.context.workspace.currency, *self._bounds()]
        found: Sales = await self._part(analyses.SALES, values, analyses.sales)
        return found

    async def growth(self) -> list[DayCount]:
        """How many of them joined on each day. Raises a Refusal (INVALID) beyond ten years."""
        zone = time_zone(self.context.workspace)
        return analyses.growth(await self.standing(), self.period, zone, self.context.now)

    async def messages(self) -> dict[str, int]:
        """How far the campaigns' messages to them came that were sent in the period."""
        found: dict[str, int] = await self._part(
            analyses.MESSAGES, [self.context.now, *self._bounds()], analyses.messages
        )
        return found

    def _bounds(self) -> list[Any]:
        return [self.period.start, self.period.end]

    async def _part(self, sql: str, values: Sequence[Any], shape: Shape) -> Any:
        """This one's part of a statement that answers for all that ask the same."""
        context, statement = self.context, analyses.statement(self.model, sql)

        async def batch(parents: list[UUID]) -> list[Any]:
            rows = await fetch(context, statement, [context.workspace_id, parents, *values])
            return shape(rows, parents)

        return await context.loaders.batched((statement, *values), batch, self.id)
