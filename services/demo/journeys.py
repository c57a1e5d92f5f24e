"""Journeys: what one person has done with the shop, gathered while their records are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from models import CustomerStatus, EventType
from services.demo.people import Person

YEAR_SECONDS = 365 * 86_400


@dataclass(slots=True)
class Told:
    """An event that waits for its number."""

    type: EventType
    at: datetime
    customer_id: UUID
    payload: Mapping[str, Any]


@dataclass(slots=True)
class Journey:
    """A person, the chance that makes their records, and what follows from these for them."""

    person: Person
    random: Random
    reference: datetime
    """The instant that all times count back from."""
    first_contacted_at: datetime | None = None
    last_inbound_at: datetime | None = None
    """On WhatsApp."""
    heard: dict[UUID, datetime] = field(default_factory=dict)
    """When each identity was last heard of."""
    paid_orders: int = 0
    lifetime_value: Decimal = Decimal("0.00")
    last_order_seconds: int | None = None
    events: list[Told] = field(default_factory=list)

    def ago(self, seconds: int) -> datetime:
        """The instant so many seconds before the reference."""
        return self.reference - timedelta(seconds=seconds)

    def tell(self, type: EventType, at: datetime, payload: Mapping[str, Any]) -> None:
        """One more event."""
        self.events.append(Told(type, at, self.person.id, payload))

    def status(self) -> CustomerStatus | None:
        """How far the person is on the way to buying; the same at each asking."""
        if self.paid_orders:
            bought = self.last_order_seconds or 0
            return CustomerStatus.CHURNED if bought > YEAR_SECONDS else CustomerStatus.CUSTOMER
        return (None, CustomerStatus.LEAD, CustomerStatus.PROSPECT, CustomerStatus.UNQUALIFIED)[
            self.person.number % 4
        ]


def begin_journey(person: Person, reference: datetime) -> Journey:
    """A person's journey, with chance of its own."""
    return Journey(person, Random(person.number * 104_729 + 5), reference)  # noqa: S311
