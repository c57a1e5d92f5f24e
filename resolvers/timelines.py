"""A customer's timeline as a connection: pages of lines whose cursors tell an instant and a row."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from resolvers.context import Context
from resolvers.ids import global_id
from resolvers.loaders.batches import fetch
from resolvers.loaders.paging import Cursors, page_size
from resolvers.loaders.statements import Statement
from resolvers.loaders.timelines import (
    FINGERPRINT,
    Activity,
    ActivityKind,
    TimelineQuestion,
    activities,
    count_sql,
    timeline_sql,
)
from resolvers.pages import Edge, PageArguments
from services.errors import invalid
from services.instants import written


def encode_place(activity: Activity) -> str:
    """The cursor of a line."""
    content = orjson.dumps([FINGERPRINT, activity.key, activity.row_id.hex])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode_place(cursor: str, field: str) -> tuple[str, UUID]:
    """The place that a cursor tells; a Refusal (INVALID) where it is none of a timeline."""
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        name, key, row = orjson.loads(content)
        if name != FINGERPRINT or key != written(datetime.fromisoformat(key)):
            raise ValueError
        return key, UUID(hex=row)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise invalid(
            f"{field} is no cursor of a timeline: give one that `pageInfo` or an edge has printed.",
            field,
        ) from None


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a page, and whether there are more on the side it grew to."""

    rows: list[Activity]
    more: bool


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """One page of one customer's timeline."""

    context: Context
    question: TimelineQuestion
    customer_id: UUID

    async def _lines(self) -> Lines:
        question = self.question
        context = self.context

        async def batch(parents: list[UUID]) -> list[Lines]:
            statement = Statement.over_parents(context.workspace_id, context.now)
            sql = timeline_sql(question, statement)
            statement.parameters[1] = list(dict.fromkeys(parents))
            grouped: dict[UUID, list[dict[str, Any]]] = {parent: [] for parent in parents}
            for row in await fetch(context, sql, statement.parameters):
                grouped[row["parent__id"]].append(row)
            return [_lines(question, grouped[parent]) for parent in parents]

        found: Lines = await context.loaders.batched(
            ("timeline", question), batch, self.customer_id
        )
        return found

    async def nodes(self) -> list[Activity]:
        """The lines."""
        return (await self._lines()).rows

    async def edges(self) -> list[Edge]:
        """The lines with their cursors."""
        return [Edge(encode_place(row), row) for row in (await self._lines()).rows]

    async def page_info(self) -> Cursors:
        """Where the page begins and ends."""
        lines, question = await self._lines(), self.question
        return Cursors(
            start=encode_place(lines.rows[0]) if lines.rows else None,
            end=encode_place(lines.rows[-1]) if lines.rows else None,
            has_next=question.before is not None if question.backward else lines.more,
            has_previous=lines.more if question.backward else question.after is not None,
        )

    async def total_count(self) -> int:
        """How many lines of these kinds there are."""
        question, context = self.question, self.context

        async def batch(parents: list[UUID]) -> list[int]:
            statement = Statement.over_parents(context.workspace_id, context.now)
            sql = count_sql(question, statement)
            statement.parameters[1] = list(dict.fromkeys(parents))
            rows = await fetch(context, sql, statement.parameters)
            numbers = {row["parent__id"]: int(row["count"]) for row in rows}
            return [numbers[parent] for parent in parents]

        key = ("timeline.count", question.kinds)
        counted: int = await context.loaders.batched(key, batch, self.customer_id)
        return counted


def _lines(question: TimelineQuestion, rows: list[dict[str, Any]]) -> Lines:
    shown = activities(rows[: question.size])
    return Lines(shown[::-1] if question.backward else shown, len(rows) > question.size)


def timeline_question(
    kinds: list[ActivityKind] | None, arguments: PageArguments
) -> TimelineQuestion:
    """What a field's arguments ask a timeline; a Refusal (INVALID) where they are wrong."""
    return TimelineQuestion(
        kinds=tuple(dict.fromkeys(kinds)) if kinds else tuple(ActivityKind),
        size=page_size(arguments.first, arguments.last),
        backward=arguments.last is not None,
        after=decode_place(arguments.after, "after") if arguments.after is not None else None,
        before=decode_place(arguments.before, "before") if arguments.before is not None else None,
    )


async def subject(context: Context, activity: Activity) -> Any:
    """What a line tells of."""
    return await context.loaders.row(activity.model, activity.row_id)


def activity_id(activity: Activity) -> str:
    """The id of a line: of what it tells of."""
    return f"act_{global_id(activity.model, activity.row_id)}"
