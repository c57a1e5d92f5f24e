"""Arrivals: records that come in by every way there is, for members, main customers and others."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from models import (
    CampaignInteractionStatus,
    ChannelKind,
    ConversationStatus,
    MessageDirection,
    OrderStatus,
)
from services.associations import Association, associate, dissociate
from services.campaign_interactions import InteractionReport, record_campaign_interaction
from services.companies import CompanyReport, upsert_company
from services.conversations import ConversationReport, upsert_conversation
from services.deals import DealReport, upsert_deal
from services.importing.orders import load_order_importer
from services.importing.tables import SourceRow
from services.messages import NewMessage, record_message
from services.orders import OrderItemReport, OrderReport, upsert_order
from services.tasks import TaskReport, upsert_task
from services.tickets import TicketReport, upsert_ticket
from services.transactions import Transaction
from tests.services.merging.twins.worlds import Side, Twins

HOUR = timedelta(hours=1)
ORDER_COLUMNS = ("externalId", "customerExternalId", "status", "total", "orderedAt")


@dataclass(frozen=True)
class Address:
    """An identifier on one of the workspace's accounts."""

    kind: ChannelKind
    channel_id: Any
    identifier: str


def address(twins: Twins, who: int, dice: random.Random) -> Address:
    """An identity that is there; or one that is new, of somebody who is known by it or is not."""
    identities = sorted(
        twins.merging.found["channel_identities"],
        key=lambda row: (row["channel_id"], row["identifier"]),
    )
    channels = [*twins.base.channels.values(), twins.base.second_whatsapp]
    known_to = twins.someone(who)
    theirs = [
        row for row in identities if twins.merging.names.of[row["origin_customer_id"]] == known_to
    ]
    if identities and dice.random() < 0.7:
        row = dice.choice(theirs or identities)
        return Address(ChannelKind(row["kind"]), row["channel_id"], row["identifier"])
    channel = dice.choice(channels)
    row = twins.twin.rows[known_to]
    known = {ChannelKind.WHATSAPP: row["phone"], ChannelKind.EMAIL: row["email"]}.get(channel.kind)
    fresh = {
        ChannelKind.WHATSAPP: f"+62815{twins.number:08}",
        ChannelKind.EMAIL: f"fresh{twins.number}@mail.example",
    }.get(channel.kind, f"fresh{twins.number}")
    identifier = known if known and dice.random() < 0.7 else fresh
    return Address(channel.kind, channel.id, identifier)


async def message(twins: Twins, who: int, dice: random.Random) -> None:
    """A message, new or late, to or from an identity that is known or not."""
    to = address(twins, who, dice)
    age = dice.choice([0, 0, 1, 30, 1500]) * HOUR
    new = NewMessage(
        channel=to.kind,
        channel_id=to.channel_id,
        identifier=to.identifier,
        direction=dice.choice([MessageDirection.INBOUND, *MessageDirection]),
        external_id=f"arrived-{twins.number}",
        sent_at=twins.now - age,
        text=f"Halo {twins.number}",
        sender_name=dice.choice([None, "Wati"]),
        username=dice.choice([None, None, f"@u{twins.number}"]),
        conversation_external_id=dice.choice([None, None, f"talk-{who % 3}"]),
    )
    twins.done.append(f"{new.direction} {to.kind} {to.identifier}, {age} old")
    await twins.both(record_message, lambda _: new)


async def conversation(twins: Twins, who: int, dice: random.Random) -> None:
    """A conversation's state, of one that is known or new."""
    to = address(twins, who, dice)
    status = dice.choice(list(ConversationStatus))
    report = ConversationReport(
        external_id=f"talk-{who % 3}" if dice.random() < 0.5 else f"talk of {twins.number}",
        channel=to.kind,
        channel_id=to.channel_id,
        identifier=to.identifier,
        status=status,
        opened_at=twins.now - dice.choice([1, 900]) * HOUR,
    )
    twins.done.append(f"conversation {report.external_id} {status} with {to.identifier}")
    await twins.both(upsert_conversation, lambda _: report)


def reported_of(twins: Twins, table: str, external_id: str, name: str) -> str:
    """Whom in the twin a record belongs to that is reported of `name`: see `worlds`."""
    for row in twins.merging.found[table]:
        if row["external_id"] == external_id:
            owner = twins.merging.names.of[row["customer_id"]]
            return twins.merging.names.of[row["origin_customer_id"]] if owner == name else name
    return name


def chosen(
    twins: Twins, table: str, name: str, who: int, dice: random.Random
) -> tuple[str, dict[str, str]]:
    """The external id of a record that is there or new, and for each side whom it is told of."""
    there = sorted(row["external_id"] for row in twins.merging.found[table])
    again = there and dice.random() < 0.5
    external_id = there[who % len(there)] if again else f"{table}-{twins.number}"
    of = reported_of(twins, table, external_id, name)
    return external_id, {"merging": name, "twin": of}


def told(twins: Twins, side: Side, names: dict[str, str]) -> Any:
    """The customer's id on a side."""
    return side.id(names["merging" if side is twins.merging else "twin"])


async def order(twins: Twins, who: int, dice: random.Random) -> None:
    """An order, new or reported again: paid, cancelled, refunded; in this or another currency."""
    name = twins.someone(who)
    external_id, names = chosen(twins, "orders", name, who, dice)
    values: dict[str, Any] = {
        "external_id": external_id,
        "status": dice.choice([OrderStatus.PAID, *OrderStatus]),
        "total": Decimal(dice.randrange(1, 50)) * 10_000,
        "currency": dice.choice(["IDR", "IDR", "USD"]),
        "ordered_at": twins.now - HOUR,
        "items": [
            OrderItemReport(product="Teh", quantity=dice.randrange(1, 4), unit_price=Decimal(5000))
        ],
    }
    twins.done.append(f"order {external_id} {values['status']} of {name}")
    await twins.both(
        upsert_order,
        lambda side: OrderReport(customer_id=told(twins, side, names), **values),
    )


async def interaction(twins: Twins, who: int, dice: random.Random) -> None:
    """What became of a campaign's message."""
    name = twins.someone(who)
    external_id, names = chosen(twins, "campaign_interactions", name, who, dice)
    values: dict[str, Any] = {
        "external_id": external_id,
        "campaign_id": dice.choice(twins.base.campaigns).id,
        "status": dice.choice(list(CampaignInteractionStatus)),
        "sent_at": twins.now - dice.choice([1, 9000]) * HOUR,
    }
    twins.done.append(f"campaign {external_id} to {name}")
    await twins.both(
        record_campaign_interaction,
        lambda side: InteractionReport(customer_id=told(twins, side, names), **values),
    )


async def record(twins: Twins, who: int, dice: random.Random) -> None:
    """A company, ticket, deal or task, with the customers whom it concerns."""
    names = [twins.someone(who + n) for n in range(dice.randrange(1, 4))]
    kinds: Sequence[tuple[Any, Any, dict[str, Any]]] = (
        (upsert_company, CompanyReport, {"name": f"PT {twins.number}"}),
        (upsert_ticket, TicketReport, {"subject": f"Rusak {twins.number}"}),
        (upsert_deal, DealReport, {"name": "Kontrak", "amount": Decimal(twins.number)}),
        (upsert_task, TaskReport, {"title": f"Telepon {twins.number}"}),
    )
    verb, report, values = kinds[who % 4]
    external_id = dice.choice([f"record-{who % 3}", f"record of {twins.number}"])
    twins.done.append(f"{verb.__name__} {external_id} of {names}")
    await twins.both(
        verb,
        lambda side: report(
            external_id=external_id, customer_ids=[side.id(name) for name in names], **values
        ),
    )


async def association(twins: Twins, who: int, dice: random.Random) -> None:
    """A record and a customer put together."""
    name, thing = twins.someone(who), dice.choice(twins.base.things)
    column = f"{type(thing).__name__.lower()}_id"
    twins.done.append(f"associate {name} with {column}")
    await twins.both(
        associate, lambda side: Association(customer_id=side.id(name), **{column: thing.id})
    )


async def dissociation(twins: Twins, who: int, dice: random.Random) -> None:
    """A record taken from a customer: from everyone who is part of them."""
    name, thing = twins.someone(who), dice.choice(twins.base.things)
    column = f"{type(thing).__name__.lower()}_id"
    twins.done.append(f"dissociate {name} from {column}")
    asked = Association(customer_id=twins.merging.id(name), **{column: thing.id})
    if await twins.merging.perform(twins.now, dissociate, asked) is None:
        for one in twins.part_of(twins.main[name]):
            asked = Association(customer_id=twins.twin.id(one), **{column: thing.id})
            await twins.in_twin(dissociate, asked)


async def import_orders(tx: Transaction, rows: Sequence[Sequence[str]]) -> None:
    """Orders from a file's rows."""
    importer = await load_order_importer(tx, ORDER_COLUMNS, ())
    prepared = importer.prepare([SourceRow(n, list(row)) for n, row in enumerate(rows, start=2)])
    assert not prepared.failures, prepared.failures
    outcome = await importer.write(tx, prepared.rows)
    if outcome.failures:
        raise AssertionError(outcome.failures)


async def orders_file(twins: Twins, who: int, dice: random.Random) -> None:
    """A file of two orders of customers who are known by their external ids."""
    rows: dict[str, list[list[str]]] = {"merging": [], "twin": []}
    for number in range(2):
        name = twins.someone(who + number)
        if name.startswith("customer of"):
            continue
        external_id, names = chosen(twins, "orders", name, who + number, dice)
        if any(row[0] == external_id for row in rows["merging"]):
            continue
        status = dice.choice([OrderStatus.PAID, OrderStatus.REFUNDED]).value
        rest = [status, f"{dice.randrange(1, 9)}0000", twins.now.isoformat()]
        for side, of in names.items():
            rows[side].append([external_id, of, *rest])
    if any(row[1].startswith("customer of") for row in rows["twin"]):
        return
    twins.done.append(f"import orders {rows}")
    await twins.both(
        import_orders, lambda side: rows["merging" if side is twins.merging else "twin"]
    )
