"""Rows of one workspace that wait to be saved together, each after those that it refers to."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, TypeVar

import models
from models import Workspace
from models.base import WorkspaceModel
from services.texts import search_text
from services.transactions import workspace_transaction

Row = TypeVar("Row", bound=WorkspaceModel)

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
"""The present of tests: 16:30 on a Sunday in Jakarta."""

SAVED_IN_ORDER: tuple[type[WorkspaceModel], ...] = (
    models.User,
    models.ApiKey,
    models.Channel,
    models.Customer,
    models.ChannelIdentity,
    models.Pipeline,
    models.Stage,
    models.Conversation,
    models.Message,
    models.Campaign,
    models.CampaignInteraction,
    models.Company,
    models.CustomerCompany,
    models.Ticket,
    models.CustomerTicket,
    models.Deal,
    models.CustomerDeal,
    models.Task,
    models.CustomerTask,
    models.Order,
    models.OrderItem,
    models.Group,
    models.CustomerGroup,
    models.Segment,
    models.CustomerSegment,
    models.Tag,
    models.CustomerTag,
    models.PropertyDefinition,
    models.PropertyIndexEntry,
    models.Merge,
    models.MergeMember,
    models.DuplicateSuggestion,
    models.ProfileChange,
    models.CustomerView,
    models.ContactLog,
    models.Event,
    models.Upload,
    models.Import,
    models.Export,
    models.BulkChange,
    models.BulkChangeFailure,
    models.WebhookEndpoint,
    models.WebhookDelivery,
    models.WebhookAttempt,
)
"""Each after those that it refers to."""

SET_MAIN = "UPDATE customers SET main_identity_id = $3 WHERE workspace_id = $1 AND id = $2"


class Rows:
    """Rows of any model. They are written by `save`."""

    def __init__(self, workspace: Workspace, now: datetime = NOW) -> None:
        self.workspace = workspace
        self.now = now
        self.rows: dict[type[WorkspaceModel], list[Any]] = defaultdict(list)
        self._mains: list[tuple[models.Customer, models.ChannelIdentity]] = []
        self._saved: set[int] = set()
        self._numbers: dict[str, int] = defaultdict(int)

    def add(self, model: type[Row], **values: Any) -> Row:
        """A row of any model."""
        row = model(workspace_id=self.workspace.id, **values)
        self.rows[model].append(row)
        return row

    def number(self, name: str) -> int:
        """The next number of things called so: 1, 2, 3 …"""
        self._numbers[name] += 1
        return self._numbers[name]

    async def save(self) -> None:
        """Write what was added since the last time, in one transaction."""
        async with workspace_transaction(self.workspace.id, now=self.now) as tx:
            for model in SAVED_IN_ORDER:
                fresh = [row for row in self.rows[model] if id(row) not in self._saved]
                if model is models.Customer:
                    fresh.sort(key=lambda row: row.merged_into_id is not None)
                if fresh:
                    await model.bulk_create(fresh, using_db=tx.connection)
                    self._saved.update(map(id, fresh))
            for customer, identity in self._mains:
                customer.main_identity_id = identity.id
                await tx.execute(SET_MAIN, self.workspace.id, customer.id, identity.id)
            self._mains.clear()

    def _times(self) -> dict[str, datetime]:
        return {"created_at": self.now, "updated_at": self.now}

    def _of(self, customer: models.Customer) -> dict[str, Any]:
        return {"customer_id": customer.id, "origin_customer_id": customer.id}

    def _named(self, model: type[Row], name: str, **values: Any) -> Row:
        return self.add(
            model, **{"name": name, "search_text": search_text(name), **self._times(), **values}
        )

    def _record(self, model: type[Row], kind: str, text: str, **values: Any) -> Row:
        return self.add(
            model,
            **{
                "external_id": f"{kind}-{self.number(kind)}",
                "search_text": text,
                **self._times(),
                **values,
            },
        )
