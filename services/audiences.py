"""Audiences: who a broadcast would reach, each person once, and how the names came to that.

A *name* is each time that somebody is named: by a group or a tag that they, or a member of theirs,
were put into; by a tag whose range their lifetime value is in; by a segment that they are in; by
their id, or a member's. Deleted customers are no names, and neither is anybody who is excluded or
whose window is not as it was asked. All names of one person, merged members included, are one
recipient, who is reached by one identity:

- the main one, unless a channel is asked for that it is not of;
- then, of the channel's, the one that they wrote from last, else the one connected first.

So `matched = recipients + duplicates_avoided + unreachable`: of a person's names one counts as a
recipient, or as unreachable where there is no such identity, and the others as duplicates avoided.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from models import ChannelKind, Customer, Group, Segment, Tag, WindowStatus
from models.base import WorkspaceModel
from services.customers import refuse_dead
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.tag_ranges import carries_one_of, in_range
from services.transactions import Transaction
from services.windows import closed_since

MOST_SOURCES = 100
"""Groups, segments or tags that one list of an audience may name."""
MOST_IDS = 10_000
"""Customers that an audience may name by their ids. More are a group's."""
SAMPLE = 10
"""Recipients whom a preview shows."""
BATCH = 250
"""Recipients in one frozen batch."""

OF_GROUPS = """
    SELECT g.customer_id FROM unnest({ids}) AS n(id)
    JOIN customer_groups g ON g.workspace_id = $1 AND g.group_id = n.id"""
OF_SEGMENTS = """
    SELECT s.customer_id FROM unnest({ids}) AS n(id)
    JOIN customer_segments s ON s.workspace_id = $1 AND s.segment_id = n.id"""
OF_TAGS = f"""
    SELECT g.customer_id FROM unnest({{ids}}) AS n(id)
    JOIN customer_tags g ON g.workspace_id = $1 AND g.tag_id = n.id
    UNION ALL
    SELECT v.id FROM unnest({{ids}}) AS n(id)
    JOIN tags t ON t.workspace_id = $1 AND t.id = n.id
    JOIN customers v ON v.workspace_id = $1 AND v.deleted_at IS NULL AND v.merged_into_id IS NULL
        AND {in_range("t", "v.lifetime_value")}
    WHERE NOT EXISTS (SELECT 1 FROM customer_tags h
        WHERE h.workspace_id = $1 AND h.tag_id = t.id AND h.customer_id = v.id)"""
OF_IDS = """
    SELECT coalesce(m.merged_into_id, m.id) AS customer_id FROM unnest({ids}) AS n(id)
    JOIN customers m ON m.workspace_id = $1 AND m.id = n.id"""
IN_GROUPS = """
    EXISTS (SELECT 1 FROM customer_groups x
        WHERE x.workspace_id = $1 AND x.customer_id = c.id AND x.group_id = ANY({ids}))"""
PEOPLE = """
    SELECT c.id, n.names, {identity} AS identity_id
    FROM (SELECT u.customer_id, count(*) AS names FROM ({names}) AS u(customer_id)
        GROUP BY u.customer_id) AS n
    JOIN customers c ON c.workspace_id = $1 AND c.id = n.customer_id
        AND c.deleted_at IS NULL AND c.merged_into_id IS NULL
    LEFT JOIN LATERAL (
        SELECT o.id FROM channel_identities o
        WHERE o.workspace_id = $1 AND o.customer_id = c.id AND {of_kind}
        ORDER BY coalesce(o.id = c.main_identity_id, false) DESC,
            o.last_inbound_at DESC NULLS LAST, o.connected_at, o.id
        LIMIT 1
    ) AS i ON true
    WHERE {conditions}"""
PREVIEW = """
    SELECT count(*) FILTER (WHERE p.identity_id IS NOT NULL) AS recipients,
        count(*) FILTER (WHERE p.identity_id IS NULL) AS unreachable,
        coalesce(sum(p.names), 0)::bigint AS matched,
        (array_agg(p.id ORDER BY p.id) FILTER (WHERE p.identity_id IS NOT NULL))[1:{sample}]
            AS sample
    FROM ({people}) AS p"""
FREEZE = """
    SELECT b.kind, b.place, count(*) AS people, sum(b.names)::bigint AS names,
        array_agg(b.identity_id ORDER BY b.id) FILTER (WHERE b.identity_id IS NOT NULL)
            AS identity_ids
    FROM (
        SELECT p.*, k.kind, (row_number() OVER (PARTITION BY k.kind ORDER BY p.id) - 1) / {batch}
            AS place
        FROM ({people}) AS p
        LEFT JOIN channel_identities k ON k.workspace_id = $1 AND k.id = p.identity_id
    ) AS b
    GROUP BY b.kind, b.place ORDER BY b.kind, b.place"""
STANDING = """
    SELECT m.id, c.id AS main_id, c.deleted_at IS NULL AS is_there FROM customers m
    JOIN customers c ON c.workspace_id = $1 AND c.id = coalesce(m.merged_into_id, m.id)
    WHERE m.workspace_id = $1 AND m.id = ANY($2::uuid[])"""
ROW = "SELECT * FROM customers WHERE workspace_id = $1 AND id = $2"


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom to reach: all who are named, without those who are excluded."""

    group_ids: Sequence[UUID] = ()
    segment_ids: Sequence[UUID] = ()
    tag_ids: Sequence[UUID] = ()
    customer_ids: Sequence[UUID] = ()
    exclude_group_ids: Sequence[UUID] = ()
    exclude_tag_ids: Sequence[UUID] = ()
    channel: ChannelKind | None = None
    """Only on a channel of this kind; None: on each one's main channel."""
    window: WindowStatus | None = None
    """Only those whose messaging window is open, or is not, at the instant."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How an audience's names come to its recipients."""

    matched: int
    recipients: int
    unreachable: int

    @property
    def duplicates_avoided(self) -> int:
        """Names of people who are recipients, or unreachable, by another name already."""
        return self.matched - self.recipients - self.unreachable


@dataclass(frozen=True, kw_only=True)
class AudiencePreview(Reach):
    """An audience at an instant, and some of whom it would reach."""

    sample: Sequence[UUID] = ()
    """The first recipients in the order of ids, at most SAMPLE."""


@dataclass(frozen=True, kw_only=True)
class FrozenAudience(Reach):
    """An audience at an instant, and by which identities its recipients are reached."""

    batches: Sequence[Sequence[UUID]]
    kinds: Counter[ChannelKind]
    """How many recipients are reached on each kind of channel."""


async def preview_audience(tx: Transaction, audience: Audience, *path: str) -> AudiencePreview:
    """Who would be reached at the transaction's present. `path` is where the input stands.

    Raises a Refusal: INVALID where nobody is named or too many are, NOT_FOUND at the list and the
    index of an id that is unknown, another workspace's, or of a deleted customer.
    """
    await check_audience(tx, audience, *path)
    [counted] = await _fetch(tx, audience, PREVIEW, sample=SAMPLE)
    return AudiencePreview(
        matched=counted["matched"],
        recipients=counted["recipients"],
        unreachable=counted["unreachable"],
        sample=counted["sample"] or (),
    )


async def freeze_audience(tx: Transaction, audience: Audience, *path: str) -> FrozenAudience:
    """The recipients at the transaction's present, in batches of BATCH: who would be reached later
    is another question. By one statement, so that the counts are of these very people.

    Raises a Refusal as `preview_audience` does.
    """
    await check_audience(tx, audience, *path)
    rows = await _fetch(tx, audience, FREEZE, batch=BATCH)
    kinds: Counter[ChannelKind] = Counter()
    for row in rows:
        if row["kind"] is not None:
            kinds[ChannelKind(row["kind"])] += row["people"]
    return FrozenAudience(
        matched=sum(row["names"] for row in rows),
        recipients=kinds.total(),
        unreachable=sum(row["people"] for row in rows if row["kind"] is None),
        batches=[row["identity_ids"] for row in rows if row["kind"] is not None],
        kinds=kinds,
    )


async def check_audience(tx: Transaction, audience: Audience, *path: str) -> None:
    """Raise a Refusal where an audience names nobody, too many, or what is not there."""
    named = (audience.group_ids, audience.segment_ids, audience.tag_ids, audience.customer_ids)
    if not any(named):
        raise invalid(
            "The audience is empty: name at least one group, segment, tag or customer.", *path
        )
    sources: tuple[tuple[type[WorkspaceModel], str, Sequence[UUID]], ...] = (
        (Group, "groupIds", audience.group_ids),
        (Segment, "segmentIds", audience.segment_ids),
        (Tag, "tagIds", audience.tag_ids),
        (Group, "excludeGroupIds", audience.exclude_group_ids),
        (Tag, "excludeTagIds", audience.exclude_tag_ids),
    )
    for model, name, ids in sources:
        await _check_sources(tx, model, ids, *path, name)
    await _check_customers(tx, audience.customer_ids, *path, "customerIds")


async def _check_sources(
    tx: Transaction, model: type[WorkspaceModel], ids: Sequence[UUID], *path: str
) -> None:
    _refuse_many(ids, MOST_SOURCES, *path)
    if not ids:
        return
    rows = await tx.fetch(
        f"SELECT id FROM {model._meta.db_table} WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
        tx.workspace_id,
        list(set(ids)),
    )
    known = {row["id"] for row in rows}
    for index, id in enumerate(ids):
        if id not in known:
            raise not_found(model.__name__.lower(), *path, str(index))


async def _check_customers(tx: Transaction, ids: Sequence[UUID], *path: str) -> None:
    _refuse_many(ids, MOST_IDS, *path)
    if not ids:
        return
    rows = await tx.fetch(STANDING, tx.workspace_id, list(set(ids)))
    mains = {row["id"]: row["main_id"] for row in rows}
    there = {row["id"] for row in rows if row["is_there"]}
    for index, id in enumerate(ids):
        if id not in there:
            found = await tx.fetch(ROW, tx.workspace_id, mains[id]) if id in mains else []
            refuse_dead(Customer._init_from_db(**found[0]) if found else None, *path, str(index))


def _refuse_many(ids: Sequence[UUID], most: int, *path: str) -> None:
    if len(ids) > most:
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED,
            f"{path[-1]} has {len(ids):,} ids: at most {most:,}. Put customers into a group.",
            path,
        )


async def _fetch(
    tx: Transaction, audience: Audience, statement: str, **numbers: int
) -> list[dict[str, Any]]:
    """The rows of a statement over the people of an audience."""
    asking = _Asking(tx)
    return await tx.fetch(
        statement.format(people=asking.people(audience), **numbers), *asking.parameters
    )


@dataclass
class _Asking:
    """The SQL of an audience and its parameters, the workspace first."""

    tx: Transaction
    parameters: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parameters.append(self.tx.workspace_id)

    def people(self, audience: Audience) -> str:
        """The statement of all people: their id, names and identity."""
        # On no channel in particular nobody who has a main identity is looked up.
        identity, of_kind = "coalesce(c.main_identity_id, i.id)", "c.main_identity_id IS NULL"
        if audience.channel is not None:
            identity, of_kind = "i.id", f"o.kind = {self._bind(audience.channel.value, 'text')}"
        return PEOPLE.format(
            identity=identity,
            names=self._names(audience),
            of_kind=of_kind,
            conditions=self._conditions(audience),
        )

    def _names(self, audience: Audience) -> str:
        named = (
            (OF_GROUPS, audience.group_ids),
            (OF_SEGMENTS, audience.segment_ids),
            (OF_TAGS, audience.tag_ids),
            (OF_IDS, audience.customer_ids),
        )
        return " UNION ALL ".join(sql.format(ids=self._ids(ids)) for sql, ids in named if ids)

    def _conditions(self, audience: Audience) -> str:
        parts = []
        if audience.exclude_group_ids:
            ids = self._ids(audience.exclude_group_ids)
            parts.append(f"NOT {IN_GROUPS.format(ids=ids)}")
        if audience.exclude_tag_ids:
            parts.append(f"NOT {carries_one_of(self._ids(audience.exclude_tag_ids), 'c')}")
        if audience.window is not None:
            parts.append(self._in_window(audience.window))
        return " AND ".join(parts) or "true"

    def _in_window(self, window: WindowStatus) -> str:
        until = closed_since(self.tx.workspace.window_hours, self.tx.now)
        later = ">" if window is WindowStatus.ACTIVE else "<="
        bound = self._bind(until, "timestamptz")
        return f"coalesce(c.last_inbound_at, '-infinity') {later} {bound}"

    def _ids(self, ids: Sequence[UUID]) -> str:
        return self._bind(list(ids), "uuid[]")

    def _bind(self, value: Any, type: str) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}::{type}"
