"""Reports on contacts: how the number of customers grew, by what, and the log of each change."""

from datetime import date, datetime

import strawberry

import models
from resolvers import contact_reports
from resolvers.ids import global_id
from resolvers.pages import Edge as LoadedEdge
from resolvers.pages import Page, PageArguments
from schema.connections import Connection, Edge
from schema.fields import AFTER, BEFORE, FIRST, LAST, reference
from schema.users import User
from services import contact_reports as counted

Report = strawberry.Parent[contact_reports.ContactReport]
Overview = strawberry.Parent[counted.ContactOverview]
Day = date


@strawberry.type(description="How many came from a platform.")
class SourceCount:
    """A number by source."""

    source: models.ChannelKind | None = strawberry.field(
        description="The platform; null for those who came from none."
    )
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="What happened on a day of the workspace's time zone.")
class ContactDay:
    """A view over services.contact_reports.ContactDay."""

    date: Day = strawberry.field(description="The day.")
    added: int = strawberry.field(description="Customers added.")
    connected: int = strawberry.field(description="Channels connected to customers.")
    deleted: int = strawberry.field(description="Customers deleted.")
    restored: int = strawberry.field(description="Deleted customers brought back.")
    merged: int = strawberry.field(description="Merges.")
    unmerged: int = strawberry.field(description="Customers who became their own again.")


@strawberry.type(description="How the number of customers grew over a period, and by what.")
class ContactOverview:
    """A view over services.contact_reports.ContactOverview."""

    total_at_start: int = strawberry.field(description="Customers when the period began.")
    total_at_end: int = strawberry.field(description="Customers when it ended, or now.")
    added: int = strawberry.field(description="Customers added in it.")
    connected: int = strawberry.field(description="Channels connected to customers in it.")
    deleted: int = strawberry.field(description="Customers deleted in it.")
    restored: int = strawberry.field(description="Deleted customers brought back in it.")
    merged: int = strawberry.field(
        description="Merges in it; each takes its members from the total."
    )
    unmerged: int = strawberry.field(description="Customers who became their own again in it.")
    growth: int = strawberry.field(description="By how many the total grew; negative if it shrank.")
    daily: list[ContactDay] = strawberry.field(
        description="Each day of the period until today, the first one first."
    )

    @strawberry.field(
        description="The customers added in it by the platform that they came from, most first."
    )
    def by_source(root: Overview) -> list[SourceCount]:
        """The platforms."""
        found = sorted(root.by_source.items(), key=lambda one: (-one[1], one[0] or ""))
        return [SourceCount(source=source, count=number) for source, number in found]


@strawberry.type(
    description="A row of the contact log. It outlives the customer, as they were called then."
)
class ContactLogEntry:
    """A view over models.ContactLog."""

    created_at: datetime = strawberry.field(description="When it happened.")
    contact_name: str = strawberry.field(description="What the contact was called then.")
    source: models.LogSource = strawberry.field(description="Where it was asked for.")
    user: User | None = reference("user_id", models.User, "Who did it, where a user did.")
    channel: models.ChannelKind | None = strawberry.field(description="The platform, if any.")

    @strawberry.field(description="The contact's id; of a merge, the primary contact's.")
    def contact_id(root: strawberry.Parent[models.ContactLog]) -> strawberry.ID:
        """The customer's id, whether or not they are still there."""
        return strawberry.ID(global_id(models.Customer, root.contact_id))


@strawberry.type(description="One row of the log and its place.")
class ContactLogEdge(Edge[ContactLogEntry]):
    """Relay's edge."""


@strawberry.type(description="A page of the contact log.")
class ContactLogConnection(Connection[ContactLogEntry]):
    """A page by the name that the contract has for it."""

    @strawberry.field(description="The items with their cursors.")
    async def edges(root: strawberry.Parent[Page]) -> list[ContactLogEdge]:
        """The rows with their cursors."""
        found: list[LoadedEdge] = await root.edges()
        return found  # type: ignore[return-value]


@strawberry.type(description="What happened to contacts in a period of the workspace's time zone.")
class ContactReport:
    """A view over resolvers.contact_reports.ContactReport."""

    @strawberry.field(description="Totals, growth, days and sources.")
    async def overview(root: Report) -> ContactOverview:
        """The overview."""
        found: counted.ContactOverview = await root.overview()
        return found  # type: ignore[return-value]

    @strawberry.field(description="Contacts added, the newest first.")
    def added(
        root: Report,
        first: FIRST = strawberry.UNSET,
        after: AFTER = strawberry.UNSET,
        last: LAST = strawberry.UNSET,
        before: BEFORE = strawberry.UNSET,
    ) -> ContactLogConnection:
        """The log of those added."""
        return _log(root, models.ContactLogKind.ADDED, first, after, last, before)  # type: ignore[return-value]

    @strawberry.field(description="Contacts connected to a channel, the newest first.")
    def connected(
        root: Report,
        first: FIRST = strawberry.UNSET,
        after: AFTER = strawberry.UNSET,
        last: LAST = strawberry.UNSET,
        before: BEFORE = strawberry.UNSET,
    ) -> ContactLogConnection:
        """The log of those connected."""
        return _log(root, models.ContactLogKind.CONNECTED, first, after, last, before)  # type: ignore[return-value]

    @strawberry.field(description="Contacts deleted, the newest first.")
    def deleted(
        root: Report,
        first: FIRST = strawberry.UNSET,
        after: AFTER = strawberry.UNSET,
        last: LAST = strawberry.UNSET,
        before: BEFORE = strawberry.UNSET,
    ) -> ContactLogConnection:
        """The log of those deleted."""
        return _log(root, models.ContactLogKind.DELETED, first, after, last, before)  # type: ignore[return-value]

    @strawberry.field(description="Merges, by their primary contacts, the newest first.")
    def merged(
        root: Report,
        first: FIRST = strawberry.UNSET,
        after: AFTER = strawberry.UNSET,
        last: LAST = strawberry.UNSET,
        before: BEFORE = strawberry.UNSET,
    ) -> ContactLogConnection:
        """The log of merges."""
        return _log(root, models.ContactLogKind.MERGED, first, after, last, before)  # type: ignore[return-value]


def _log(
    report: contact_reports.ContactReport, kind: models.ContactLogKind, *given: object
) -> Page:
    """A page of a log."""
    names = ("first", "after", "last", "before")
    told = {
        name: value
        for name, value in zip(names, given, strict=True)
        if value is not strawberry.UNSET
    }
    return report.log(kind, PageArguments(**told))  # type: ignore[arg-type]
