"""Comparing: some customers with all others who share a key, and what is kept of it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS

from models.base import new_id
from services.duplicates.keys import MOST_SHARED, keys_of
from services.duplicates.profiles import Profile
from services.duplicates.rarity import Rarity
from services.duplicates.reading import read_profiles
from services.duplicates.refusals import Pair, refused_pairs
from services.duplicates.scoring import KEPT_SCORE, Scorer, Verdict
from services.transactions import Transaction

MOST_REMEMBERED = 150_000
"""Profiles that a run keeps, to read each customer once and not with each who is like them."""

# With their limits, lateral queries are done by an index whatever the planner thinks of the table:
# in a first pass it grows under its hands.
KEYS_BEFORE = """
    SELECT c.id AS customer_id, ARRAY(
        SELECT k.key FROM duplicate_keys k
        WHERE k.workspace_id = $1 AND k.customer_id = c.id LIMIT 1000
    ) AS keys
    FROM unnest($2::uuid[]) AS c(id)"""
ADD_KEYS = """
    INSERT INTO duplicate_keys (workspace_id, key, customer_id)
    SELECT $1, k.key, k.customer_id FROM unnest($2::bigint[], $3::uuid[]) AS k(key, customer_id)
    ON CONFLICT (workspace_id, key, customer_id) DO NOTHING"""
DROP_KEYS = """
    DELETE FROM duplicate_keys d USING unnest($2::bigint[], $3::uuid[]) AS gone(key, customer_id)
    WHERE d.workspace_id = $1 AND d.key = gone.key AND d.customer_id = gone.customer_id"""
# Keys that are reason enough are odd; of the others it takes two.
CANDIDATES = """
    SELECT pair.customer_id, array_agg(pair.other) AS others FROM (
        SELECT b.customer_id, o.other
        FROM unnest($2::bigint[], $3::uuid[]) AS b(key, customer_id)
        CROSS JOIN LATERAL (
            SELECT k.customer_id AS other FROM duplicate_keys k
            WHERE k.workspace_id = $1 AND k.key = b.key AND {which} LIMIT $4
        ) o
        GROUP BY b.customer_id, o.other HAVING sum(1 + (b.key & 1)) >= 2
    ) pair
    GROUP BY pair.customer_id"""
WITH_ALL = CANDIDATES.format(which="k.customer_id <> b.customer_id")
WITH_THOSE_BEFORE = CANDIDATES.format(which="k.customer_id < b.customer_id")
SUGGEST = """
    INSERT INTO duplicate_suggestions AS d (workspace_id, id, first_customer_id,
        second_customer_id, score, reasons, status, created_at, updated_at)
    SELECT $1, s.id, s.first, s.second, s.score::numeric, s.reasons::jsonb, 'OPEN', $2, $2
    FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[])
        AS s(id, first, second, score, reasons)
    ON CONFLICT (workspace_id, first_customer_id, second_customer_id)
    DO UPDATE SET score = excluded.score, reasons = excluded.reasons,
        updated_at = excluded.updated_at
    WHERE d.status = 'OPEN' AND (d.score <> excluded.score OR d.reasons <> excluded.reasons)"""
# A suggestion with a customer who is deleted or merged away waits for them to come back: then both
# are compared again.
WITHDRAW = """
    DELETE FROM duplicate_suggestions d
    WHERE d.workspace_id = $1 AND d.status = 'OPEN' AND {which}
        AND NOT EXISTS (SELECT 1 FROM unnest($3::uuid[], $4::uuid[]) AS f(first, second)
            WHERE f.first = d.first_customer_id AND f.second = d.second_customer_id)
        AND NOT EXISTS (SELECT 1 FROM customers c
            WHERE c.workspace_id = $1 AND c.id IN (d.first_customer_id, d.second_customer_id)
                AND (c.deleted_at IS NOT NULL OR c.merged_into_id IS NOT NULL))"""
OF_ALL = WITHDRAW.format(
    which="(d.first_customer_id = ANY($2::uuid[]) OR d.second_customer_id = ANY($2::uuid[]))"
)
OF_THOSE_BEFORE = WITHDRAW.format(which="d.second_customer_id = ANY($2::uuid[])")


@dataclass(frozen=True)
class Prepared:
    """Customers whose keys are up to date. Who is deleted or merged away has no profile."""

    ids: list[UUID]
    profiles: dict[UUID, Profile]
    keys: dict[UUID, list[int]]


@dataclass
class Comparer:
    """Compares customers of one workspace, batch by batch."""

    rarity: Rarity
    remembered: dict[UUID, Profile] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scorer = Scorer(self.rarity)

    async def compare(self, tx: Transaction, ids: Sequence[UUID]) -> int:
        """Compare these customers with all others; how many suggestions there are with them."""
        return await self.conclude(tx, await self.prepare(tx, ids), WITH_ALL, OF_ALL)

    async def compare_with_those_before(self, tx: Transaction, prepared: Prepared) -> int:
        """Compare customers with those of lower ids, whose keys are up to date: so a pass over
        everybody in the order of ids compares each pair once."""
        return await self.conclude(tx, prepared, WITH_THOSE_BEFORE, OF_THOSE_BEFORE)

    async def prepare(self, tx: Transaction, ids: Sequence[UUID]) -> Prepared:
        """Read these customers and bring their keys up to date."""
        profiles = await read_profiles(tx, self.rarity.fields, ids)
        keys = await asyncio.to_thread(self._keys, profiles.values())
        await write_keys(tx, ids, keys)
        return Prepared(list(ids), profiles, keys)

    async def conclude(
        self, tx: Transaction, prepared: Prepared, sharing: str, withdrawn: str
    ) -> int:
        """Judge those who share keys, and keep what comes of it."""
        ids = prepared.ids
        flat = [(key, id) for id, own in prepared.keys.items() for key in own]
        rows = await tx.fetch(
            sharing, tx.workspace_id, [k for k, _ in flat], [i for _, i in flat], MOST_SHARED
        )
        candidates = {row["customer_id"]: row["others"] for row in rows}
        await self._remember(tx, prepared.profiles, candidates.values())
        found = await asyncio.to_thread(self._judge, candidates)
        refused = await refused_pairs(tx, found) if found else set()
        kept = {pair: verdict for pair, verdict in found.items() if pair not in refused}
        firsts, seconds = [first for first, _ in kept], [second for _, second in kept]
        await tx.execute(withdrawn, tx.workspace_id, ids, firsts, seconds)
        await suggest(tx, kept)
        return len(kept)

    def _keys(self, profiles: Iterable[Profile]) -> dict[UUID, list[int]]:
        return {profile.id: keys_of(profile, self.rarity) for profile in profiles}

    async def _remember(
        self, tx: Transaction, profiles: dict[UUID, Profile], others: Iterable[Sequence[UUID]]
    ) -> None:
        """Have the profiles at hand of these customers as they are now, and of the others."""
        if len(self.remembered) > MOST_REMEMBERED:
            self.remembered.clear()
        self.remembered.update(profiles)
        missing = {id for some in others for id in some}.difference(self.remembered)
        if missing:
            self.remembered.update(await read_profiles(tx, self.rarity.fields, list(missing)))

    def _judge(self, candidates: dict[UUID, Sequence[UUID]]) -> dict[Pair, Verdict]:
        """The pairs that are worth keeping. A customer who is gone is not among the remembered."""
        remembered, scorer = self.remembered, self.scorer
        found: dict[Pair, Verdict] = {}
        for id, others in candidates.items():
            profile = remembered[id]
            for other in others:
                theirs = remembered.get(other)
                if theirs is None or scorer.score(profile, theirs) < KEPT_SCORE:
                    continue
                pair = (id, other) if id < other else (other, id)
                found[pair] = scorer.judge(remembered[pair[0]], remembered[pair[1]])
        return found


async def write_keys(tx: Transaction, ids: Sequence[UUID], keys: dict[UUID, list[int]]) -> None:
    """Have exactly these keys stand for these customers; whoever has none here loses theirs."""
    gone: list[tuple[int, UUID]] = []
    new: list[tuple[int, UUID]] = []
    for row in await tx.fetch(KEYS_BEFORE, tx.workspace_id, list(ids)):
        id, before, after = (
            row["customer_id"],
            set(row["keys"]),
            set(keys.get(row["customer_id"], ())),
        )
        if before != after:
            gone += [(key, id) for key in before - after]
            new += [(key, id) for key in after - before]
    for statement, pairs in ((DROP_KEYS, gone), (ADD_KEYS, new)):
        if pairs:
            pairs.sort(key=_key)
            await tx.execute(
                statement, tx.workspace_id, [key for key, _ in pairs], [id for _, id in pairs]
            )


def _key(pair: tuple[int, UUID]) -> int:
    return pair[0]


async def suggest(tx: Transaction, found: dict[Pair, Verdict]) -> None:
    """Keep these suggestions. A dismissed one stays dismissed."""
    if not found:
        return
    await tx.execute(
        SUGGEST,
        tx.workspace_id,
        tx.now,
        [new_id() for _ in found],
        [first for first, _ in found],
        [second for _, second in found],
        [str(verdict.score) for verdict in found.values()],
        [
            JSON_DUMPS(
                [
                    {"field": one.field, "kind": one.kind.value, "weight": one.weight}
                    for one in verdict.reasons
                ]
            )
            for verdict in found.values()
        ],
    )
