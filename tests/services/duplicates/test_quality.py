"""What is found and what is not, in Febrl's set and in made-up ones of its family.

No test looks at ids for more than counting. The thresholds are what the issue asks for where it
asks, and else what keeps a change of the scoring from making it worse.
"""

import random
from collections.abc import Callable

import pytest

from bench.people import Australians, Damage, Indonesians, People, make_people
from models import Workspace
from tests.services.duplicates.bases import compare, febrl, make_base

WITHOUT_NUMBERS = ("soc_sec_id", "nik")
WITHOUT_DAYS = ("date_of_birth",)
PRECISE = 0.98


@pytest.mark.parametrize(
    ("left_out", "recall"),
    [
        ((), 0.98),
        (("soc_sec_id",), 0.97),
        (("date_of_birth",), 0.97),
        (("street_number", "address_1", "address_2"), 0.98),
        (("suburb", "postcode", "state"), 0.98),
        (("soc_sec_id", "date_of_birth"), 0.83),
    ],
    ids=lambda value: "-".join(value) or "all" if isinstance(value, tuple) else "",
)
async def test_febrls_people_are_found_whichever_columns_are_left_out(
    workspace: Workspace, left_out: tuple[str, ...], recall: float
) -> None:
    """Without number and day of birth a family at one address looks like one person: then fewer
    are found, and still nobody wrongly."""
    base = await make_base(workspace, febrl(), left_out)
    await compare(workspace)
    found = await base.quality()
    assert found[0] >= PRECISE
    assert found[1] >= recall


def up_to_five(dice: random.Random) -> Callable[[], int]:
    """Most have no copy, some have several."""
    return lambda: dice.choices((0, 1, 2, 3, 4, 5), (40, 25, 15, 10, 5, 5))[0]


def australians(dice: random.Random, damage: Damage) -> People:
    return make_people(Australians(dice).person, dice, 500, up_to_five(dice), damage)


def indonesians(dice: random.Random, damage: Damage) -> People:
    return make_people(Indonesians(dice).person, dice, 500, up_to_five(dice), damage)


@pytest.mark.parametrize(
    ("make", "damage", "left_out", "recall"),
    [
        (australians, Damage(1), (), 0.99),
        (australians, Damage(3, 2), WITHOUT_NUMBERS, 0.95),
        (australians, Damage(6, 2), (), 0.93),
        (indonesians, Damage(2), WITHOUT_NUMBERS, 0.97),
        (indonesians, Damage(4, 2, 0.2), WITHOUT_NUMBERS, 0.93),
        (indonesians, Damage(2), (*WITHOUT_NUMBERS, *WITHOUT_DAYS), 0.95),
    ],
)
async def test_made_up_people_are_found_with_several_copies_and_several_slips(
    workspace: Workspace,
    make: Callable[[random.Random, Damage], People],
    damage: Damage,
    left_out: tuple[str, ...],
    recall: float,
) -> None:
    base = await make_base(workspace, make(random.Random(11), damage), left_out)
    await compare(workspace)
    found = await base.quality()
    assert found[0] >= PRECISE
    assert found[1] >= recall
