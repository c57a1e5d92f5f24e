"""A segment's criteria as a tree: what has been read of the JSON, and can be compiled."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from models import CampaignInteractionStatus, MessageDirection, WindowStatus
from services.property_filters import Comparison, Operator
from services.segments.fields import CustomerField

DEEPEST = 5
"""Levels of criteria in one another, the conditions themselves being the last."""
MOST_CONDITIONS = 25


class Concern(StrEnum):
    """What of a customer a condition looks at: a change of something else cannot move them."""

    PROFILE = "PROFILE"
    ORDERS = "ORDERS"
    MESSAGES = "MESSAGES"
    WINDOW = "WINDOW"
    CAMPAIGNS = "CAMPAIGNS"
    TAGS = "TAGS"
    GROUPS = "GROUPS"


class OrderMeasure(StrEnum):
    """What is measured of a customer's paid orders."""

    COUNT = "COUNT"
    SUM = "SUM"
    AVERAGE = "AVERAGE"
    DAYS_SINCE_LAST = "DAYS_SINCE_LAST"


@dataclass(frozen=True)
class FieldCondition:
    """A comparison with a field of every customer."""

    field: CustomerField
    comparison: Comparison
    value_ids: tuple[UUID, ...] = ()
    """The users whom it names."""


@dataclass(frozen=True)
class PropertyCondition:
    """A comparison with a custom property."""

    property_id: UUID
    comparison: Comparison
    value_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class OrderCondition:
    """A comparison with a measure of the paid orders, of the last days where `within_days`."""

    measure: OrderMeasure
    op: Operator
    value: Decimal
    within_days: int | None = None


@dataclass(frozen=True)
class BoughtCondition:
    """In how many paid orders a product stands."""

    product: str
    op: Operator
    times: int
    within_days: int | None = None


@dataclass(frozen=True)
class MessageCondition:
    """How many messages were exchanged in one direction."""

    direction: MessageDirection
    op: Operator
    count: int
    within_days: int | None = None


@dataclass(frozen=True)
class CampaignCondition:
    """What became of a campaign's message, as long as that is shown."""

    campaign_id: UUID
    status: CampaignInteractionStatus


@dataclass(frozen=True)
class TagCondition:
    """Who carries a tag, by hand or by their lifetime value."""

    id: UUID


@dataclass(frozen=True)
class GroupCondition:
    """Who is in a group."""

    id: UUID


@dataclass(frozen=True)
class WindowCondition:
    """Whose messaging window is open, or is not."""

    status: WindowStatus


@dataclass(frozen=True)
class ProductiveCondition:
    """Who has paid for an order, or has not."""

    productive: bool


Condition = (
    FieldCondition
    | PropertyCondition
    | OrderCondition
    | BoughtCondition
    | MessageCondition
    | CampaignCondition
    | TagCondition
    | GroupCondition
    | WindowCondition
    | ProductiveCondition
)


@dataclass(frozen=True)
class AllOf:
    """Who meets each part."""

    parts: "tuple[Criteria, ...]"


@dataclass(frozen=True)
class AnyOf:
    """Who meets one part or more."""

    parts: "tuple[Criteria, ...]"


@dataclass(frozen=True)
class Negation:
    """Who does not meet the part."""

    part: "Criteria"


Criteria = Condition | AllOf | AnyOf | Negation


def conditions_in(criteria: Criteria) -> Iterator[Condition]:
    """The conditions at the ends of the tree."""
    match criteria:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from conditions_in(part)
        case Negation(part):
            yield from conditions_in(part)
        case _:
            yield criteria


def concerns_of(criteria: Criteria) -> list[Concern]:
    """What the conditions look at."""
    found: set[Concern] = set()
    for one in conditions_in(criteria):
        match one:
            case FieldCondition(field):
                found.add(Concern(field.concern))
            case PropertyCondition():
                found.add(Concern.PROFILE)
            case OrderCondition() | BoughtCondition() | ProductiveCondition():
                found.add(Concern.ORDERS)
            case MessageCondition():
                found.add(Concern.MESSAGES)
            case CampaignCondition():
                found.add(Concern.CAMPAIGNS)
            case TagCondition():
                # A tag may come by itself, with the lifetime value.
                found |= {Concern.TAGS, Concern.ORDERS}
            case GroupCondition():
                found.add(Concern.GROUPS)
            case WindowCondition():
                found.add(Concern.WINDOW)
    return sorted(found)


def mentions_of(criteria: Criteria) -> list[UUID]:
    """The tags, groups, campaigns and properties that the conditions name."""
    found: set[UUID] = set()
    for one in conditions_in(criteria):
        match one:
            case PropertyCondition(property_id=id) | CampaignCondition(campaign_id=id):
                found.add(id)
            case TagCondition(id) | GroupCondition(id):
                found.add(id)
    return sorted(found)


def is_timed(criteria: Criteria) -> bool:
    """Whether customers may enter or leave with time alone, at midnight: days are counted.

    The messaging window is not among it: that it closes is a change, which a job makes.
    """
    for one in conditions_in(criteria):
        match one:
            case CampaignCondition():
                return True
            case OrderCondition(measure=OrderMeasure.DAYS_SINCE_LAST):
                return True
            case OrderCondition() | BoughtCondition() | MessageCondition() if one.within_days:
                return True
            case FieldCondition() | PropertyCondition() if (
                one.comparison.op is Operator.WITHIN_LAST_DAYS
            ):
                return True
    return False
