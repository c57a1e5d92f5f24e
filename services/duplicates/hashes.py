"""Hashes: what stands for a value in the tables that comparing keeps, so that no value does."""

from functools import lru_cache
from hashlib import blake2b

BITS = (1 << 64) - 1
HALF = 1 << 63


def hashed(text: str) -> int:
    """The 64-bit number that stands for a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


@lru_cache(maxsize=1 << 16)
def hash_of(text: str) -> int:
    """`hashed`, of texts that come again and again."""
    return hashed(text)


def mixed(one: int, other: int) -> int:
    """The 64-bit number that stands for two numbers in this order (after SplitMix64)."""
    x = ((one ^ (other * 0x9E3779B97F4A7C15 & BITS)) * 0xBF58476D1CE4E5B9) & BITS
    return x ^ (x >> 31)


def signed(number: int) -> int:
    """A 64-bit number as PostgreSQL's bigint has it."""
    return number - (1 << 64) if number >= HALF else number
