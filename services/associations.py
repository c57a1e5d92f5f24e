"""Associations: which companies, tickets, deals and tasks concern which customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models import Company, Customer, Deal, Task, Ticket
from models.base import WorkspaceModel, new_id
from services.customers import HELD, hold_customer, hold_customers
from services.errors import ErrorCode, Refusal, invalid
from services.references import require_rows
from services.transactions import Transaction

MOST_CUSTOMERS = 1_000


@dataclass(frozen=True)
class Link:
    """One kind of association: with which records, and where it is kept."""

    model: type[WorkspaceModel]
    table: str
    column: str
    api_name: str


COMPANIES = Link(Company, "customer_companies", "company_id", "companyId")
TICKETS = Link(Ticket, "customer_tickets", "ticket_id", "ticketId")
DEALS = Link(Deal, "customer_deals", "deal_id", "dealId")
TASKS = Link(Task, "customer_tasks", "task_id", "taskId")
LINKS = (COMPANIES, TICKETS, DEALS, TASKS)


@dataclass(frozen=True, kw_only=True)
class Association:
    """A customer and exactly one record."""

    customer_id: UUID
    company_id: UUID | None = None
    ticket_id: UUID | None = None
    deal_id: UUID | None = None
    task_id: UUID | None = None


async def associate(tx: Transaction, association: Association) -> Customer:
    """Associate a customer with a record; nothing happens where they are already.

    An id that was merged away stands for its main customer; the association keeps the id that it
    came in with, and goes back with it on unmerge. Raises a Refusal: INVALID where not exactly one
    record is named, NOT_FOUND at `customerId` or the record's field.
    """
    link, record_id = _chosen(association)
    customer = await hold_customer(tx, association.customer_id, "customerId", lock=HELD)
    await require_rows(tx, link.model, {(link.api_name,): record_id})
    await _insert(tx, link, record_id, {association.customer_id: customer.id})
    return customer


async def dissociate(tx: Transaction, association: Association) -> Customer:
    """End the association of a customer and a record; nothing happens where there is none.

    Where members of a merged customer each brought the same association along, all of it ends:
    what is shown is one. Raises a Refusal as `associate` does.
    """
    link, record_id = _chosen(association)
    customer = await hold_customer(tx, association.customer_id, "customerId", lock=HELD)
    await require_rows(tx, link.model, {(link.api_name,): record_id})
    await tx.execute(
        f"DELETE FROM {link.table}"
        f" WHERE workspace_id = $1 AND customer_id = $2 AND {link.column} = $3",
        tx.workspace_id,
        customer.id,
        record_id,
    )
    return customer


async def hold_associated(
    tx: Transaction, customer_ids: Sequence[UUID] | None
) -> dict[UUID, Customer]:
    """The customers that a record's input names as `customerIds`, held until the commit.

    Call it before the record is locked: customers come first, as in merging. Raises a Refusal:
    NOT_FOUND at ("customerIds", index), LIMIT_EXCEEDED for more than 1,000.
    """
    if not customer_ids:
        return {}
    if len(customer_ids) > MOST_CUSTOMERS:
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED,
            f"customerIds: give at most {MOST_CUSTOMERS}.",
            ("customerIds",),
        )
    return await hold_customers(tx, customer_ids, "customerIds")


async def associate_held(
    tx: Transaction, link: Link, record_id: UUID, held: dict[UUID, Customer]
) -> None:
    """Associate a record with customers that `hold_associated` gave; nothing is taken away."""
    await _insert(tx, link, record_id, {id: customer.id for id, customer in held.items()})


def _chosen(association: Association) -> tuple[Link, UUID]:
    named = [(link, id) for link in LINKS if (id := getattr(association, link.column)) is not None]
    if len(named) != 1:
        raise invalid(
            "Name exactly one of companyId, ticketId, dealId and taskId.",
            *((named[1][0].api_name,) if named else ()),
        )
    return named[0]


async def _insert(
    tx: Transaction, link: Link, record_id: UUID, customers: dict[UUID, UUID]
) -> None:
    """Write associations by the ids that the customers came in with; those there stay."""
    if not customers:
        return
    await tx.execute(
        f"INSERT INTO {link.table}"
        f" (workspace_id, id, customer_id, origin_customer_id, {link.column}, created_at)"
        " SELECT $1, e.id, e.customer_id, e.origin_id, $2, $3"
        " FROM unnest($4::uuid[], $5::uuid[], $6::uuid[]) AS e(id, customer_id, origin_id)"
        f" ON CONFLICT (workspace_id, {link.column}, origin_customer_id) DO NOTHING",
        tx.workspace_id,
        record_id,
        tx.now,
        [new_id() for _ in customers],
        list(customers.values()),
        list(customers),
    )
