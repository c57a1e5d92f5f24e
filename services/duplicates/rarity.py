"""Rarity: how often each value is met among a workspace's customers.

Agreeing on what few share says more than agreeing on what many do (Fellegi and Sunter, 1969). How
many do is counted in a sample of the workspace's own customers; no list of names or towns is
built in.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice
from math import prod
from typing import Any

from services.duplicates.fields import CODE_BACKGROUND, HOUSEHOLD, NAME, Field, Kind
from services.duplicates.hashes import hash_of, hashed
from services.duplicates.names import alike
from services.duplicates.profiles import Profile
from services.duplicates.similarity import ALIKE, sound

SAMPLE = 20_000
"""Customers who are counted; where a workspace has more, every second, third … of them."""
RANDOM_PAIRS = 20_000
FEWEST = 250
"""Fewer customers count as a part of so many: three of one person among ten make no common name."""
USUAL_ALIKE, USUAL_PAIRS = 1 / 500, 500
"""How often random values are alike, before any were compared; it weighs like so many pairs."""
MOST_COMMON = 3_000
"""Of each field, so many of the most common values are kept; all others count as rare."""
MOST_KNOWN = 20_000
"""Of each field, so many values are kept at hand with what they are worth."""
CODE_FORM = re.compile(r"(?=.*\d)[a-z0-9]{5,}")
DAY_FORM = re.compile(r"(19|20)\d\d ?(0[1-9]|1[0-2]) ?(0[1-9]|[12]\d|3[01])")
MOSTLY = 0.8
USUALLY_DIFFERENT: dict[Kind, float] = {
    Kind.NAME: 1 / 16,
    Kind.PHONE: 0.6,
    Kind.EMAIL: 0.6,
    Kind.HANDLE: 0.8,
    Kind.PLACE: 0.5,
    Kind.TEXT: 0.5,
    Kind.CODE: 0.03,
    Kind.DATE: 0.02,
}
"""Which share of the same person's values are different ones, before any were met; it weighs like
USUAL_COPIES of them. At most MOST_GROUPS persons are looked at."""
USUAL_COPIES, MOST_GROUPS = 10, 2_000
EXPECTED, MOST_EXPECTED = 0.1, 2.0
"""How many copies of a customer are expected on the average: before any are known, and at most."""
FEWEST_MISTAKES, USUAL_MISTAKES = 5, 3
"""So many mistakes in names must have been met to tell; what people are called is mistaken at most
so many times as often as the rest of their names."""
CHANCE, MOST_RARE = 50, 12
"""One in so many values in common may be by chance, at most; so many of a customer's are tried."""
COPIES = 12
"""A value that more customers have is not taken for one person's."""


@dataclass
class Rarity:
    """What was counted of a workspace's customers."""

    customers: int
    """How many the workspace had."""
    sampled: int
    fields: tuple[Field, ...]
    counts: list[dict[int, int]]
    """Of each field, in the sample: how many customers have each of the more common values, by its
    hash. The name's are those of its words."""
    sounds: dict[int, int]
    """How many have a word in their name that sounds so, by its hash."""
    names: dict[int, int]
    """How many have a common name, all of it, by its hash."""
    alikes: list[float]
    """Of each field: which share of two customers picked at random have values that are alike."""
    expected: float = 0.1
    """How many others are the same person as one customer, on the average."""
    differing: tuple[float, ...] = ()
    """Of each field: which share of the same person's values are quite different ones."""
    families: bool = True
    """Whether people live together who share a name."""
    _bits: dict[int, "BitsByValue"] = field(default_factory=dict, repr=False)
    _sounds: dict[str, float] = field(default_factory=dict, repr=False)

    @property
    def own(self) -> float:
        """How often two customers of a pair are themselves in a count, on the average."""
        return 2 * self.sampled / self.customers if self.customers else 2.0

    def frequency(self, index: int, value: str) -> float:
        """Which share of all others have a value of a field."""
        return self.frequency_of(index, hashed(value))

    def frequency_of(self, index: int, hash: int) -> float:
        """`frequency` of the value that has this hash."""
        return self._share(self.counts[index].get(hash, 0), self.fields[index].background)

    def sound_frequency(self, code: str) -> float:
        """Which share of all others have a word that sounds so in their name."""
        known = self._sounds.get(code)
        if known is None:
            known = self._sounds[code] = self._share(
                self.sounds.get(hashed(code), 0), NAME.background
            )
        return known

    def others_named(self, name: Sequence[str]) -> float:
        """How many others may be expected to have the same name, as far as it is a common one."""
        count = self.names.get(hash_of(whole(name)), 0)
        return max(0.0, count - self.own) * self.customers / max(1, self.sampled)

    def _share(self, count: int, background: float) -> float:
        others = max(0.0, count - self.own)
        known = others / max(self.sampled, FEWEST)
        return min(1.0, known + 1 / (self.sampled + 1 / background))

    def bits(self, index: int, value: str) -> float:
        """How many bits an agreement on a value is worth: the binary logarithm of its rarity."""
        return self.bits_by_value(index)[value]

    def bits_by_value(self, index: int) -> "BitsByValue":
        """`bits` of one field, each computed once."""
        known = self._bits.get(index)
        if known is None:
            known = self._bits[index] = BitsByValue(self, index)
        return known

    def as_json(self) -> dict[str, Any]:
        """What is kept of it."""
        return {
            "customers": self.customers,
            "sampled": self.sampled,
            "fields": [[one.name, one.kind.value, one.key, one.background] for one in self.fields],
            "counts": [_texted(one) for one in self.counts],
            "sounds": _texted(self.sounds),
            "names": _texted(self.names),
            "alikes": self.alikes,
            "differing": list(self.differing),
            "families": self.families,
            "expected": self.expected,
        }


class BitsByValue(dict[str, float]):
    """What an agreement on each value of a field is worth, in bits."""

    def __init__(self, rarity: Rarity, index: int) -> None:
        self._rarity, self._index = rarity, index

    def __missing__(self, value: str) -> float:
        if len(self) == MOST_KNOWN:
            self.clear()
        bits = self[value] = -math.log2(self._rarity.frequency(self._index, value))
        return bits


def rarity_from(kept: dict[str, Any]) -> Rarity:
    """What `Rarity.as_json` has kept."""
    return Rarity(
        customers=kept["customers"],
        sampled=kept["sampled"],
        fields=tuple(Field(name, Kind(kind), key, b) for name, kind, key, b in kept["fields"]),
        counts=[_numbered(one) for one in kept["counts"]],
        sounds=_numbered(kept["sounds"]),
        names=_numbered(kept.get("names", {})),
        alikes=kept["alikes"],
        differing=tuple(kept.get("differing", ())),
        families=kept.get("families", True),
        expected=kept.get("expected", EXPECTED),
    )


def _texted(counts: dict[int, int]) -> dict[str, int]:
    return {str(key): count for key, count in counts.items()}


def _numbered(kept: dict[str, int]) -> dict[int, int]:
    return {int(key): count for key, count in kept.items()}


def count_rarity(fields: Sequence[Field], sample: Sequence[Profile], customers: int) -> Rarity:
    """Count a sample of a workspace's `customers`."""
    settled = settle(fields, sample)
    counted: list[Counter[str]] = [Counter() for _ in settled]
    sounds: Counter[str] = Counter()
    names: Counter[str] = Counter()
    groups = persons(settled, sample)
    for profiles in groups:
        words = {word for profile in profiles for word in profile.name}
        counted[0].update(words)
        sounds.update({sound(word) for word in words})
        names.update({whole(profile.name) for profile in profiles})
        for index in range(1, len(settled)):
            counted[index].update({value for one in profiles for value in one.values[index]})
    return Rarity(
        customers=max(customers, len(sample)),
        sampled=len(sample),
        fields=settled,
        counts=[_common(one) for one in counted],
        sounds=_common(sounds),
        names=_common(names),
        alikes=_alikes(settled, sample),
        differing=differing_shares(settled, groups),
        families=has_families(settled, sample),
        expected=expected_copies(groups, len(sample), customers),
    )


def persons(fields: Sequence[Field], sample: Sequence[Profile]) -> list[list[Profile]]:
    """The sample by persons, as well as that can be seen at a glance: six copies of somebody make
    neither their number nor their name a common one.

    Two are taken for one who have values in common that hardly anybody else has: more of them
    where they are such as those who live together share.
    """
    values: list[list[tuple[int, str]]] = []
    for profile in sample:
        name = [(0, whole(profile.name))] if len(profile.name) > 1 else []
        values.append([*name, *_values(profile)])
    met = Counter(one for some in values for one in some)
    parent = list(range(len(sample)))
    by_chance = len(sample) / CHANCE
    first: dict[tuple[tuple[int, str], ...], int] = {}
    for place, some in enumerate(values):
        rare = [one for one in some if 1 < met[one] <= COPIES][:MOST_RARE]
        for together in _telling(fields, rare):
            if prod(met[one] for one in together) > by_chance ** (len(together) - 1):
                continue
            other = first.setdefault(together, place)
            if other != place:
                parent[_root(parent, place)] = _root(parent, other)
    found: dict[int, list[Profile]] = {}
    for place, profile in enumerate(sample):
        found.setdefault(_root(parent, place), []).append(profile)
    return list(found.values())


def expected_copies(groups: Sequence[Sequence[Profile]], sampled: int, customers: int) -> float:
    """How many others of all customers are the same person as one of them, on the average."""
    pairs = sum(len(one) * (len(one) - 1) for one in groups)
    met = pairs * max(1.0, customers / max(1, sampled))
    expected = (met + EXPECTED * FEWEST) / (sampled + FEWEST)
    return max(EXPECTED, min(MOST_EXPECTED, expected))


def differing_shares(
    fields: Sequence[Field], groups: Sequence[Sequence[Profile]]
) -> tuple[float, ...]:
    """Which share of the same person's values of each field are neither the same nor alike."""
    several = islice((one for one in groups if len(one) > 1), MOST_GROUPS)
    pairs = [pair for group in several for pair in islice(combinations(group, 2), COPIES)]
    found = []
    for index, own in enumerate(fields):
        usual, both, different = USUALLY_DIFFERENT[own.kind], 0, 0
        for one, other in pairs if own.kind is not Kind.NAME else ():
            ours, theirs = one.values[index], other.values[index]
            if ours and theirs:
                both += 1
                like = ALIKE[own.kind]
                different += not any(a == b or like(a, b) for a in ours for b in theirs)
        found.append((different + usual * USUAL_COPIES) / (both + USUAL_COPIES))
    return tuple(found)


def has_families(fields: Sequence[Field], sample: Sequence[Profile]) -> bool:
    """Whether people live together who share a name; also where the base is too small to tell.

    Where one of two names is wrong in a copy, it is the one about as often as the other. Where
    there are families, many more at one address differ in what they are called than in the rest.
    """
    met = Counter(one for profile in sample for one in _values(profile))
    living: dict[tuple[tuple[int, str], ...], dict[int, Profile]] = {}
    for profile in sample:
        here = [one for one in _values(profile) if 1 < met[one] <= COPIES]
        if len(profile.name) > 1:
            for pair in combinations(here, 2):
                if met[pair[0]] * met[pair[1]] * CHANCE <= len(sample):
                    living.setdefault(pair, {})[id(profile)] = profile
            for own in here:
                if fields[own[0]].kind is Kind.PHONE:
                    living.setdefault((own,), {})[id(profile)] = profile
    called: set[tuple[int, int]] = set()
    named: set[tuple[int, int]] = set()
    for together in living.values():
        if 1 < len(together) <= COPIES:
            for (a, one), (b, other) in combinations(together.items(), 2):
                if _live_together(fields, one, other):
                    first, rest = _mistaken(one.name, other.name)
                    if first != rest:
                        (called if first else named).add((a, b))
    return len(named) < FEWEST_MISTAKES or len(called) > USUAL_MISTAKES * len(named)


def _live_together(fields: Sequence[Field], one: Profile, other: Profile) -> bool:
    """Whether two have most of their addresses and telephones in common; where nothing is known of
    these, most of all they have."""
    both = [index for index in range(len(fields)) if one.values[index] and other.values[index]]
    both = [index for index in both if fields[index].kind in HOUSEHOLD] or both
    return 2 * sum(one.values[index] == other.values[index] for index in both) > len(both)


def _mistaken(ours: Sequence[str], theirs: Sequence[str]) -> tuple[bool, bool]:
    """Whether what two are called is quite different, and whether the rest of their names is."""
    left = [word for word in ours if not any(alike(word, one) for one in theirs)]
    right = [word for word in theirs if not any(alike(word, one) for one in ours)]
    first = ours[0] in left and theirs[0] in right
    rest = any(word in left for word in ours[1:]) and any(word in right for word in theirs[1:])
    return first, rest


def whole(name: Sequence[str]) -> str:
    """A name whatever the order of its words."""
    return " ".join(sorted(name))


def _values(profile: Profile) -> list[tuple[int, str]]:
    """A customer's values with their fields."""
    return [(index, value) for index, some in enumerate(profile.values) for value in some]


def _telling(
    fields: Sequence[Field], values: Sequence[tuple[int, str]]
) -> Iterator[tuple[tuple[int, str], ...]]:
    """Two values each that say who somebody is, and three where one of them does."""
    own = [one for one in values if fields[one[0]].kind not in HOUSEHOLD]
    shared = [one for one in values if fields[one[0]].kind in HOUSEHOLD]
    yield from combinations(own, 2)
    for one in own:
        for pair in combinations(shared, 2):
            yield (one, *pair)


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place


def settle(fields: Sequence[Field], sample: Sequence[Profile]) -> tuple[Field, ...]:
    """The fields, with those properties as CODE or DATE whose values mostly are."""
    found = []
    for index, one in enumerate(fields):
        if one.kind is Kind.TEXT:
            values = [value for profile in sample for value in profile.values[index]]
            if values and _share_of(DAY_FORM, values) >= MOSTLY:
                one = replace(one, kind=Kind.DATE, background=1 / 15_000)
            elif values and _share_of(CODE_FORM, values) >= MOSTLY:
                one = replace(one, kind=Kind.CODE, background=CODE_BACKGROUND)
        found.append(one)
    return tuple(found)


def _share_of(form: re.Pattern[str], values: Sequence[str]) -> float:
    return sum(form.fullmatch(value) is not None for value in values) / len(values)


def _common(counted: Counter[str]) -> dict[int, int]:
    return {hashed(value): count for value, count in counted.most_common(MOST_COMMON) if count > 1}


def _alikes(fields: Sequence[Field], sample: Sequence[Profile]) -> list[float]:
    """How often two customers picked at random are alike but not the same, field by field."""
    dice = random.Random(0)  # noqa: S311
    different = min(RANDOM_PAIRS, len(sample) * (len(sample) - 1) // 2)
    pairs = [dice.sample(range(len(sample)), 2) for _ in range(different)]
    found = []
    for index, one in enumerate(fields):
        tried = hits = 0
        for a, b in pairs if one.kind is not Kind.NAME else ():
            ours, theirs = sample[a].values[index], sample[b].values[index]
            if ours and theirs:
                tried += 1
                hits += ours[0] != theirs[0] and ALIKE[one.kind](ours[0], theirs[0])
        found.append((hits + USUAL_ALIKE * USUAL_PAIRS) / (tried + USUAL_PAIRS))
    return found
