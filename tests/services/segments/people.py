"""Customers with everything that segments look at, in Python and in the database: the same ones.

Times lie about the midnights of the workspace's time zone, amounts about each other, and much is
missing.
"""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import models
from models import (
    Acquisition,
    CampaignInteractionStatus,
    ChannelKind,
    CustomerStatus,
    MessageDirection,
    OrderStatus,
    PropertyType,
    Workspace,
)
from services.ids import global_id
from services.instants import written
from services.transactions import workspace_transaction
from tests.records import Records
from tests.rows import NOW

TEXTS = (
    "Kopi Arabika",
    "kopi  arabika",
    "KOPI",
    "Élise",
    "elise ß",
    "50% _off",
    "Straße",
    "Ωmega ς",
)
PLACES = ("Jawa Barat", "jawa barat", "Bali", "Aceh Besar", "São Tomé", "bali  dan Lombok")
PRODUCTS = ("Kopi", "Teh", "Gula")
COLUMNS = {
    "fullName": "full_name",
    "username": "username",
    "phone": "phone",
    "email": "email",
    "jobTitle": "job_title",
    "province": "province",
    "regencyCity": "regency_city",
    "district": "district",
    "subdistrict": "subdistrict",
    "zipCode": "zip_code",
    "externalId": "external_id",
    "channel": "source",
    "source": "source",
    "status": "status",
    "acquisition": "acquisition",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "firstContactedAt": "first_contacted_at",
    "lastInboundAt": "last_inbound_at",
}
PROPERTIES = {
    "note": PropertyType.TEXT,
    "score": PropertyType.NUMBER,
    "price": PropertyType.DECIMAL,
    "member": PropertyType.BOOLEAN,
    "born": PropertyType.DATE,
    "seen": PropertyType.DATETIME,
    "size": PropertyType.SINGLE_SELECT,
    "likes": PropertyType.MULTI_SELECT,
    "site": PropertyType.URL,
    "mail": PropertyType.EMAIL,
    "mobile": PropertyType.PHONE,
    "guide": PropertyType.USER,
}
OPTIONS = {"size": ("S", "M", "Extra Large"), "likes": ("Tea", "Coffee", "Café au lait")}


SET_CURRENCY = "UPDATE workspaces SET currency = 'IDR' WHERE workspace_id = $1"


@dataclass
class Person:
    """A customer as the specification sees them."""

    row: Any
    values: dict[str, Any]
    """Their fields and custom properties by key; what is missing is left out."""
    shown: bool
    orders: list[dict[str, Any]] = field(default_factory=list)
    messages: list[tuple[MessageDirection, datetime]] = field(default_factory=list)
    interactions: list[tuple[str, CampaignInteractionStatus, datetime]] = field(
        default_factory=list
    )
    tags: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)

    @property
    def paid(self) -> list[dict[str, Any]]:
        """Their paid orders."""
        return [one for one in self.orders if one["status"] is OrderStatus.PAID]

    @property
    def lifetime_value(self) -> Decimal:
        """What they have paid, in the workspace's currency."""
        return sum((one["total"] for one in self.paid if one["currency"] == "IDR"), Decimal(0))


@dataclass
class Town:
    """A workspace of people."""

    workspace: Workspace
    people: list[Person]
    users: list[str]
    tags: dict[str, tuple[Decimal | None, Decimal | None]]
    """The tags' ranges, by their ids."""
    groups: list[str]
    campaigns: list[str]

    @property
    def zone(self) -> ZoneInfo:
        """Where its days begin."""
        return ZoneInfo(self.workspace.timezone)


def instants(zone: ZoneInfo) -> list[datetime]:
    """Instants about the midnights of a zone, up to a day after NOW."""
    today = NOW.astimezone(zone).date()
    found = [NOW, NOW - timedelta(hours=24), NOW - timedelta(hours=23, minutes=59)]
    for days in (-1, 0, 1, 2, 6, 7, 29, 30, 89, 90, 400):
        midnight = datetime.combine(today - timedelta(days=days), datetime.min.time(), zone)
        found += [midnight, midnight - timedelta(microseconds=1), midnight + timedelta(hours=9)]
    return found


async def build_town(workspace: Workspace, count: int = 60, seed: int = 0) -> Town:
    """A workspace with so many random people, a few of them deleted or merged into another."""
    dice = random.Random(seed)
    records = Records(workspace)
    zone = ZoneInfo(workspace.timezone)
    users = [records.user() for _ in range(2)]
    ranges = [(None, None), ("10", "30"), (None, "20.5"), ("30", None)]
    tags = [
        records.tag(ltv_min=low and Decimal(low), ltv_max=high and Decimal(high))
        for low, high in ranges
    ]
    groups = [records.group() for _ in range(2)]
    campaigns = [records.campaign() for _ in range(2)]
    channel = records.channel()
    for key, type in PROPERTIES.items():
        records.property(key, type, OPTIONS.get(key, ()))
    people: list[Person] = []
    for _ in range(count):
        person = a_person(records, dice, zone, users)
        for kind, things, held in (
            (models.Tag, tags, person.tags),
            (models.Group, groups, person.groups),
        ):
            for thing in dice.sample(things, dice.choice((0, 0, 1, 2))):
                records.associate(person.row, thing)
                held.add(global_id(kind, thing.id))
        write_to(records, dice, zone, person, channel)
        send(records, dice, person, campaigns)
        people.append(person)
    hide(records, dice, people)
    await records.save()
    async with workspace_transaction(workspace.id, now=NOW) as tx:
        await tx.execute(SET_CURRENCY, workspace.id)
    return Town(
        workspace,
        people,
        [global_id(models.User, one.id) for one in users],
        {global_id(models.Tag, one.id): (one.ltv_min, one.ltv_max) for one in tags},
        [global_id(models.Group, one.id) for one in groups],
        [global_id(models.Campaign, one.id) for one in campaigns],
    )


def a_person(records: Records, dice: random.Random, zone: ZoneInfo, users: list[Any]) -> Person:
    """Somebody, with orders."""
    times = instants(zone)

    def some(values: Any) -> Any:
        return dice.choice([None, *values])

    fields: dict[str, Any] = {
        "full_name": dice.choice(TEXTS),
        "phone": some(["+6281234567890", "+6281234567891", "+12125551234"]),
        "email": some(["siti@example.com", "SITI@Example.com", "budi@toko.example"]),
        "username": some(TEXTS),
        "job_title": some(TEXTS),
        "province": some(PLACES),
        "regency_city": some(PLACES),
        "district": some(PLACES),
        "subdistrict": some(PLACES),
        "zip_code": some(["40111", "40112"]),
        "source": some(ChannelKind),
        "status": some(CustomerStatus),
        "acquisition": dice.choice(list(Acquisition)),
        "created_at": dice.choice(times),
        "updated_at": dice.choice(times),
        "first_contacted_at": some(times),
        "last_inbound_at": some(times),
    }
    owners = {"owner": some(users), "assignee": some(users)}
    properties = {key: value for key in PROPERTIES if (value := some(values_of(key, zone, users)))}
    ordered = [an_order(dice, times) for _ in range(dice.choice((0, 0, 1, 2, 4)))]
    paid = [one for one in ordered if one["status"] is OrderStatus.PAID]
    row = records.customer(
        **{"name": fields.pop("full_name"), **fields},
        **{f"{name}_id": user and user.id for name, user in owners.items()},
        properties=properties,
        paid_order_count=len(paid),
        lifetime_value=sum((one["total"] for one in paid if one["currency"] == "IDR"), Decimal(0)),
    )
    values = {key: getattr(row, column) for key, column in COLUMNS.items()} | properties
    values |= {key: user and global_id(models.User, user.id) for key, user in owners.items()}
    for one in ordered:
        items = [(product, 1, "1") for product in one["products"]]
        told = {name: one[name] for name in ("status", "total", "currency", "ordered_at")}
        records.order(row, items, **told)
    there = {key: value for key, value in values.items() if value is not None}
    return Person(row, there, True, ordered)


def values_of(key: str, zone: ZoneInfo, users: list[Any]) -> list[Any]:
    """Some values of a custom property, in the form in which they are kept."""
    today = NOW.astimezone(zone).date()
    match PROPERTIES[key]:
        case PropertyType.TEXT:
            return list(TEXTS)
        case PropertyType.NUMBER:
            return [1, 2.5, -3, 7]
        case PropertyType.DECIMAL:
            return ["1.50", "2", "-0.25"]
        case PropertyType.BOOLEAN:
            return [True]
        case PropertyType.DATE:
            return [str(today - timedelta(days=days)) for days in (-1, 0, 1, 6, 7, 30)]
        case PropertyType.DATETIME:
            return [written(at) for at in instants(zone)]
        case PropertyType.SINGLE_SELECT:
            return list(OPTIONS[key])
        case PropertyType.MULTI_SELECT:
            return [list(OPTIONS[key][:2]), [OPTIONS[key][2]], list(OPTIONS[key])]
        case PropertyType.URL:
            return ["https://toko.example/a", "https://toko.example/B"]
        case PropertyType.EMAIL:
            return ["siti@example.com", "dewi@example.com"]
        case PropertyType.PHONE:
            return ["+6281234567890", "+12125551234"]
    return [global_id(models.User, one.id) for one in users]


def an_order(dice: random.Random, times: list[datetime]) -> dict[str, Any]:
    """An order that is paid, more often than not."""
    return {
        "status": dice.choice([OrderStatus.PAID, OrderStatus.PAID, *OrderStatus]),
        "total": Decimal(dice.choice(("10", "10.50", "20", "30"))),
        "currency": dice.choice(("IDR", "IDR", "IDR", "USD")),
        "ordered_at": dice.choice(times),
        "products": dice.sample(PRODUCTS, dice.choice((0, 1, 2))),
    }


def write_to(
    records: Records, dice: random.Random, zone: ZoneInfo, person: Person, channel: Any
) -> None:
    """Conversations with somebody."""
    for _ in range(dice.choice((0, 1, 2))):
        identity = records.identity(person.row, channel)
        times = [dice.choice(instants(zone)) for _ in range(dice.choice((1, 2, 4)))]
        last = max(times)
        conversation = records.conversation(
            person.row, identity, last_message_at=last, activity_at=last
        )
        for at in times:
            direction = dice.choice(list(MessageDirection))
            records.message(conversation, direction=direction, sent_at=at)
            person.messages.append((direction, at))


def send(records: Records, dice: random.Random, person: Person, campaigns: list[Any]) -> None:
    """What campaigns sent to somebody; some of it is not shown any more."""
    for campaign in dice.sample(campaigns, dice.choice((0, 1, 2))):
        status = dice.choice(list(CampaignInteractionStatus))
        until = NOW + timedelta(seconds=dice.choice((-1, 0, 1, 1)))
        records.interaction(campaign, person.row, status=status, visible_until=until)
        person.interactions.append((global_id(models.Campaign, campaign.id), status, until))


def hide(records: Records, dice: random.Random, people: list[Person]) -> None:
    """Delete some, and merge some into others, leaving their records where they are."""
    chosen = dice.sample(people, 8)
    for one in chosen[:4]:
        one.row.deleted_at = NOW
        one.shown = False
    for member, main in zip(chosen[4:6], chosen[6:], strict=True):
        records.merge(main.row, member.row)
        member.shown = False


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The day that it is somewhere."""
    return at.astimezone(zone).date()
