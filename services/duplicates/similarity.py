"""Similarity: whether two values that differ may be one value, spelt or typed differently."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import token_sort_ratio

from services.duplicates.fields import Kind

CONFUSED = {"p": "bp", "f": "fvw", "k": "ckqg", "s": "szx", "t": "dt", "m": "mn"}
"""Consonants that are written for each other."""
SOUNDS = str.maketrans(
    {letter: code for code, letters in CONFUSED.items() for letter in letters}
    | dict.fromkeys("aeiouyh")
)
DOUBLED = re.compile(r"(.)\1+")


@lru_cache(maxsize=1 << 16)
def sound(word: str) -> str:
    """A word as it roughly sounds: its consonants, those that are confused as one, none twice.

    The same for Soekarno and Sukarno, Yudhi and Yudi, Catherine and Katerin.
    """
    code = DOUBLED.sub(r"\1", word.translate(SOUNDS))[:6]
    return code if len(code) > 1 else word[:1] + code


def edits(one: str, other: str, most: int) -> int:
    """Letters inserted, left out, replaced or put for their neighbour; `most` + 1 for more."""
    return OSA.distance(one, other, score_cutoff=most)


def one_slip(one: str, other: str) -> bool:
    """Of numbers and single marks: one letter or digit is wrong."""
    return len(one) > 4 < len(other) and OSA.distance(one, other, score_cutoff=1) <= 1


def days_alike(one: str, other: str) -> bool:
    """Of days: one digit is wrong, or day and month have changed places."""
    if OSA.distance(one, other, score_cutoff=1) <= 1:
        return True
    a, b = one.replace(" ", ""), other.replace(" ", "")
    return len(a) == len(b) == 8 and a[:4] == b[:4] and a[4:6] == b[6:] and a[6:] == b[4:6]


def addresses_alike(one: str, other: str) -> bool:
    """Of e-mail addresses: the same at another provider, or one letter is wrong."""
    if OSA.distance(one, other, score_cutoff=1) <= 1:
        return len(one) > 7 < len(other)
    local, _, _ = one.partition("@")
    return len(local) >= 5 and other.startswith(f"{local}@")


def words_alike(one: str, other: str) -> bool:
    """Of words, such as streets: one letter in seven is wrong, or their order is another one."""
    longest = max(len(one), len(other))
    if longest < 4:
        return False
    most = 1 if longest < 7 else 2 if longest < 14 else 3
    if OSA.distance(one, other, score_cutoff=most) <= most:
        return True
    return " " in one and " " in other and token_sort_ratio(one, other, score_cutoff=85) > 0


ALIKE: dict[Kind, Callable[[str, str], bool]] = {
    Kind.PHONE: one_slip,
    Kind.CODE: one_slip,
    Kind.HANDLE: one_slip,
    Kind.DATE: days_alike,
    Kind.EMAIL: addresses_alike,
    Kind.PLACE: words_alike,
    Kind.TEXT: words_alike,
}
"""Whether two different values of a kind of field may be meant to be one; symmetric."""


MARKED = frozenset({Kind.CODE, Kind.DATE})
"""Kinds of which two slips are told from quite different values."""


def nearly_alike(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two numbers or days that are not alike differ by one more slip than that."""
    for one in ours:
        for other in theirs:
            if len(one) > 5 < len(other) and OSA.distance(one, other, score_cutoff=2) <= 2:
                return True
    return False
