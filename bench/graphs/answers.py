"""Whether all peers answer with the same data: before anything is timed."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from bench.graphs.load import LoadFailed, ask
from bench.graphs.peers import Peer
from bench.graphs.shapes import CUSTOMER_FIELDS

GLOBAL_ID = re.compile(r"[a-z]{3}_([0-9a-f]{32})")
INSTANTS = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})")
NUMBERS = frozenset({"amount", "lifetimeValue"})


def plain(value: Any, name: str = "") -> Any:
    """A peer's JSON with one form for each kind of value: ids, instants and amounts."""
    if isinstance(value, dict):
        return {key: plain(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one, name) for one in value]
    if value is None:
        return None
    if name == "id":
        told = GLOBAL_ID.fullmatch(value)
        return UUID(told[1] if told else value).hex
    if name in NUMBERS:
        return Decimal(str(value)).normalize()
    if isinstance(value, str) and INSTANTS.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


async def compare(peers: Sequence[Peer], query: str, values: Sequence[UUID | int]) -> int:
    """Ask all peers the same and compare the answers; how many values were compared in each.

    Raises LoadFailed with the first place where two answers differ, and where an answer is empty.
    """
    compared = 0
    for value in values:
        first: Any = None
        for peer in peers:
            body = await ask(peer.targets[query], peer.written(value))
            data = plain(orjson.loads(body)["data"])
            if first is None:
                first = data
                found = leaves(data)
                if found < len(CUSTOMER_FIELDS):
                    raise LoadFailed(f"{peer.name}, {query}, {value}: an empty answer: {data}")
                compared += found
            place = difference(first, data)
            if place is not None:
                raise LoadFailed(f"{query}, {value}: {peers[0].name} and {peer.name}: {place}")
    return compared


def leaves(value: Any) -> int:
    """How many values there are in an answer."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return 1


def difference(one: Any, other: Any, place: str = "") -> str | None:
    """Where two answers first differ, and how; None where they are the same."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs: list[tuple[object, Any, Any]] = [(key, one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(i, *both) for i, both in enumerate(zip(one, other, strict=True))]
    else:
        return None if one == other else f"{place}: {str(one)[:120]} is not {str(other)[:120]}"
    for key, left, right in pairs:
        found = difference(left, right, f"{place}.{key}")
        if found is not None:
            return found
    return None
