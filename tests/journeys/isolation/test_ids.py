"""Every place where an id can be named: another workspace's is answered like one that never was.

Byte for byte but for the id, with the same headers and the same statements; and one's own id is
answered otherwise, so that the place is known to be looked at.
"""

import pytest
from graphql import is_required_argument

from tests.journeys.conftest import Client, Clock, Connect
from tests.journeys.isolation import inputs
from tests.journeys.isolation.places import (
    Place,
    fields_of,
    places_below,
    places_of,
    routes_from_query,
)
from tests.journeys.isolation.walker import (
    Told,
    Watch,
    a_world,
    candidates,
    neighbour,
    tell,
)
from tests.worlds import World

READING = [*places_of("Query"), *places_below()]
WRITING = {
    field: [place for place in places_of("Mutation") if place.field == field]
    for field in fields_of("Mutation")
}


def test_the_walk_knows_every_call() -> None:
    """What asks for something has to have a valid input here, and each place its kind of row."""
    assert inputs.MUTATIONS.keys() >= fields_of("Mutation").keys()
    for root, known in (("Query", inputs.QUERIES), ("Subscription", inputs.SUBSCRIPTIONS)):
        for name, field in fields_of(root).items():
            if any(is_required_argument(one) for one in field.args.values()):
                assert name in known, name
    places = [*READING, *(one for root in ("Mutation", "Subscription") for one in places_of(root))]
    assert len(places) > 160
    assert all(inputs.model_at(place) for place in places)
    assert "Customer" in routes_from_query()


async def compare(client: Client, watch: Watch, place: Place, own: World, other: World) -> Told:
    """Ask with ids of the other workspace, and say what one that never was is answered with."""
    never: Told | None = None
    for beside in (True, False) if place.many else (False,):
        ids = candidates(other, inputs.model_at(place))
        # The first call may change rows of one's own, or fill caches.
        await tell(client, watch, place, own, neighbour(ids[0]), beside)
        for id in ids:
            never = await tell(client, watch, place, own, neighbour(id), beside)
            asked = await tell(client, watch, place, own, id, beside)
            assert asked == never, str(place)
    assert never is not None
    return never


async def is_looked_at(client: Client, watch: Watch, place: Place, own: World, never: Told) -> bool:
    """Whether some id of one's own is answered otherwise than one that never was."""
    for id in candidates(own, inputs.model_at(place), 4):
        found = await tell(client, watch, place, own, id, False)
        if (found.status, found.text) != (never.status, never.text):
            return True
    return False


def is_kept(place: Place) -> bool:
    """Whether ids at a place are kept as they are given, and looked at when they are read: then no
    answer tells one from another, one's own included."""
    return place.field in ("saveCustomerView", "exportCustomers") and place.path[1] == "filter"


@pytest.mark.parametrize("place", READING, ids=str)
async def test_reading_with_an_id_of_another_workspace(
    mine: World, theirs: World, connect: Connect, watch: Watch, place: Place
) -> None:
    client = await connect(mine.workspace, clock=Clock())
    never = await compare(client, watch, place, mine, theirs)
    assert await is_looked_at(client, watch, place, mine, never)


@pytest.mark.parametrize("field", [field for field, places in WRITING.items() if places])
async def test_writing_with_an_id_of_another_workspace(
    theirs: World,
    connect: Connect,
    watch: Watch,
    field: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.exporting.requests.MOST_WAITING", 1_000)
    own = await a_world()
    client = await connect(own.workspace, clock=Clock())
    answers = {place: await compare(client, watch, place, own, theirs) for place in WRITING[field]}
    unseen = set()
    for place, never in answers.items():
        if not await is_looked_at(client, watch, place, own, never):
            fresh = await a_world()  # what was looked at before may have changed this one too much
            other = await connect(fresh.workspace, clock=Clock())
            [id, *_] = candidates(theirs, inputs.model_at(place))
            never = await tell(other, watch, place, fresh, neighbour(id), False)
            if not await is_looked_at(other, watch, place, fresh, never):
                unseen.add(str(place))
    assert unseen == {str(place) for place in answers if is_kept(place)}
