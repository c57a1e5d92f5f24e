"""Ids that are the same every time: UUIDv7 in form, counted instead of drawn."""

from enum import IntEnum
from uuid import UUID

EPOCH_MILLISECONDS = 1_767_225_600_000
"""1 January 2026, UTC: what the ids' time counts from."""
MIXER = 0x9E3779B97F4A7C15
"""Odd, so that multiplying by it modulo a power of two gives each number another one."""
LOW_BITS = (1 << 62) - 1


class Kind(IntEnum):
    """What an id is of: no two kinds have an id in common."""

    WORKSPACE = 1
    USER = 2
    CHANNEL = 3
    PIPELINE = 4
    STAGE = 5
    GROUP = 6
    TAG = 7
    PROPERTY = 8
    CAMPAIGN = 9
    CUSTOMER = 10
    IDENTITY = 11
    CONVERSATION = 12
    MESSAGE = 13
    INTERACTION = 14
    COMPANY = 15
    CUSTOMER_COMPANY = 16
    TICKET = 17
    CUSTOMER_TICKET = 18
    DEAL = 19
    CUSTOMER_DEAL = 20
    TASK = 21
    CUSTOMER_TASK = 22
    ORDER = 23
    ORDER_ITEM = 24
    CUSTOMER_GROUP = 25
    CUSTOMER_TAG = 26
    PROPERTY_ENTRY = 27
    CONTACT_LOG = 28
    EVENT = 29
    PROFILE_CHANGE = 30


def demo_id(kind: Kind, number: int) -> UUID:
    """The id of the `number`th thing of a kind (RFC 9562, version 7)."""
    low = (number * MIXER) & LOW_BITS
    return UUID(
        int=(EPOCH_MILLISECONDS + number) << 80 | 7 << 76 | kind << 64 | 2 << 62 | low,
    )


MOST_OF_ONE = 256
"""How many things of a kind one customer may have."""


def part_id(kind: Kind, customer: int, part: int) -> UUID:
    """The id of a customer's `part`th thing of a kind."""
    assert part < MOST_OF_ONE
    return demo_id(kind, customer * MOST_OF_ONE + part)
