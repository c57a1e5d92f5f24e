"""Batches: rows of customers that are written together, in sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models import Customer, OnDuplicate, PropertyDefinition
from models.base import new_id
from services.customer_channels import identifying_field
from services.ids import global_id
from services.importing.contact_holders import ContactHolders, Holder
from services.importing.customer_additions import add_customers
from services.importing.customer_changes import change_customers, find_changes
from services.importing.customer_identities import IdentityHolders
from services.importing.customer_rows import CustomerRow
from services.importing.external_ids import find_customers
from services.importing.mappings import ColumnMap
from services.importing.matches import hold_customers
from services.importing.rows import Outcome, failed
from services.transactions import RetryTransaction, Transaction


@dataclass(frozen=True, slots=True)
class Rules:
    """How rows become customers."""

    mapping: ColumnMap
    definitions: list[PropertyDefinition]
    allow_duplicate: bool = False
    """Whether a customer may have the phone or e-mail address of another."""
    on_duplicate: OnDuplicate | None = None
    """None: a row is of the customer with its external id, and of nobody else who is there."""
    group_ids: Sequence[UUID] = ()
    """Groups that the customers of all rows come into, and tags that they get."""
    tag_ids: Sequence[UUID] = ()
    binding: bool = True
    """False for a trial, which is rolled back: nobody has to wait for what it finds."""


@dataclass(slots=True)
class Known:
    """A row of a customer who is there."""

    there: dict[str, Any]
    row: CustomerRow
    use: CustomerRow
    """What of the row is to become of them."""


class Batch:
    """Rows that are written together; no two may be of one customer."""

    def __init__(self, rules: Rules, tx: Transaction) -> None:
        self.rules = rules
        self.tx = tx
        self.outcome = Outcome()
        self.contacts = ContactHolders(binding=rules.binding)
        self.identities = IdentityHolders()
        self.new: list[tuple[UUID, CustomerRow]] = []
        self.known: list[Known] = []
        self.later: list[CustomerRow] = []
        """Rows of customers whom a row above has added or changed: the next part of the batch."""

    async def write(self, rows: Sequence[CustomerRow]) -> Outcome:
        """Add those that are new, change those that differ, refuse those that may not be."""
        await self.sort_out(rows)
        self.outcome.added += await add_customers(self.tx, self.new, self.rules.definitions)
        connected = await self.identities.connect(
            self.tx,
            [(id, row, None) for id, row in self.new]
            + [(one.there["id"], one.row, one.there) for one in self.known],
        )
        if self.known:
            await self._change(connected)
        return self.outcome

    async def _change(self, connected: set[UUID]) -> None:
        known = self.known
        reached = [(one.there["id"], one.row) for one in known if one.there["id"] in connected]
        await self.identities.tell(self.tx, reached)
        changes = await find_changes(self.tx, [(one.there, one.use) for one in known])
        await change_customers(self.tx, changes, self.rules.definitions, dict(reached))
        if self.rules.on_duplicate is OnDuplicate.SKIP:
            return  # they are counted already
        changed = {change.id for change in changes} | {id for id, _ in reached}
        self.outcome.updated += len(changed)
        self.outcome.skipped += len(known) - len(changed)

    async def sort_out(self, rows: Sequence[CustomerRow]) -> None:
        """Tell rows of new customers from those of customers who are there."""
        if not self.rules.allow_duplicate:
            await self.contacts.load(
                self.tx,
                {row.values["phone"] for row in rows if "phone" in row.values},
                {row.values["email"].lower() for row in rows if "email" in row.values},
            )
        await self.identities.load(self.tx, rows)
        existing = await self._existing(rows)
        for row in rows:
            there = existing.get(row.values.get("external_id", ""))
            if there is None:
                id = new_id()
                if self._may_have(row, id, row.values):
                    self.new.append((id, row))
            elif there["merged_into_id"] is not None:
                # Whoever merged them has chosen among the values: the file does not choose again.
                self.outcome.skipped += 1
            else:
                self.sort_known(there, row, row)

    async def _existing(self, rows: Sequence[CustomerRow]) -> dict[str, dict[str, Any]]:
        """The customers who have the rows' external ids, held for changing, by external id."""
        ids = [row.values["external_id"] for row in rows if "external_id" in row.values]
        known = await find_customers(self.tx, ids)
        held = await hold_customers(self.tx, known.values())
        if {row["external_id"]: row["id"] for row in held.values()} != known:
            raise RetryTransaction
        return {row["external_id"]: row for row in held.values()}

    def sort_known(self, there: dict[str, Any], row: CustomerRow, use: CustomerRow) -> None:
        """A row of somebody who is there: they are changed, unless they may not be."""
        if there["deleted_at"] is not None:
            self.fail_deleted(row, there["id"], there["full_name"])
            return
        differing = {k: value for k, value in use.values.items() if there[k] != value}
        if self._may_have(row, there["id"], differing):
            self.known.append(Known(there, row, use))

    def _may_have(self, row: CustomerRow, id: UUID, values: dict[str, Any]) -> bool:
        """Whether no other customer has the contacts and the identity; they are claimed if so."""
        held = Holder(id, row.values["full_name"])
        if not self.rules.allow_duplicate:
            for field in ("phone", "email"):
                contact = values.get(field)
                holder = self.contacts.find(field, contact, id) if contact else None
                if contact and holder is not None:
                    self._duplicate(row, field, contact, holder)
                    return False
        holder = self.identities.find(row, id)
        if holder is not None:
            field = identifying_field(row.values["source"])
            self._duplicate(row, field, row.identifier or "", holder)
            return False
        self.claim(row, held, values)
        return True

    def claim(self, row: CustomerRow, holder: Holder, values: dict[str, Any]) -> None:
        """Have a customer of the batch hold what a row says of how they are reached."""
        for field in ("phone", "email"):
            if field in values:
                self.contacts.claim(field, values[field], holder)
        self.identities.claim(row, holder)

    def _duplicate(self, row: CustomerRow, field: str, value: str, holder: Holder) -> None:
        reason = f"DUPLICATE: {field} {value} is that of customer {shown(holder.id, holder.name)}."
        self.fail(row, field, reason)

    def fail_deleted(self, row: CustomerRow, id: UUID, name: str) -> None:
        """A row names a customer who is deleted."""
        field = "id" if row.id is not None else "externalId"
        self.fail(
            row,
            field,
            f"The customer {shown(id, name)} with this {field} is deleted; restoreCustomer brings "
            "them back.",
        )

    def fail(self, row: CustomerRow, field: str, reason: str) -> None:
        """Leave a row out, for this reason."""
        self.outcome.failures.append(failed(row.source, self.rules.mapping.label(field), reason))


def shown(id: UUID, name: str) -> str:
    """A customer as a sentence names them."""
    return f"{global_id(Customer, id)} “{name}”"
