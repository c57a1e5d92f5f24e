"""Rarity: how often each value is met among a workspace's customers.

Agreeing on what few share says more than agreeing on what many do (Fellegi and Sunter, 1969). How
many do is counted in a sample of the workspace's own customers; no list of names or towns is
built in.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.duplicates.fields import CODE_BACKGROUND, NAME, Field, Kind
from services.duplicates.hashes import hashed
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
    alikes: list[float]
    """Of each field: which share of two customers picked at random have values that are alike."""
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
            "alikes": self.alikes,
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
        alikes=kept["alikes"],
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
    for profile in sample:
        words = set(profile.name)
        counted[0].update(words)
        sounds.update({sound(word) for word in words})
        for index, values in enumerate(profile.values):
            counted[index].update(values)
    return Rarity(
        customers=max(customers, len(sample)),
        sampled=len(sample),
        fields=settled,
        counts=[_common(one) for one in counted],
        sounds=_common(sounds),
        alikes=_alikes(settled, sample),
    )


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
