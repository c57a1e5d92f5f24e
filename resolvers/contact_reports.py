"""Contact reports: the overview of a period, and its logs."""

from dataclasses import dataclass
from typing import Any

from models import ContactLogKind
from resolvers.context import Context
from resolvers.loaders.batches import fetch
from resolvers.loaders.contact_logs import CONTACT_LOGS
from resolvers.pages import Page, PageArguments, question_of
from services.contact_reports import (
    FIRST_DAY,
    OF_DAYS,
    OF_HOURS,
    ContactOverview,
    Span,
    overview,
    parts,
    span_of,
    whole_days,
)
from services.periods import Period
from services.workspaces import time_zone

KINDS = [kind.value for kind in ContactLogKind]


@dataclass(frozen=True)
class ContactReport:
    """A report that is read where it is looked at."""

    context: Context
    period: Period

    async def overview(self) -> ContactOverview:
        """The totals, the days and the sources. Raises a Refusal (INVALID) beyond ten years."""
        span = await self._span()
        return overview(span, await _counts(self.context, span))

    async def _span(self) -> Span:
        context, first = self.context, None
        if self.period.start is None:
            [row] = await fetch(context, FIRST_DAY, [context.workspace_id])
            first = row["date"]
        return span_of(self.period, first, time_zone(context.workspace), context.now)

    def log(self, kind: ContactLogKind, arguments: PageArguments) -> Page:
        """The rows of a kind, the newest first. Raises a Refusal (INVALID) for a bad page."""
        filter = {"kind": kind, "created": self.period}
        return Page(self.context, question_of(self.context, CONTACT_LOGS, arguments, filter=filter))


async def _counts(context: Context, span: Span) -> list[dict[str, Any]]:
    """All counts of a span, and those of the time before it."""
    first, after = whole_days(span)
    rows = await fetch(context, OF_DAYS, [context.workspace_id, first, after])
    if first > span.first:
        # What the day before the first whole one has had counts for neither as a whole.
        rows = [row for row in rows if row["date"] is not None]
        rows += await fetch(context, OF_DAYS, [context.workspace_id, span.first, span.first])
    for day, start, end in parts(span):
        found = await fetch(context, OF_HOURS, [context.workspace_id, start, end, KINDS])
        rows += [{**row, "date": day} for row in found]
    return rows
