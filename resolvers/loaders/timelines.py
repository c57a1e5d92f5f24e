"""A customer's timeline: all kinds of activity in one list, the newest first, by one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.models import Model

import models
from resolvers.loaders.collections import through
from resolvers.loaders.statements import PARENTS, WORKSPACE, Statement, instant
from services.ids import PREFIXES
from services.instants import written


class ActivityKind(StrEnum):
    """What a line of a timeline tells of."""

    CONVERSATION = "CONVERSATION"
    CAMPAIGN = "CAMPAIGN"
    TICKET = "TICKET"
    DEAL = "DEAL"
    TASK = "TASK"
    ORDER = "ORDER"
    MERGE = "MERGE"
    PROFILE = "PROFILE"


@dataclass(frozen=True)
class Line:
    """One kind of activity: its rows `r`, when each happened, and what its line says."""

    kind: ActivityKind
    model: type[Model]
    condition: str
    occurred_at: str
    title: str
    joined: str = ""


LINES = {
    line.kind: line
    for line in (
        Line(
            ActivityKind.CONVERSATION,
            models.Conversation,
            "r.customer_id = p.id",
            "r.activity_at",
            "coalesce(r.last_message_preview, r.channel_kind)",
        ),
        Line(
            ActivityKind.CAMPAIGN,
            models.CampaignInteraction,
            # What a broadcast is to send later has not happened yet.
            "r.customer_id = p.id AND r.visible_until > {now} "
            "AND (r.status <> 'QUEUED' OR r.sent_at <= {now})",
            "r.sent_at",
            "c.name",
            f"JOIN campaigns c ON c.workspace_id = {WORKSPACE} AND c.id = r.campaign_id",
        ),
        Line(
            ActivityKind.TICKET,
            models.Ticket,
            through("customer_tickets", "customer_id", "ticket_id"),
            "r.created_at",
            "r.subject",
        ),
        Line(
            ActivityKind.DEAL,
            models.Deal,
            through("customer_deals", "customer_id", "deal_id"),
            "r.created_at",
            "r.name",
        ),
        Line(
            ActivityKind.TASK,
            models.Task,
            through("customer_tasks", "customer_id", "task_id"),
            "r.created_at",
            "r.title",
        ),
        Line(
            ActivityKind.ORDER,
            models.Order,
            "r.customer_id = p.id",
            "r.ordered_at",
            "r.external_id || ' · ' || r.currency || ' ' || r.total",
        ),
        Line(
            ActivityKind.MERGE,
            models.Merge,
            "r.main_id = p.id",
            "r.merged_at",
            "'Merged'",
        ),
        Line(
            ActivityKind.PROFILE,
            models.ProfileChange,
            "r.customer_id = p.id",
            "r.changed_at",
            "(SELECT string_agg(c->>'field', ', ') FROM jsonb_array_elements(r.changes) c)",
        ),
    )
}


SUBJECTS = {line.kind.value: line.model for line in LINES.values()}
"""What lines of each kind tell of."""

FINGERPRINT = "timeline"
"""What the cursor of a line says of where it is from."""

FIELDS = {
    "kind": "r.kind",
    "occurred_at": instant("r.occurred_at"),
    "title": "coalesce(r.title, '')",
    "id": "'act_' || CASE r.kind "
    + " ".join(f"WHEN '{line.kind}' THEN '{PREFIXES[line.model]}_'" for line in LINES.values())
    + " END || replace(r.id::text, '-', '')",
}
"""How a line `r` is written."""


@dataclass(frozen=True, slots=True)
class Activity:
    """A line of a timeline."""

    kind: ActivityKind
    row_id: UUID
    occurred_at: datetime
    title: str

    @property
    def model(self) -> type[Model]:
        """What the line tells of."""
        return LINES[self.kind].model

    @property
    def key(self) -> str:
        """The line's place: its instant as text."""
        return written(self.occurred_at)


@dataclass(frozen=True)
class TimelineQuestion:
    """Which kinds, how many lines, and behind or before which places (instant as text, row)."""

    kinds: tuple[ActivityKind, ...]
    size: int
    backward: bool = False
    after: tuple[str, UUID] | None = None
    before: tuple[str, UUID] | None = None


def _bounds(question: TimelineQuestion, statement: Statement) -> list[str]:
    """What the place of a line must meet: it stands in braces."""
    parts = []
    for place, sign in ((question.after, "<"), (question.before, ">")):
        if place is not None:
            bound = statement.bind(place[0], "text")
            row = statement.bind(place[1], "uuid")
            parts.append(f" AND {{place}} {sign} ({bound}::timestamptz, {row})")
    return parts


def lines_sql(question: TimelineQuestion, statement: Statement, *, more: bool = True) -> str:
    """The statement of one parent `p`'s lines: each kind's newest, and of these the newest.

    With `more` it reads one more than was asked for, to know whether there are any.
    """
    direction = "ASC" if question.backward else "DESC"
    limit = question.size + more
    bounds = "".join(_bounds(question, statement))
    parts = []
    for kind in question.kinds:
        line = LINES[kind]
        condition = line.condition
        if "{now}" in condition:
            condition = condition.format(now=statement.instant())
        parts.append(
            f"(SELECT '{kind.value}' AS kind, r.id, {line.occurred_at} AS occurred_at, "
            f"{line.title} AS title FROM {line.model._meta.db_table} r {line.joined} "
            f"WHERE r.workspace_id = {WORKSPACE} AND {condition}"
            f"{bounds.replace('{place}', f'({line.occurred_at}, r.id)')} "
            f"ORDER BY {line.occurred_at} {direction}, r.id {direction} LIMIT {limit})"
        )
    return (
        f"SELECT * FROM ({' UNION ALL '.join(parts)}) u "
        f"ORDER BY u.occurred_at {direction}, u.id {direction} LIMIT {limit}"
    )


def timeline_sql(question: TimelineQuestion, statement: Statement) -> str:
    """The statement of each parent's lines."""
    return (
        f"SELECT p.id AS parent__id, t.* FROM unnest({PARENTS}::uuid[]) AS p(id) "
        f"CROSS JOIN LATERAL ({lines_sql(question, statement)}) t"
    )


def line_count(question: TimelineQuestion, statement: Statement) -> str:
    """How many lines of the kinds asked for one parent `p` has."""
    parts = []
    for kind in question.kinds:
        line = LINES[kind]
        condition = line.condition
        if "{now}" in condition:
            condition = condition.format(now=statement.instant())
        parts.append(
            f"(SELECT count(*) FROM {line.model._meta.db_table} r "
            f"WHERE r.workspace_id = {WORKSPACE} AND {condition})"
        )
    return f"({' + '.join(parts)})"


def count_sql(question: TimelineQuestion, statement: Statement) -> str:
    """The statement that counts each parent's lines of the kinds asked for."""
    return (
        f"SELECT p.id AS parent__id, {line_count(question, statement)} AS count "
        f"FROM unnest({PARENTS}::uuid[]) AS p(id)"
    )


def activities(rows: Sequence[dict[str, Any]]) -> list[Activity]:
    """Rows of the statement as lines."""
    return [
        Activity(ActivityKind(r["kind"]), r["id"], r["occurred_at"], r["title"] or "") for r in rows
    ]
