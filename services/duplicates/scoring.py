"""Scoring: how sure it is that two customers are one person, and why.

The evidence is counted in bits, as Fellegi and Sunter do: a bit doubles the odds. Values that agree
count for it, the rarer the more; values that differ count against it. Two customers picked at
random are hardly ever one person, so the evidence first has to make up for that (`needed`), and
what remains gives the odds, and these the score.

Three rules keep the sum honest where values hang together:
- no single field is enough, however rare its value;
- who lives together shares an address, a telephone and a family name. So address and telephone
  together are not enough either;
- names of which each has a word that the other lacks speak against one person.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from services.duplicates.fields import HOUSEHOLD, PLACES, Kind
from services.duplicates.names import CONFLICT, STRANGERS, compare_names, marks_of
from services.duplicates.profiles import Profile
from services.duplicates.rarity import Rarity
from services.duplicates.similarity import ALIKE, MARKED, nearly_alike

DEFAULT_SCORE = 0.75
"""From this score on a suggestion is shown, unless the reader asks for another one."""
KEPT_SCORE = 0.5
"""From this score on a suggestion is kept: as likely as not."""
SMALLEST_BASE = 1_000
"""A workspace with fewer customers is judged like one with so many."""


class ReasonKind(StrEnum):
    """How two customers agree on a field."""

    SAME = "SAME"
    SIMILAR = "SIMILAR"


class Reason(NamedTuple):
    """A field that speaks for one person, and its part of the score: they add up to it."""

    field: str
    kind: ReasonKind
    weight: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The score, from 0 to 1, and the reasons, the weightiest first."""

    score: float
    reasons: tuple[Reason, ...]


LEAST_DIFFERENT, MOST_DIFFERENT = -6.0, -0.3
"""What it counts at most and at least, in bits, that two customers have quite different values:
it depends on how often the same person has (`Rarity.differing`)."""
NEARLY = -1.5
"""What it counts at most where they differ by little more than one slip."""
LEAST_OF_PLACE = -6.0
"""People move: however many parts of their addresses differ, it counts no more than this."""
LEAST_OF_CODES = -5.0
"""Not every number is one of a paper: however many differ, it counts no more than one."""
AGREE_ALIKE: dict[Kind, float] = {
    Kind.PHONE: 0.05,
    Kind.EMAIL: 0.05,
    Kind.HANDLE: 0.05,
    Kind.PLACE: 0.15,
    Kind.TEXT: 0.15,
    Kind.CODE: 0.08,
    Kind.DATE: 0.1,
}
"""How often the same person's values are alike but not the same."""
LITTLE = 6.0
"""A name that is worth less, in bits, needs another value to be the same; one that speaks against
one person needs two."""
MOST_ALIKE = {Kind.EMAIL: 4.0}
"""An address is often made of the name, so that one like it says little that the name does not."""
LATER = 0.5
"""What each further agreement on an address, or on a number, is worth of what it would be alone:
the province says little more where the street is the same, nor the branch where the seller is."""
SHORT_OF: dict[Kind, float] = {
    Kind.NAME: 0.0,
    Kind.PHONE: 1.0,
    Kind.EMAIL: 0.5,
    Kind.HANDLE: 4.0,
    Kind.CODE: 0.0,
    Kind.DATE: 1.0,
}
"""By how much the best agreement on one such field stays below what is needed."""
SHORT_OF_HOUSEHOLD, SHORT_OF_PLACES = 1.0, 1.5
SHORT_OF_PLACES_OF_ONE = 0.5
"""By how much address and telephone together, and the address alone, stay below it."""
LESS_ELSEWHERE = 1.0
"""What a text is worth less, in bits, that stands in another field of the other one: the lines of
an address are exchanged, or filled from the second on."""
BEYOND_PLACES = 3.0
"""By how much an address may go beyond what is needed, to make up for what speaks against one
person: nothing where families live together."""

Evidence = tuple[float, int, bool]
"""What a field says in bits, its index, and whether the values are the same."""


class Scorer:
    """Scores pairs of one workspace's customers. The order of the two makes no difference."""

    def __init__(self, rarity: Rarity) -> None:
        self.rarity = rarity
        self.needed = math.log2(max(rarity.customers, SMALLEST_BASE) / rarity.expected)
        self._short_of_places = SHORT_OF_PLACES if rarity.families else SHORT_OF_PLACES_OF_ONE
        self._beyond_places = -SHORT_OF_PLACES if rarity.families else BEYOND_PLACES
        self._words = rarity.bits_by_value(0)
        self._worth = [rarity.bits_by_value(index) for index in range(len(rarity.fields))]
        self._fields = [
            (
                index,
                rarity.bits_by_value(index),
                alike_bits(one.kind, share),
                one.kind,
                different_bits(rarity.differing[index]),
            )
            for index, (one, share) in enumerate(zip(rarity.fields, rarity.alikes, strict=True))
            if one.kind is not Kind.NAME
        ]

    def score(self, one: Profile, other: Profile) -> float:
        """How sure it is that two customers are one person, from 0 to 1, in four digits.

        0 also for pairs of which a glance shows that it is next to nothing: most of all pairs.
        """
        name = self._name(one, other)
        if name[0] < LITTLE and self._hardly_agree(one, other, 1 + (name[0] <= CONFLICT)):
            return 0.0
        found, against = self._compare(one, other, name)
        return self._score(self._weigh(found, self._capped(found), against))

    def judge(self, one: Profile, other: Profile) -> Verdict:
        """The score with its reasons."""
        found, against = self._compare(one, other, self._name(one, other))
        capped = self._capped(found)
        worth = sum(bits for bits, _, _ in capped)
        score = self._score(self._weigh(found, capped, against))
        reasons = [
            Reason(
                self.rarity.fields[index].name,
                ReasonKind.SAME if same else ReasonKind.SIMILAR,
                round(score * bits / worth, 4),
            )
            for bits, index, same in capped
            if bits > 0
        ]
        reasons.sort(key=lambda reason: (-reason.weight, reason.field))
        return Verdict(score, tuple(reasons))

    def _name(self, one: Profile, other: Profile) -> tuple[float, bool]:
        """What the names say, as `compare_names`."""
        ours, theirs = one.name, other.name
        if ours and theirs and marks_of(ours).isdisjoint(marks_of(theirs)):
            return STRANGERS, False
        return compare_names(ours, theirs, self._words, families=self.rarity.families)

    def _hardly_agree(self, one: Profile, other: Profile, least: int) -> bool:
        """Whether fewer than `least` values are the same."""
        same = 0
        for ours, theirs in zip(one.values, other.values, strict=True):
            if ours and (ours == theirs or (len(ours) + len(theirs) > 2 and share(ours, theirs))):
                same += 1
                if same == least:
                    return False
        return True

    def _score(self, bits: float) -> float:
        odds: float = 2.0 ** max(-60.0, min(60.0, bits - self.needed))
        return round(odds / (1 + odds), 4)

    def _compare(
        self, one: Profile, other: Profile, name: tuple[float, bool]
    ) -> tuple[list[Evidence], float]:
        """What speaks for one person, and the sum of what speaks against it."""
        against, same = name
        found: list[Evidence] = []
        if against > 0:
            found.append((against, 0, same))
            against = 0.0
        places = codes = 0.0
        apart: list[int] = []
        ours, theirs = one.values, other.values
        for index, worth, most, kind, unlike in self._fields:
            our, their = ours[index], theirs[index]
            if not our or not their:
                continue
            if our == their:
                found.append((max([worth[value] for value in our]), index, True))
                continue
            shared = [worth[value] for value in our if value in their]
            if shared:
                found.append((max(shared), index, True))
                continue
            alike = ALIKE[kind]
            rarest = [min(worth[a], worth[b]) for a in our for b in their if alike(a, b)]
            if rarest:
                found.append((max(0.0, min(most, max(rarest) - 2)), index, False))
            elif kind in PLACES:
                places += unlike
                if kind is Kind.TEXT:
                    apart.append(index)
            else:
                near = kind in MARKED and nearly_alike(our, their)
                different = max(NEARLY, unlike) if near else unlike
                if kind is Kind.CODE:
                    codes += different
                else:
                    against += different
        if len(apart) > 1:
            for index in apart:
                for value in ours[index]:
                    if any(value in theirs[elsewhere] for elsewhere in apart):
                        found.append((self._exchanged(index, value), index, False))
                        places -= self._fields[index - 1][4]
        return found, against + max(places, LEAST_OF_PLACE) + max(codes, LEAST_OF_CODES)

    def _exchanged(self, index: int, value: str) -> float:
        """What a value is worth that stands in another field of the other customer."""
        return max(0.0, self._worth[index][value] - LESS_ELSEWHERE)

    def _weigh(self, found: list[Evidence], capped: list[Evidence], against: float) -> float:
        """What all evidence comes to. What goes beyond the bounds of a field makes up for what
        speaks against one person, and for nothing else."""
        places = other = 0.0
        later = 1.0
        for bits, index, _ in sorted(found, key=_weightiest):
            if self.rarity.fields[index].kind in PLACES:
                places += bits * later
                later = LATER
            else:
                other += min(bits, self.needed) if index == 0 else bits
        most = self.needed + self._beyond_places
        return min(other + min(places, most) + against, sum([bits for bits, _, _ in capped]))

    def _capped(self, found: list[Evidence]) -> list[Evidence]:
        """Each piece of evidence with what it counts beside the others."""
        needed, fields = self.needed, self.rarity.fields
        counted: list[Evidence] = []
        household: list[Evidence] = []
        together, place, code, room = 0.0, 1.0, 1.0, needed - self._short_of_places
        for bits, index, same in sorted(found, key=_weightiest):
            kind = fields[index].kind
            if kind in PLACES:
                bits = min(bits * place, room)
                room -= bits
                place = LATER
            else:
                bits = min(bits, needed - SHORT_OF[kind])
            if kind is Kind.CODE:
                bits, code = bits * code, LATER
            if kind in HOUSEHOLD:
                household.append((bits, index, same))
                together += bits
            else:
                counted.append((bits, index, same))
        most = needed - SHORT_OF_HOUSEHOLD
        if together > most:
            household = [(bits * most / together, index, same) for bits, index, same in household]
        return counted + household


def share(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether any value is in both."""
    return any(one in theirs for one in ours)


def alike_bits(kind: Kind, share: float) -> float:
    """What it is worth at most that values are alike, of which `share` of random pairs are."""
    return min(MOST_ALIKE.get(kind, math.inf), math.log2(AGREE_ALIKE[kind] / share))


def different_bits(share: float) -> float:
    """What it counts that values are different, as `share` of the same person's are."""
    return max(LEAST_DIFFERENT, min(MOST_DIFFERENT, math.log2(share)))


def _weightiest(evidence: Evidence) -> tuple[float, int]:
    return (-evidence[0], evidence[1])
