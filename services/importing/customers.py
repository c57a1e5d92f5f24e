"""Customers: a batch of rows as new customers, and as changes of those who are there."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from models import Customer, PropertyDefinition
from models.base import new_id
from services.customer_channels import identifying_field
from services.errors import ErrorCode, Refusal
from services.ids import global_id
from services.importing.contact_holders import ContactHolders, Holder
from services.importing.customer_additions import add_customers
from services.importing.customer_changes import change_customers, find_changes
from services.importing.customer_identities import IdentityHolders
from services.importing.customer_rows import (
    CustomerReader,
    CustomerRow,
    load_known,
    property_fields,
)
from services.importing.external_ids import find_customers
from services.importing.mappings import ColumnMap, map_columns, require_fields
from services.importing.rows import Outcome, Prepared, failed
from services.importing.tables import SourceRow
from services.properties import list_properties
from services.transactions import RetryTransaction, Transaction

HELD = """
    SELECT * FROM customers WHERE workspace_id = $1 AND id = ANY($2::uuid[])
    ORDER BY id FOR NO KEY UPDATE"""


async def load_customer_importer(
    tx: Transaction,
    columns: Sequence[str],
    told: Iterable[tuple[str, str]],
    *,
    allow_duplicate: bool,
) -> "CustomerImporter":
    """What makes rows with these columns into customers of the transaction's workspace.

    Raises a Refusal (INVALID) for a mapping that names what is not there, or leaves out the name or
    a required custom property.
    """
    definitions = await list_properties(tx)
    mapping = map_columns(columns, told, property_fields(definitions))
    required = [(one.key,) for one in definitions if one.required and one.enabled]
    require_fields(mapping, [("fullName",), *required])
    reader = CustomerReader(mapping, definitions, await load_known(tx))
    return CustomerImporter(mapping, reader, definitions, allow_duplicate)


class CustomerImporter:
    """Makes rows into customers. A row whose external id is known changes that customer."""

    def __init__(
        self,
        mapping: ColumnMap,
        reader: CustomerReader,
        definitions: list[PropertyDefinition],
        allow_duplicate: bool,
    ) -> None:
        self.mapping = mapping
        self.reader = reader
        self.definitions = definitions
        self.allow_duplicate = allow_duplicate

    def prepare(self, rows: Sequence[SourceRow]) -> Prepared[CustomerRow]:
        """Check rows without the database."""
        return self.reader.prepare(rows)

    def pass_over(self, rows: Sequence[SourceRow]) -> None:
        """Nothing is to be remembered of rows that are done: the database has it."""

    async def finish(self, tx: Transaction) -> None:
        """Nothing is left to do."""

    async def write(self, tx: Transaction, rows: Sequence[CustomerRow]) -> Outcome:
        """Add or change the rows' customers.

        A row with the external id of one above it changes what that one has added: such rows are
        written one part after the other.
        """
        outcome = Outcome()
        if any(row.properties for row in rows):
            await self._hold_definitions(tx)
        for part in parts(rows):
            outcome.add(await Batch(self, tx).write(part))
        return outcome

    async def _hold_definitions(self, tx: Transaction) -> None:
        """Raise a Refusal (CONFLICT) where the properties changed since the import began."""
        now = await list_properties(tx, for_writing=True)
        before = {one.id: (one.type, one.options) for one in self.definitions}
        if any(before.get(one.id) != (one.type, one.options) for one in now) or len(now) < len(
            before
        ):
            raise Refusal(
                ErrorCode.CONFLICT,
                "The custom properties were changed during the import. Run the same command again: "
                "it goes on where it was.",
            )


def parts(rows: Sequence[CustomerRow]) -> Iterable[list[CustomerRow]]:
    """The rows in order, parted so that no part has an external id twice."""
    part: list[CustomerRow] = []
    seen: set[str] = set()
    for row in rows:
        external_id = row.values.get("external_id")
        if external_id in seen:
            yield part
            part, seen = [], set()
        if external_id is not None:
            seen.add(external_id)
        part.append(row)
    if part:
        yield part


class Batch:
    """Rows that are written together."""

    def __init__(self, importer: CustomerImporter, tx: Transaction) -> None:
        self.importer = importer
        self.tx = tx
        self.outcome = Outcome()
        self.contacts = ContactHolders()
        self.identities = IdentityHolders()

    async def write(self, rows: list[CustomerRow]) -> Outcome:
        """Add those that are new, change those that differ, refuse those that may not be."""
        existing = await self._existing(rows)
        if not self.importer.allow_duplicate:
            await self.contacts.load(
                self.tx,
                {row.values["phone"] for row in rows if "phone" in row.values},
                {row.values["email"].lower() for row in rows if "email" in row.values},
            )
        await self.identities.load(self.tx, rows)
        new: list[tuple[UUID, CustomerRow]] = []
        known: list[tuple[dict[str, Any], CustomerRow]] = []
        for row in rows:
            there = existing.get(row.values.get("external_id", ""))
            if there is None:
                id = new_id()
                if self._may_have(row, id, row.values):
                    new.append((id, row))
            elif self._may_change(row, there):
                known.append((there, row))
        self.outcome.added += await add_customers(self.tx, new, self.importer.definitions)
        connected = await self.identities.connect(
            self.tx,
            [(id, row, None) for id, row in new]
            + [(there["id"], row, there) for there, row in known],
        )
        reached = [(there["id"], row) for there, row in known if there["id"] in connected]
        await self.identities.tell(self.tx, reached)
        changes = await find_changes(self.tx, known)
        await change_customers(
            self.tx, changes, self.importer.definitions, {id for id, _ in reached}
        )
        changed = {change.id for change in changes} | {id for id, _ in reached}
        self.outcome.updated += len(changed)
        self.outcome.skipped += len(known) - len(changed)
        return self.outcome

    async def _existing(self, rows: list[CustomerRow]) -> dict[str, dict[str, Any]]:
        """The customers who have the rows' external ids, held for changing, by external id."""
        ids = [row.values["external_id"] for row in rows if "external_id" in row.values]
        if not ids:
            return {}
        known = await find_customers(self.tx, ids)
        if not known:
            return {}
        held = await self.tx.fetch(HELD, self.tx.workspace_id, list(known.values()))
        if {row["external_id"]: row["id"] for row in held} != known:
            raise RetryTransaction
        return {
            row["external_id"]: {**row, "properties": JSON_LOADS(row["properties"])} for row in held
        }

    def _may_change(self, row: CustomerRow, there: dict[str, Any]) -> bool:
        """Whether the row goes on to change the customer with its external id."""
        if there["merged_into_id"] is not None:
            # Whoever merged them has chosen among the values: the file does not choose again.
            self.outcome.skipped += 1
            return False
        if there["deleted_at"] is not None:
            self._fail(
                row,
                "externalId",
                f"The customer {shown(there['id'], there['full_name'])} with this externalId is "
                "deleted; restoreCustomer brings them back.",
            )
            return False
        differing = {k: value for k, value in row.values.items() if there[k] != value}
        return self._may_have(row, there["id"], differing)

    def _may_have(self, row: CustomerRow, id: UUID, values: dict[str, Any]) -> bool:
        """Whether no other customer has the contacts and the identity; they are claimed if so."""
        held = Holder(id, row.values["full_name"])
        if not self.importer.allow_duplicate:
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
        for field in ("phone", "email"):
            if values.get(field):
                self.contacts.claim(field, values[field], held)
        self.identities.claim(row, held)
        return True

    def _duplicate(self, row: CustomerRow, field: str, value: str, holder: Holder) -> None:
        reason = f"DUPLICATE: {field} {value} is that of customer {shown(holder.id, holder.name)}."
        self._fail(row, field, reason)

    def _fail(self, row: CustomerRow, field: str, reason: str) -> None:
        self.outcome.failures.append(failed(row.source, self.importer.mapping.label(field), reason))


def shown(id: UUID, name: str) -> str:
    """A customer as a sentence names them."""
    return f"{global_id(Customer, id)} “{name}”"
