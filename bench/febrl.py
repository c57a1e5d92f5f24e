"""Copies damaged as Febrl's generator does it, with the rates that its first set was made with.

Beside slips of the pen, a value is left out, replaced by another person's, exchanged with its
neighbour (given name and surname, the two lines of an address), its words are run together or
parted. Some fields are hit more often than others. The rates were counted in the first set.
"""

import random
from collections.abc import Callable
from typing import NamedTuple

from bench.people import Australians, Indonesians, People, Row, damaged_value

TRIES = 200


class Rates(NamedTuple):
    """How often a field is hit, of all fields, and how often so: the rest are slips."""

    hit: float
    missing: float = 0.0
    replaced: float = 0.0
    exchanged: float = 0.0
    parted: float = 0.0


NAMES = {
    "given_name": Rates(0.16, 0.09, 0.28, 0.22, 0.03),
    "surname": Rates(0.175, 0.035, 0.16, 0.22, 0.04),
}
AUSTRALIAN = NAMES | {
    "street_number": Rates(0.09, 0.2, 0.35),
    "address_1": Rates(0.18, 0.06, 0.12, 0.06, 0.21),
    "address_2": Rates(0.217, 0.2, 0.04, 0.07, 0.28),
    "suburb": Rates(0.142, 0.04, 0.21, 0.0, 0.15),
    "postcode": Rates(0.084, 0.0, 0.05),
    "state": Rates(0.023, 0.18, 0.22),
    "date_of_birth": Rates(0.045, 0.33, 0.5),
    "soc_sec_id": Rates(0.05, 0.0, 0.45),
}
INDONESIAN = NAMES | {
    "phone": Rates(0.08, 0.3, 0.3),
    "email": Rates(0.08, 0.3, 0.2),
    "street": Rates(0.2, 0.06, 0.12, 0.0, 0.2),
    "city": Rates(0.12, 0.04, 0.21, 0.0, 0.1),
    "zip": Rates(0.084, 0.0, 0.05),
    "province": Rates(0.03, 0.18, 0.22, 0.0, 0.1),
    "date_of_birth": Rates(0.045, 0.33, 0.5),
    "nik": Rates(0.05, 0.0, 0.45),
}
NEIGHBOURS = {
    "given_name": "surname",
    "surname": "given_name",
    "address_1": "address_2",
    "address_2": "address_1",
}
POISSON = (3572, 114, 141, 107, 47, 19)
ZIPF = (768, 470, 270, 180, 144, 168)
"""Of how many people there are none, one, two … copies in Febrl's second and third set."""


class Spoiler:
    """Makes copies: of at most `most` changes, at most `in_field` of them in one value."""

    def __init__(
        self, dice: random.Random, another: Callable[[], Row], most: int, in_field: int
    ) -> None:
        self.dice = dice
        self.another = another
        self.most = most
        self.in_field = in_field

    def copy(self, row: Row, rates: dict[str, Rates]) -> Row:
        """A damaged copy of a row."""
        copy, touched, done = dict(row), set[str](), 0
        wanted = self.dice.randint(1, self.most)
        for _ in range(TRIES):
            if done >= wanted:
                break
            [name] = self.dice.choices(list(rates), [one.hit for one in rates.values()])
            if name not in touched:
                done += self.spoil(copy, name, rates[name], touched, wanted - done)
        return copy

    def spoil(self, copy: Row, name: str, rates: Rates, touched: set[str], most: int) -> int:
        """Change a value, unless it is empty; how many changes that were."""
        kind = self.dice.random()
        if kind < rates.exchanged:
            other = NEIGHBOURS[name]
            copy[name], copy[other] = copy[other], copy[name]
            touched |= {name, other}
            return 1
        if not copy[name]:
            return 0
        touched.add(name)
        kind -= rates.exchanged
        if kind < rates.missing:
            copy[name] = ""
            return 1
        kind -= rates.missing
        if kind < rates.replaced:
            copy[name] = self.another()[name]
            return 1
        slips = min(self.dice.randint(1, self.in_field), most)
        for _ in range(slips):
            if copy[name]:
                slip = self.parted if kind < rates.replaced + rates.parted else self.slipped
                copy[name] = slip(copy[name]).strip()
        return slips

    def slipped(self, value: str) -> str:
        """A slip; of digits most are two that have changed places."""
        if value.isdigit() and len(value) > 1 and self.dice.random() < 0.5:
            at = self.dice.randrange(len(value) - 1)
            return value[:at] + value[at + 1] + value[at] + value[at + 2 :]
        return damaged_value(self.dice, value)

    def parted(self, value: str) -> str:
        """Words run together, or a word parted."""
        blanks = [at for at, letter in enumerate(value) if letter == " "]
        if blanks and self.dice.random() < 0.5:
            at = self.dice.choice(blanks)
            return value[:at] + value[at + 1 :]
        at = self.dice.randrange(len(value))
        return f"{value[:at]} {value[at:]}"


def make_set(
    seed: int,
    people: int,
    *,
    indonesian: bool = False,
    copies: tuple[int, ...] = (0, 1),
    most: int = 4,
    in_field: int = 2,
) -> People:
    """A set of so many people, shuffled. `copies`: how many people of all have none, one, … ."""
    dice = random.Random(seed)
    another = (Indonesians if indonesian else Australians)(dice).person
    spoiler, rates = (
        Spoiler(dice, another, most, in_field),
        INDONESIAN if indonesian else AUSTRALIAN,
    )
    made: list[tuple[Row, int]] = []
    for number in range(people):
        row = another()
        made.append((row, number))
        [several] = dice.choices(range(len(copies)), copies)
        made += [(spoiler.copy(row, rates), number) for _ in range(several)]
    dice.shuffle(made)
    return People([row for row, _ in made], [number for _, number in made])
