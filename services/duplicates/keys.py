"""Keys: what two customers must have in common to be compared at all.

Comparing everybody with everybody would take the square of their number. A customer has a handful
of keys instead, and is compared with those who have one of them too. Each is chosen so that few
share it, by what is known of the workspace's values (`rarity`): a value that few have is a key by
itself, a more common one together with how a word of the name sounds; a telephone that a whole shop
gives is none. Names are blocked by the sounds of their words, and by their trigrams: sets of
trigrams that overlap get equal hashes the likelier, the more they do (MinHash, Broder 1997), which
finds names with slips where pg_trgm would take a search a customer.
"""

from collections.abc import Iterator
from functools import lru_cache, reduce
from itertools import combinations, islice
from zlib import crc32

from services.duplicates.fields import Kind
from services.duplicates.hashes import hash_of, hashed, mixed, signed
from services.duplicates.profiles import Profile
from services.duplicates.rarity import Rarity
from services.duplicates.similarity import sound

FEW = 6.0
"""How many others may be expected to share a key."""
MOST_SHARED = 40
"""Where more customers share a key all the same, so many of them are compared by it."""
MOST_KEYS = 40
MOST_NAMESAKES = 20
"""Where more have the same name, it takes a value in common besides to compare two of them."""
VERY_FEW, HARDLY_ANY = 2.8, 1.0
"""A value that no more others are expected to have is reason enough to compare, of any field; and
so is one together with a name's sound."""
ENOUGH = frozenset({Kind.PHONE, Kind.EMAIL, Kind.HANDLE, Kind.CODE})
"""Kinds of which one value in common is reason to compare two customers. Of most other keys they
must share two: a birthday alone says too little in a large base."""
BANDS, ROWS = 3, 3
"""Of a name's trigrams: how many keys, and of how many hashes each. Names that have 7 of 10
trigrams in common, as after one slip, share a key in 7 of 10 cases; with 3 of 10, in 1 of 12."""
NAME, TEXT = hash_of("name"), hash_of("text")
LONG = 5
"""Letters of a text from which on it may stand in another field of another customer."""
_SEEDS = [(0x9E3779B1 * (2 * number + 1)) & 0xFFFFFFFF for number in range(BANDS * ROWS)]


def keys_of(profile: Profile, rarity: Rarity) -> list[int]:
    """A customer's keys: 64-bit hashes, each once, odd where the key alone is reason enough."""
    found = islice(_keys(profile, rarity), MOST_KEYS)
    return list(dict.fromkeys(signed(key & ~1 | enough) for key, enough in found))


def _keys(profile: Profile, rarity: Rarity) -> Iterator[tuple[int, bool]]:
    """A customer's keys, and whether to share one alone is reason to compare."""
    everybody = rarity.customers
    common: list[tuple[int, float]] = []
    for index, values in enumerate(profile.values):
        for value in values:
            field, hash = rarity.fields[index], hashed(value)
            exchanged = field.kind is Kind.TEXT and len(value) >= LONG
            key = mixed(hash, TEXT if exchanged else hash_of(field.name))
            shared_by = rarity.frequency_of(index, hash) * everybody
            if shared_by <= FEW:
                yield key, field.kind in ENOUGH or shared_by <= VERY_FEW
            else:
                common.append((key, shared_by))
            if field.kind is Kind.EMAIL and len(local := value.partition("@")[0]) >= 5:
                yield mixed(hashed(local), hash_of("local part")), False
    sounds = {hash_of(sound(word)): rarity.sound_frequency(sound(word)) for word in profile.name}
    for code, share in sounds.items():
        if share * everybody <= FEW:
            yield mixed(code, NAME), False
        for key, shared_by in common:
            if share * shared_by <= FEW:
                yield mixed(key, code), share * shared_by <= HARDLY_ANY
    for (one, met), (other, met_too) in combinations(sorted(common), 2):
        if met * met_too <= FEW * everybody:
            yield mixed(one, other), met * met_too <= HARDLY_ANY * everybody
    for one, other in combinations(sorted(sounds), 2):
        if sounds[one] * sounds[other] * everybody <= FEW:
            yield mixed(one, other), False
    if profile.name and rarity.others_named(profile.name) <= MOST_NAMESAKES:
        for number, band in enumerate(trigram_bands(profile.name)):
            yield mixed(band, number), False


def trigram_bands(words: tuple[str, ...]) -> list[int]:
    """The bands of a name's trigrams, as pg_trgm takes them: two spaces before a word, one after.

    The order of the words does not matter.
    """
    least = list(map(min, zip(*map(_hashes, trigrams(words)), strict=True)))
    return [reduce(mixed, least[start : start + ROWS]) for start in range(0, BANDS * ROWS, ROWS)]


@lru_cache(maxsize=1 << 16)
def _hashes(trigram: str) -> tuple[int, ...]:
    plain = crc32(trigram.encode())
    return tuple((plain ^ seed) * 0x85EBCA6B & 0xFFFFFFFF for seed in _SEEDS)


def trigrams(words: tuple[str, ...]) -> set[str]:
    """The trigrams of words."""
    found: set[str] = set()
    for word in words:
        padded = f"  {word} "
        found.update(padded[at : at + 3] for at in range(len(padded) - 2))
    return found
