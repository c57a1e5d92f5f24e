"""Bases: a workspace of customers with records of every kind, made twice with the same ids."""

import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import models
from models import ChannelKind, MessageDirection, OrderStatus, PropertyType, Workspace
from models.base import WorkspaceModel
from services.customers import searchable
from services.transactions import workspace_transaction
from services.windows import window_of
from services.workspaces import create_workspace
from tests.records import DAY, HOUR, Records
from tests.rows import NOW, SAVED_IN_ORDER

Row = TypeVar("Row", bound=WorkspaceModel)

MAINS = """
    UPDATE customers SET main_identity_id = m.identity_id
    FROM unnest($2::uuid[], $3::uuid[]) AS m(customer_id, identity_id)
    WHERE customers.workspace_id = $1 AND customers.id = m.customer_id"""
NAMES = ("Budi Santoso", "budi santoso", "Siti Rahma", "Rahma", "Agus Salim")
PLACES = ("Jawa Barat", "Jawa Tengah", None)
KINDS = (ChannelKind.WHATSAPP, ChannelKind.EMAIL, ChannelKind.INSTAGRAM)


class Person(NamedTuple):
    """A customer to make: how much there is about them (0 to 3), and of what sort."""

    richness: int
    seed: int


class Base(Records):
    """The records of a workspace, with ids that are the same each time they are made."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.dice = random.Random(4)
        self.customers: dict[str, models.Customer] = {}
        self.channels = {kind: self.channel(kind, kind.value, is_default=True) for kind in KINDS}
        self.second_whatsapp = self.channel(ChannelKind.WHATSAPP, "Toko kedua")
        self.users = [self.user(name) for name in ("Sari", "Rina")]
        self.property("size", PropertyType.SINGLE_SELECT, ["S", "M", "L"])
        self.property("score", PropertyType.NUMBER)
        self.property("likes", PropertyType.MULTI_SELECT, ["kopi", "teh", "susu"])
        self.companies = [self.company(f"PT {n}") for n in range(2)]
        self.tickets = [self.ticket(f"Tiket {n}") for n in range(2)]
        self.deals = [self.deal(f"Kontrak {n}") for n in range(2)]
        self.tasks = [self.task(f"Tugas {n}") for n in range(2)]
        self.groups = [self.group() for _ in range(3)]
        self.tags = [self.tag() for _ in range(2)]
        self.by_value = self.tag("Besar", ltv_min=Decimal("250000.00"))
        self.campaigns = [
            self.campaign("Promo", channel=kind)
            for kind in (ChannelKind.WHATSAPP, ChannelKind.EMAIL)
        ]

    def add(self, model: type[Row], **values: Any) -> Row:
        """A row of any model, with an id that is in no order with those before."""
        id = UUID(int=self.dice.getrandbits(128), version=4)
        return super().add(model, **{"id": id, **values})

    @property
    def things(self) -> list[WorkspaceModel]:
        """What customers can be associated with."""
        return [*self.companies, *self.tickets, *self.deals, *self.tasks]

    def of_kind(self, kind: ChannelKind) -> list[models.ChannelIdentity]:
        """The identities on a platform."""
        return [one for one in self.rows[models.ChannelIdentity] if one.kind is kind]

    def person(self, name: str, person: Person) -> models.Customer:
        """A customer as `person` says, their derived columns right."""
        dice = random.Random(person.seed)
        at = NOW - timedelta(days=dice.randrange(60, 400), seconds=len(self.customers))
        customer = self.customer(
            dice.choice(NAMES),
            external_id=name,
            created_at=at,
            updated_at=at + timedelta(days=dice.randrange(50)),
            **(self._profile(dice) if person.richness else {}),
        )
        self.customers[name] = customer
        if person.richness > 1:
            self._reachable(dice, customer, name)
        if person.richness > 2:
            self._around(dice, customer)
        own = [one for one in self.rows[models.ChannelIdentity] if one.customer_id == customer.id]
        own.sort(key=lambda one: (one.connected_at, one.id))
        customer.search_text = searchable(customer, [one.identifier for one in own])
        return customer

    def _profile(self, dice: random.Random) -> dict[str, Any]:
        number = dice.randrange(100)
        made: dict[str, Any] = {
            "phone": f"+62812900{number:05}",
            "email": f"{number}@example.com",
            "username": f"user{number}",
            "status": dice.choice(list(models.CustomerStatus)),
            "source": dice.choice(KINDS),
            "owner_id": dice.choice(self.users).id,
            "assignee_id": dice.choice(self.users).id,
            "job_title": "Pedagang",
            "province": dice.choice(PLACES),
            "regency_city": "Bandung",
            "zip_code": f"{40000 + number}",
        }
        properties = {"size": dice.choice("SML"), "score": number, "likes": ["kopi", "teh"]}
        return {
            **{name: value for name, value in made.items() if dice.random() < 0.6},
            "properties": {key: one for key, one in properties.items() if dice.random() < 0.5},
        }

    def _reachable(self, dice: random.Random, customer: models.Customer, name: str) -> None:
        """Identities with conversations; what the customer's row has of them is right."""
        channels = [*self.channels.values(), self.second_whatsapp]
        made: list[models.ChannelIdentity] = []
        for channel in dice.sample(channels, dice.randrange(1, 4)):
            identifier = {
                ChannelKind.WHATSAPP: customer.phone or f"+62813{self.number('phone'):08}",
                ChannelKind.EMAIL: f"{name.lower()}@mail.example",
            }.get(channel.kind, f"ig.{name.lower()}")
            if any(
                (one.channel_id, one.identifier) == (channel.id, identifier)
                for one in self.rows[models.ChannelIdentity]
            ):
                continue
            identity = self.identity(
                customer,
                channel,
                identifier,
                connected_at=NOW
                - dice.randrange(1, 90) * DAY
                - self.number("second") * HOUR / 3600,
                username=dice.choice([None, f"@{name}"]),
            )
            made.append(identity)
            for _ in range(dice.randrange(3)):
                self._talk(dice, customer, identity)
        if made:
            self._mains.append((customer, dice.choice(made)))
        heard = [
            one.last_inbound_at
            for one in self.rows[models.ChannelIdentity]
            if one.customer_id == customer.id
            and one.kind is ChannelKind.WHATSAPP
            and one.last_inbound_at is not None
        ]
        customer.last_inbound_at = max(heard, default=None)
        customer.window_status = window_of(customer.last_inbound_at, 24, NOW).status

    def _talk(
        self, dice: random.Random, customer: models.Customer, identity: models.ChannelIdentity
    ) -> None:
        """A conversation of a few messages."""
        start = NOW - dice.choice([1, 3, 20, 30, 900]) * HOUR - dice.randrange(3000) * HOUR / 3600
        conversation = self.conversation(
            customer,
            identity,
            opened_at=start,
            activity_at=start,
            status=dice.choice(list(models.ConversationStatus)),
        )
        for number in range(dice.randrange(1, 4)):
            at = start + number * HOUR / 4
            direction = dice.choice(list(MessageDirection))
            self.message(conversation, sent_at=at, direction=direction)
            conversation.last_message_at = conversation.activity_at = at
            first = customer.first_contacted_at
            customer.first_contacted_at = at if first is None else min(first, at)
            if direction is MessageDirection.INBOUND:
                last = identity.last_inbound_at
                identity.last_inbound_at = at if last is None else max(last, at)

    def _around(self, dice: random.Random, customer: models.Customer) -> None:
        """Records of all other kinds."""
        for thing in (*self.things, *self.groups, *self.tags):
            if dice.random() < 0.4:
                self.associate(customer, thing)
        for campaign in self.campaigns:
            if dice.random() < 0.5:
                self.interaction(campaign, customer, sent_at=NOW - dice.choice([1, 300, 500]) * DAY)
        for _ in range(dice.randrange(4)):
            price = f"{dice.randrange(1, 20)}0000.00"
            self.order(
                customer,
                [("Kopi", dice.randrange(1, 4), price)],
                status=dice.choice([OrderStatus.PAID, *OrderStatus]),
                currency=dice.choice(["IDR", "IDR", "USD"]),
            )
        paid = [
            one
            for one in self.rows[models.Order]
            if one.customer_id == customer.id and one.status is OrderStatus.PAID
        ]
        customer.paid_order_count = len(paid)
        customer.lifetime_value = sum(
            (one.total for one in paid if one.currency == "IDR"), Decimal(0)
        )

    async def save_in(self, workspace: Workspace) -> None:
        """Write all rows into a workspace."""
        async with workspace_transaction(workspace.id, now=NOW) as tx:
            for model in SAVED_IN_ORDER:
                for row in self.rows[model]:
                    row.workspace_id = workspace.id
                if self.rows[model]:
                    await model.bulk_create(self.rows[model], using_db=tx.connection)
            mains = [
                [customer.id for customer, _ in self._mains],
                [one.id for _, one in self._mains],
            ]
            await tx.execute(MAINS, workspace.id, *mains)


async def build_twins(people: Sequence[Person]) -> tuple[Base, Workspace, Workspace]:
    """The same base in two fresh workspaces: the one that will merge, and its twin."""
    merging = await create_workspace("Toko Satu", currency="IDR", now=NOW)
    twin = await create_workspace("Toko Kembar", currency="IDR", now=NOW)
    base = Base(merging)
    for number, person in enumerate(people):
        base.person(f"C{number}", person)
    await base.save_in(merging)
    await base.save_in(twin)
    return base, merging, twin
