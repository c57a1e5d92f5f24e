"""Steps: what happens in a sequence, drawn so that a failing one shrinks to the few that matter."""

import random
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from hypothesis import strategies as st

from models import MergeSource, SurvivorshipStrategy
from services.batches import always
from services.errors import ErrorCode
from services.merged_values import FIELDS
from services.merging.main_identities import set_main_identity
from services.merging.merges import merge_customers
from services.merging.requests import FieldChoice, Merging
from services.merging.unmerges import unmerge_customer
from services.windows import close_windows
from tests.services.merging.twins import arrivals, edits
from tests.services.merging.twins.bases import Person
from tests.services.merging.twins.worlds import Twins

MOST_MEMBERS = 10


class Step(NamedTuple):
    """One thing that happens: what, to whom, and the dice for the rest."""

    verb: str
    who: int
    seed: int


async def merge(twins: Twins, who: int, dice: random.Random) -> None:
    """A merge of one to three customers, members and main customers of others included."""
    main = twins.someone(who)
    members = [twins.someone(dice.randrange(99)) for _ in range(dice.choice([1, 1, 2, 3]))]
    strategy = dice.choice(list(SurvivorshipStrategy))
    properties = [f"properties.{key}" for key in twins.definitions]
    chosen = {
        field: dice.choice([twins.main[main], *members])
        for field in dice.sample([*FIELDS, *properties], dice.choice([0, 0, 1, 3]))
    }
    wanted = expected(twins, main, members)
    twins.done.append(f"merge {members} into {main}, {strategy}, {chosen}: {wanted or 'well'}")
    merging = Merging(
        main_id=twins.merging.id(main),
        member_ids=[twins.merging.id(name) for name in members],
        strategy=strategy,
        overrides=[FieldChoice(field, twins.merging.id(one)) for field, one in chosen.items()],
        source=MergeSource.API,
    )
    code = await twins.merging.perform(twins.now, merge_customers, merging)
    assert (code in wanted) if wanted else code is None, code
    if code is None:
        brought = [one for name in members for one in twins.part_of(name)]
        twins.main |= dict.fromkeys(brought, twins.main[main])


def expected(twins: Twins, main: str, members: list[str]) -> set[ErrorCode]:
    """The codes that a merge may be refused with; none where it has to be done."""
    head = twins.main[main]
    codes = set()
    if any(twins.merging.rows[twins.main[name]]["deleted_at"] for name in (main, *members)):
        codes.add(ErrorCode.NOT_FOUND)
    if main in members:
        codes.add(ErrorCode.INVALID)
    if any(twins.main[name] != name or name == head for name in members):
        codes.add(ErrorCode.CONFLICT)
    brought = {one for name in members for one in twins.part_of(name)}
    if len({*brought, *twins.part_of(head)} - {head}) > MOST_MEMBERS:
        codes.add(ErrorCode.LIMIT_EXCEEDED)
    return codes


async def unmerge(twins: Twins, who: int, dice: random.Random) -> None:
    """An unmerge of whoever is merged; of somebody who is not, where nobody is."""
    merged = [name for name in twins.everyone if twins.main[name] != name]
    name = merged[who % len(merged)] if merged else twins.someone(who)
    twins.done.append(f"unmerge {name} of {twins.main[name]}")
    id = twins.merging.id(name)
    code = await twins.merging.perform(twins.now, unmerge_customer, id)
    if twins.merging.rows[twins.main[name]]["deleted_at"]:
        assert code is ErrorCode.NOT_FOUND, code
    elif not merged:
        assert code is ErrorCode.CONFLICT, code
    else:
        assert code is None, code
        twins.main[name] = name


async def main_identity(twins: Twins, who: int, dice: random.Random) -> None:
    """Another main identity, of whoever is part of the customer."""
    name = twins.someone(who)
    main = twins.main[name]
    names = twins.merging.names
    identities = sorted(
        names.of[row["id"]]
        for row in twins.merging.found["channel_identities"]
        if names.of[row["customer_id"]] == main
    )
    if not identities:
        return
    identity = dice.choice(identities)
    twins.done.append(f"main identity of {name}, who is {main}: {identity}")
    row = next(
        one for one in twins.merging.found["channel_identities"] if names.of[one["id"]] == identity
    )
    own = names.of[row["origin_customer_id"]] == main
    sides = [twins.merging, twins.twin] if own else [twins.merging]
    codes = {
        await side.perform(
            twins.now,
            set_main_identity,
            side.id(main if side is twins.twin else name),
            side.names.identity[identity],
        )
        for side in sides
    }
    assert len(codes) == 1, codes


async def windows_job(twins: Twins, who: int, dice: random.Random) -> None:
    """The job that closes windows which have run out."""
    twins.done.append("close windows")
    for side in (twins.merging, twins.twin):
        await close_windows(side.workspace.id, clock=lambda: twins.now, proceed=always)


Verb = Callable[[Twins, int, random.Random], Awaitable[None]]
VERBS: dict[str, Verb] = {
    "merge": merge,
    "unmerge": unmerge,
    "main identity": main_identity,
    "edit": edits.edit,
    "message": arrivals.message,
    "conversation": arrivals.conversation,
    "order": arrivals.order,
    "interaction": arrivals.interaction,
    "record": arrivals.record,
    "associate": arrivals.association,
    "dissociate": arrivals.dissociation,
    "join or leave": edits.bulk_membership,
    "import customers": edits.customers_file,
    "import orders": arrivals.orders_file,
    "delete": edits.delete,
    "restore": edits.restore,
    "windows job": windows_job,
}
WEIGHTS = {
    "merge": 6,
    "unmerge": 3,
    "edit": 4,
    "message": 5,
    "order": 3,
    "main identity": 2,
    "import customers": 2,
    "record": 2,
    "interaction": 2,
}
DRAWN = [name for name in VERBS for _ in range(WEIGHTS.get(name, 1))]

NUMBERS = st.integers(0, 97)
SEEDS = st.integers(0, 2**16)
PEOPLE = st.lists(
    st.builds(Person, st.sampled_from([0, 1, 2, 3, 3]), SEEDS), min_size=2, max_size=6
)
STEPS = st.lists(st.builds(Step, st.sampled_from(DRAWN), NUMBERS, SEEDS), min_size=4, max_size=14)


async def take(twins: Twins, step: Step) -> None:
    """Take a step on both sides, and hold them to what has to be so."""
    dice = random.Random(step.seed)
    twins.pass_time(dice.choice([0, 0, 0.5, 9, 30]))
    await VERBS[step.verb](twins, step.who, dice)
    await twins.check()


async def unmerge_all(twins: Twins, order: int) -> None:
    """Restore who is deleted, and unmerge whoever is merged, in some order."""
    dice = random.Random(order)
    for name in {*twins.main.values()}:
        if twins.merging.rows[name]["deleted_at"]:
            await edits.restore(twins, 0, dice)
            await twins.check()
    while any(name != main for name, main in twins.main.items()):
        twins.pass_time(dice.choice([0, 1]))
        await unmerge(twins, dice.randrange(99), dice)
        await twins.check()
    await windows_job(twins, 0, dice)
    await twins.check()
