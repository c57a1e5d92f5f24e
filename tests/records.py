"""A maker of records: rows of every kind for one workspace, written straight to the tables.

Values that a test does not give are made up, the same every time, so that two workspaces whose
records are made by the same calls differ in nothing but their ids.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import models
from models import ChannelKind, Workspace
from models.base import WorkspaceModel
from services.customers import searchable
from services.property_indexes import index_values
from services.texts import fold, search_text
from services.visibility import visible_until
from tests.merge_records import MergeRecords
from tests.rows import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

ASSOCIATIONS: dict[type[WorkspaceModel], tuple[type[WorkspaceModel], str]] = {
    models.Company: (models.CustomerCompany, "company_id"),
    models.Ticket: (models.CustomerTicket, "ticket_id"),
    models.Deal: (models.CustomerDeal, "deal_id"),
    models.Task: (models.CustomerTask, "task_id"),
    models.Group: (models.CustomerGroup, "group_id"),
    models.Tag: (models.CustomerTag, "tag_id"),
}


class Records(MergeRecords):
    """Records of one workspace. Each method adds one, which `save` writes, and returns it."""

    def __init__(self, workspace: Workspace, now: datetime = NOW) -> None:
        super().__init__(workspace, now)
        self.definitions: dict[str, models.PropertyDefinition] = {}

    def user(self, name: str = "Sari", **values: Any) -> models.User:
        email = f"user{self.number('user')}@toko.example"
        return self.add(
            models.User,
            **{
                "name": name,
                "email": email,
                "role": models.Role.AGENT,
                "search_text": search_text(name, email),
                **self._times(),
                **values,
            },
        )

    def channel(
        self, kind: ChannelKind = ChannelKind.WHATSAPP, name: str = "Toko", **values: Any
    ) -> models.Channel:
        return self.add(
            models.Channel,
            **{
                "kind": kind,
                "name": name,
                "external_id": f"channel-{self.number('channel')}",
                "created_at": self.now,
                **values,
            },
        )

    def customer(self, name: str = "Budi Santoso", **values: Any) -> models.Customer:
        row = self.add(
            models.Customer,
            **{
                "full_name": name,
                "external_id": f"customer-{self.number('customer')}",
                "acquisition": models.Acquisition.MANUAL,
                "name_key": fold(name),
                "search_text": "",
                **self._times(),
                **values,
            },
        )
        row.search_text = searchable(row)
        for key, value in row.properties.items():
            self._index(row, self.definitions[key], value)
        return row

    def _index(self, row: models.Customer, definition: Any, value: Any) -> None:
        for entry in index_values(definition, value):
            self.add(
                models.PropertyIndexEntry,
                property_id=definition.id,
                customer_id=row.id,
                text_value=entry.text,
                number_value=entry.number,
                time_value=entry.time,
            )

    def property(
        self,
        key: str,
        type: models.PropertyType = models.PropertyType.TEXT,
        options: Sequence[str] = (),
        **values: Any,
    ) -> models.PropertyDefinition:
        """Define a property before customers who have a value of it."""
        row = self.add(
            models.PropertyDefinition,
            **{
                "key": key,
                "label": key.capitalize(),
                "type": type,
                "options": list(options),
                "position": self.number("property"),
                **self._times(),
                **values,
            },
        )
        self.definitions[key] = row
        return row

    def identity(
        self,
        customer: models.Customer,
        channel: models.Channel,
        identifier: str | None = None,
        *,
        main: bool = False,
        origin: models.Customer | None = None,
        **values: Any,
    ) -> models.ChannelIdentity:
        """A way to reach a customer; `origin` is the member with whom it came in."""
        row = self.add(
            models.ChannelIdentity,
            **{
                "channel_id": channel.id,
                "kind": channel.kind,
                "identifier": identifier or f"+62812{self.number('identity'):08}",
                "customer_id": customer.id,
                "origin_customer_id": (origin or customer).id,
                "connected_at": self.now,
                **values,
            },
        )
        if main:
            self._mains.append((customer, row))
        return row

    def conversation(
        self, customer: models.Customer, identity: models.ChannelIdentity, **values: Any
    ) -> models.Conversation:
        at = values.get("activity_at", self.now)
        return self.add(
            models.Conversation,
            **{
                "external_id": f"conversation-{self.number('conversation')}",
                "channel_id": identity.channel_id,
                "channel_kind": identity.kind,
                "identity_id": identity.id,
                "opened_at": at,
                "activity_at": at,
                "last_message_at": at,
                "search_text": search_text(values.get("last_message_preview")),
                **self._of(customer),
                **self._times(),
                **values,
            },
        )

    def message(self, conversation: models.Conversation, **values: Any) -> models.Message:
        return self.add(
            models.Message,
            **{
                "external_id": f"message-{self.number('message')}",
                "conversation_id": conversation.id,
                "direction": models.MessageDirection.INBOUND,
                "text": "Halo",
                "sent_at": self.now,
                "created_at": self.now,
                **values,
            },
        )

    def campaign(self, name: str = "Promo", **values: Any) -> models.Campaign:
        return self.add(
            models.Campaign,
            **{
                "external_id": f"campaign-{self.number('campaign')}",
                "name": name,
                "channel": ChannelKind.WHATSAPP,
                "status": models.CampaignStatus.SENT,
                "search_text": search_text(name),
                **self._times(),
                **values,
            },
        )

    def interaction(
        self, campaign: models.Campaign, customer: models.Customer, **values: Any
    ) -> models.CampaignInteraction:
        """An interaction, visible for as long as the workspace's rule says."""
        sent_at = values.get("sent_at", self.now)
        return self.add(
            models.CampaignInteraction,
            **{
                "external_id": f"interaction-{self.number('interaction')}",
                "campaign_id": campaign.id,
                "status": models.CampaignInteractionStatus.SENT,
                "sent_at": sent_at,
                "visible_until": visible_until(
                    sent_at, self.workspace.campaign_months, ZoneInfo(self.workspace.timezone)
                ),
                **self._of(customer),
                **self._times(),
                **values,
            },
        )

    def company(self, name: str = "PT Maju", **values: Any) -> models.Company:
        return self._record(models.Company, "company", search_text(name), name=name, **values)

    def pipeline(
        self, kind: models.PipelineKind, stages: Iterable[str] = ("Baru", "Selesai"), **values: Any
    ) -> tuple[models.Pipeline, list[models.Stage]]:
        """A pipeline and its stages."""
        name = f"Pipeline {self.number('pipeline')}"
        row = self.add(models.Pipeline, **{"kind": kind, "name": name, **self._times(), **values})
        return row, [
            self.add(models.Stage, pipeline_id=row.id, name=stage, position=position)
            for position, stage in enumerate(stages, start=1)
        ]

    def ticket(self, subject: str = "Barang rusak", **values: Any) -> models.Ticket:
        number = f"T-{self.number('number'):06}"
        return self._record(
            models.Ticket,
            "ticket",
            search_text(number, subject),
            **{"number": number, "subject": subject, **values},
        )

    def deal(self, name: str = "Kontrak", **values: Any) -> models.Deal:
        return self._record(
            models.Deal,
            "deal",
            search_text(name),
            **{"name": name, "amount": Decimal("1500000.00"), "currency": "IDR", **values},
        )

    def task(self, title: str = "Telepon", **values: Any) -> models.Task:
        return self._record(models.Task, "task", search_text(title), title=title, **values)

    def order(
        self,
        customer: models.Customer,
        items: Sequence[tuple[str, int, str]] = (),
        **values: Any,
    ) -> models.Order:
        """An order of (product, quantity, unit price); paid unless told."""
        total = sum((quantity * Decimal(price) for _, quantity, price in items), Decimal(0))
        row = self.add(
            models.Order,
            **{
                "external_id": f"order-{self.number('order')}",
                "status": models.OrderStatus.PAID,
                "total": total,
                "currency": "IDR",
                "ordered_at": self.now,
                "paid_at": self.now,
                **self._of(customer),
                **self._times(),
                **values,
            },
        )
        for position, (product, quantity, price) in enumerate(items, start=1):
            self.add(
                models.OrderItem,
                order_id=row.id,
                position=position,
                product=product,
                sku=f"SKU-{product}",
                quantity=quantity,
                unit_price=Decimal(price),
            )
        return row

    def group(self, name: str | None = None, **values: Any) -> models.Group:
        return self._named(models.Group, name or f"Grup {self.number('group')}", **values)

    def segment(self, name: str | None = None, **values: Any) -> models.Segment:
        return self._named(
            models.Segment,
            name or f"Segmen {self.number('segment')}",
            **{"criteria": {"productive": True}, **values},
        )

    def tag(self, name: str | None = None, **values: Any) -> models.Tag:
        return self._named(models.Tag, name or f"Tag {self.number('tag')}", **values)

    def associate(self, customer: models.Customer, *things: WorkspaceModel) -> None:
        """Tie companies, tickets, deals, tasks, groups and tags to a customer."""
        for thing in things:
            model, column = ASSOCIATIONS[type(thing)]
            self.add(model, **{column: thing.id, **self._of(customer), "created_at": self.now})

    def enter(self, customer: models.Customer, segment: models.Segment) -> None:
        """Put a customer into a segment."""
        self.add(
            models.CustomerSegment,
            customer_id=customer.id,
            segment_id=segment.id,
            entered_at=self.now,
        )

    def profile_change(self, customer: models.Customer, **values: Any) -> models.ProfileChange:
        return self.add(
            models.ProfileChange,
            **{
                "changes": [{"field": "fullName", "old": "Budi", "new": customer.full_name}],
                "source": models.LogSource.USER,
                "changed_at": self.now,
                **self._of(customer),
                **values,
            },
        )

    def bulk_change(self, *failed: models.Customer, **values: Any) -> models.BulkChange:
        """A finished bulk change that did not change these customers."""
        row = self.add(
            models.BulkChange,
            **{
                "kind": models.BulkChangeKind.DELETE,
                "status": models.BulkChangeStatus.FINISHED,
                "total": len(failed),
                "done": len(failed),
                "failed": len(failed),
                "created_at": self.now,
                "finished_at": self.now,
                **values,
            },
        )
        for customer in failed:
            self.add(
                models.BulkChangeFailure,
                bulk_change_id=row.id,
                customer_id=customer.id,
                code="NOT_FOUND",
                message="This customer is deleted.",
            )
        return row

    def event(self, type: models.EventType, **values: Any) -> models.Event:
        return self.add(
            models.Event,
            **{"seq": self.number("event"), "type": type, "occurred_at": self.now, **values},
        )

    def an_import(self, file_name: str = "pelanggan.csv", **values: Any) -> models.Import:
        """An import of customers that has not begun."""
        return self.add(
            models.Import,
            **{
                "kind": models.ImportKind.CUSTOMERS,
                "status": models.ImportStatus.QUEUED,
                "file_name": file_name,
                "file_sha256": f"{self.number('import'):064}",
                "created_at": self.now,
                **values,
            },
        )

    def an_export(self, **values: Any) -> models.Export:
        """An export of customers that has not begun."""
        return self.add(
            models.Export,
            **{
                "status": models.ExportStatus.QUEUED,
                "format": models.ExportFormat.CSV,
                "created_at": self.now,
                **values,
            },
        )
