"""People who are made up, and damaged copies of them, in the manner of Febrl's generator.

A copy has from one to so many changes, as records get them that are typed, read by a machine or
written down by ear: letters inserted, left out, replaced or put for their neighbour, confused
shapes and sounds, words run together or parted, names swapped, values missing. Whose copy a row is
stands in `person`, and is nothing that a comparison may look at.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from faker.providers.address.en_AU import Provider as AustralianAddresses
from faker.providers.address.id_ID import Provider as IndonesianAddresses
from faker.providers.person.en_GB import Provider as EnglishNames
from faker.providers.person.id_ID import Provider as IndonesianNames

LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
KEYS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuioplsdfghjklkxcvbnmn", strict=True))
SHAPES = [("l", "1"), ("o", "0"), ("s", "5"), ("b", "8"), ("g", "9"), ("m", "rn"), ("cl", "d")]
SOUNDS = [
    ("ph", "f"),
    ("c", "k"),
    ("y", "i"),
    ("oe", "u"),
    ("dj", "j"),
    ("tj", "c"),
    ("sh", "s"),
    ("ie", "y"),
    ("v", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("ei", "ie"),
    ("a", "e"),
    ("z", "s"),
]

Row = dict[str, str]


@dataclass(frozen=True)
class Damage:
    """How badly copies are damaged."""

    changes: int = 1
    """The most changes in a copy."""
    in_field: int = 1
    """The most changes in one of its values."""
    missing: float = 0.05
    """How often a change is that a value is left out."""
    swapped: float = 0.05
    """How often a change is that given name and surname stand in each other's place."""


@dataclass
class People:
    """Rows in any order, and which person each is."""

    rows: list[Row] = field(default_factory=list)
    person: list[int] = field(default_factory=list)

    def pairs(self) -> set[tuple[int, int]]:
        """The places of all rows that are one person, two by two."""
        places: dict[int, list[int]] = {}
        for place, number in enumerate(self.person):
            places.setdefault(number, []).append(place)
        return {
            (a, b)
            for found in places.values()
            for position, a in enumerate(found)
            for b in found[position + 1 :]
        }


def skewed(dice: random.Random, values: Iterable[str]) -> Callable[[], str]:
    """Picks values, some of them much more often than others, as names and towns are met."""
    shuffled = sorted(set(values))
    dice.shuffle(shuffled)
    weights = [1 / (rank + 8) for rank in range(len(shuffled))]
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return lambda: dice.choices(shuffled, cum_weights=sums)[0]


class Australians:
    """People such as Febrl's: no telephone, no e-mail; a date of birth and a number."""

    def __init__(self, dice: random.Random, towns: int = 400) -> None:
        self.dice = dice
        self.given = skewed(dice, EnglishNames.first_names)
        self.surname = skewed(dice, EnglishNames.last_names)
        streets = [
            f"{name} {suffix}"
            for name in EnglishNames.last_names
            for suffix in ("street", "place", "road", "crescent")
        ]
        self.street = skewed(dice, streets)
        prefixes = AustralianAddresses.city_prefixes
        places = [f"{prefix} {name}" for name in EnglishNames.last_names for prefix in prefixes]
        dice.shuffle(places)
        self.suburb = skewed(dice, places[:towns])
        self.house = skewed(dice, [f"{name} village" for name in EnglishNames.last_names])

    def person(self) -> Row:
        """Another one."""
        dice = self.dice
        born = date(1900, 1, 1) + timedelta(days=dice.randrange(36_500))
        row = {
            "given_name": self.given().lower(),
            "surname": self.surname().lower(),
            "street_number": str(dice.randint(1, 200)) if dice.random() < 0.95 else "",
            "address_1": self.street().lower(),
            "address_2": self.house().lower() if dice.random() < 0.6 else "",
            "suburb": self.suburb().lower(),
            "postcode": str(dice.randint(2000, 7000)),
            "state": dice.choices(
                ["nsw", "vic", "qld", "wa", "sa", "tas", "act", "nt"],
                [34, 25, 18, 9, 8, 3, 2, 1],
            )[0],
            "date_of_birth": f"{born:%Y%m%d}" if dice.random() < 0.9 else "",
            "soc_sec_id": str(dice.randint(1_000_000, 9_999_999)),
        }
        if dice.random() < 0.1:
            row["given_name"] = ""
        return row


class Indonesians:
    """Customers of an Indonesian shop: telephone, e-mail, names of one to four words."""

    def __init__(self, dice: random.Random, towns: int = 300) -> None:
        self.dice = dice
        first = [*IndonesianNames.first_names_male, *IndonesianNames.first_names_female]
        self.first = skewed(dice, first)
        self.last = skewed(dice, IndonesianNames.last_names)
        self.province = skewed(dice, list(IndonesianAddresses.states))
        self.city = skewed(dice, list(IndonesianAddresses.cities))
        self.street = skewed(dice, list(IndonesianAddresses.streets))

    def person(self) -> Row:
        """Another one."""
        dice = self.dice
        words = [self.first()]
        words += [self.first()] if dice.random() < 0.5 else []
        words += [self.last()] if dice.random() < 0.8 else []
        given, surname = words[0].lower(), " ".join(words[1:]).lower()
        born = date(1950, 1, 1) + timedelta(days=dice.randrange(20_000))
        local = f"{given}{dice.choice(['.', '_', ''])}{surname.split(' ')[-1] if surname else ''}"
        number = f"{born:%d%m}{dice.randint(1, 9999)}"
        host = dice.choice(["gmail.com", "gmail.com", "yahoo.co.id", "outlook.com"])
        return {
            "given_name": given,
            "surname": surname,
            "phone": f"+628{dice.randint(11, 99)}{dice.randint(1_000_000, 99_999_999)}"
            if dice.random() < 0.8
            else "",
            "email": f"{local}{number}@{host}" if dice.random() < 0.6 else "",
            "street": f"{self.street().lower()} {dice.randint(1, 250)}",
            "city": self.city().lower(),
            "province": self.province().lower(),
            "zip": str(dice.randint(10000, 19999)),
            "date_of_birth": f"{born:%Y%m%d}" if dice.random() < 0.7 else "",
            "nik": str(dice.randint(10**15, 10**16 - 1)),
        }


def damaged_value(dice: random.Random, value: str) -> str:
    """A value with one error in it."""
    at = dice.randrange(len(value))
    numeric = value.replace("+", "").isdigit()
    letters = DIGITS if numeric else LETTERS
    kind = dice.random()
    if kind < 0.2:
        return value[:at] + dice.choice(letters) + value[at:]
    if kind < 0.4 and len(value) > 1:
        return value[:at] + value[at + 1 :]
    if kind < 0.6:
        other = KEYS.get(value[at]) if not numeric and dice.random() < 0.5 else None
        return value[:at] + (other or dice.choice(letters)) + value[at + 1 :]
    if kind < 0.75 and len(value) > 1:
        at = min(at, len(value) - 2)
        return value[:at] + value[at + 1] + value[at] + value[at + 2 :]
    if kind < 0.83 and " " in value:
        return value.replace(" ", "", 1)
    if kind < 0.86 and len(value) > 5 and not numeric:
        return value[:at] + " " + value[at:]
    changes = [(a, b) for a, b in (SHAPES if kind < 0.93 else SOUNDS) if a in value]
    if changes and not numeric:
        old, new = dice.choice(changes)
        return value.replace(old, new, 1)
    return value[:at] + dice.choice(letters) + value[at + 1 :]


def damaged(dice: random.Random, row: Row, damage: Damage) -> Row:
    """A copy of a row with at least one change."""
    copy = dict(row)
    touched: dict[str, int] = {}
    for _ in range(dice.randint(1, damage.changes)):
        kind = dice.random()
        if kind < damage.swapped:
            copy["given_name"], copy["surname"] = copy["surname"], copy["given_name"]
            continue
        open_ = [
            name for name, value in copy.items() if value and touched.get(name, 0) < damage.in_field
        ]
        if not open_:
            break
        name = dice.choice(open_)
        touched[name] = touched.get(name, 0) + 1
        if kind < damage.swapped + damage.missing:
            copy[name] = ""
        else:
            copy[name] = damaged_value(dice, copy[name]).strip()
    return copy


def make_people(
    make: Callable[[], Row],
    dice: random.Random,
    originals: int,
    copies: Callable[[], int],
    damage: Damage,
) -> People:
    """So many people, each with as many damaged copies as `copies` says, shuffled."""
    made: list[tuple[Row, int]] = []
    for number in range(originals):
        row = make()
        made.append((row, number))
        made += [(damaged(dice, row, damage), number) for _ in range(copies())]
    dice.shuffle(made)
    return People([row for row, _ in made], [number for _, number in made])
