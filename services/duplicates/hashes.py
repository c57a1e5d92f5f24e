"""Hashes: what stands for a value in the tables that comparing keeps, so that no value does."""

from hashlib import blake2b


def hashed(text: str) -> int:
    """The signed 64-bit number that stands for a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
