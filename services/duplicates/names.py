"""Names: how much two names say for one person, or against it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from services.duplicates.similarity import edits, sound

Bits = Mapping[str, float]
"""What an agreement on a word is worth."""

ONE_EDIT, TWO_EDITS, BEGINS = 4.5, 6.5, 5.0
"""What a word that is only like the other one is worth less than the same word, in bits."""
LEAST = 0.5
"""What a word that is like the other one is worth in any case."""
CONFLICT = -4.0
"""Both have a word for which the other has none like it: another given name in one family."""
MISTAKEN = -2.0
"""The same, in a workspace that has no families in it."""
FAMILY_NAME = 1.0
"""What names are worth of which one says the family only, where families live together."""
STRANGERS = -6.0
"""No word of one is like any word of the other."""


def compare_names(
    one: Sequence[str], other: Sequence[str], bits: Bits, *, families: bool = True
) -> tuple[float, bool]:
    """What two names are worth in bits, and whether they are the same but for their words' order.

    The order of words does not count, nor does a word that one has and the other leaves out.
    Nothing where one of them is missing. `families`: another given name in one family is
    somebody else; else it is a mistake like another one.
    """
    if not one or not other:
        return 0.0, False
    if one == other or (len(one) == len(other) and sorted(one) == sorted(other)):
        return sum(map(bits.__getitem__, set(one))), True
    ours, theirs = list(one), list(other)
    worth = 0.0
    for word in one:
        if word in theirs:
            worth += bits[word]
            theirs.remove(word)
            ours.remove(word)
    if ours and theirs:
        worth += _match(ours, theirs, bits)
    if not ours or not theirs:
        called = one[0] not in ours and other[0] not in theirs
        return (worth if called or not families else min(worth, FAMILY_NAME)), False
    joined = _joined(one, other, bits)
    if joined > 0:
        return joined, False
    if worth == 0:
        return STRANGERS, False
    called_alike = not families or (one[0] not in ours and other[0] not in theirs)
    return (worth + (CONFLICT if families else MISTAKEN) if called_alike else CONFLICT), False


@lru_cache(maxsize=1 << 16)
def marks_of(name: tuple[str, ...]) -> frozenset[str]:
    """What at least one of is the same where two names have words that are alike: how they sound,
    begin and end."""
    found: set[str] = set()
    for word in name:
        found.update((sound(word), f"{word[:1]}-", f"-{word[-2:]}"))
    return frozenset(found)


def _match(ours: list[str], theirs: list[str], bits: Bits) -> float:
    """What the words are worth that are alike; they are taken out of both lists."""
    found = []
    for a in ours:
        for b in theirs:
            less = short_of_the_same(a, b)
            if less is not None:
                rarer = min(bits[a], bits[b])
                found.append((max(LEAST, rarer - less), a, b))
    worth = 0.0
    for value, a, b in sorted(found, key=lambda one: (-one[0], min(one[1:]), max(one[1:]))):
        if a in ours and b in theirs:
            worth += value
            ours.remove(a)
            theirs.remove(b)
    return worth


@lru_cache(maxsize=1 << 17)
def short_of_the_same(one: str, other: str) -> float | None:
    """How many bits less a word is worth that is like the other one; None where it is not."""
    shorter, longer = sorted((len(one), len(other)))
    if shorter == 1:
        return 100.0 if one[0] == other[0] else None
    distance = edits(one, other, 2)
    if distance == 1 and shorter >= 3:
        return ONE_EDIT
    if distance == 2 and (longer >= 6 or (longer >= 5 and sound(one) == sound(other))):
        return TWO_EDITS
    if shorter >= 3 and (one.startswith(other) or other.startswith(one)):
        return BEGINS
    if shorter >= 4 and sound(one) == sound(other):
        return TWO_EDITS
    return None


def alike(one: str, other: str) -> bool:
    """Whether two words may be meant to be one."""
    return one == other or short_of_the_same(one, other) is not None


def _joined(one: Sequence[str], other: Sequence[str], bits: Bits) -> float:
    """What names are worth whose words are parted elsewhere, with up to two slips in that."""
    if len(one) == len(other) == 1:
        return 0.0
    a, b = "".join(one), "".join(other)
    if min(len(a), len(b)) < 8 or abs(len(a) - len(b)) > 2:
        return 0.0
    if edits(a, b, 2) > 2 and edits("".join(sorted(one)), "".join(sorted(other)), 2) > 2:
        return 0.0
    return max(LEAST, max(map(bits.__getitem__, (*one, *other))) - TWO_EDITS)
