"""Customers: rows as new customers, and as changes of those who are there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from models import OnDuplicate
from services.errors import ErrorCode, Refusal
from services.importing.customer_batches import Batch, Rules
from services.importing.customer_rows import (
    CustomerReader,
    CustomerRow,
    load_known,
    property_fields,
)
from services.importing.headers import guess_mapping
from services.importing.mappings import ColumnMap, map_columns, require_fields
from services.importing.matching_batches import MatchingBatch
from services.importing.rows import Outcome, Prepared
from services.importing.tables import SourceRow
from services.properties import list_properties, switched_off
from services.transactions import Transaction


@dataclass(frozen=True, slots=True)
class CustomerOptions:
    """How a file's rows become customers."""

    allow_duplicate: bool = False
    """Whether a customer may have the phone or e-mail address of another."""
    on_duplicate: OnDuplicate | None = None
    """What becomes of those who are there; None: the external id alone tells who they are."""
    group_ids: Sequence[UUID] = field(default=())
    """Groups that all of them come into, and tags that all of them get."""
    tag_ids: Sequence[UUID] = field(default=())
    trial: bool = False
    """Whether all of it is rolled back in the end."""


async def load_customer_importer(
    tx: Transaction,
    columns: Sequence[str],
    told: Iterable[tuple[str, str]],
    options: CustomerOptions,
    first: SourceRow | None = None,
) -> "CustomerImporter":
    """What makes rows with these columns into customers of the transaction's workspace.

    Where customers are matched, columns that nobody told of are guessed from their headers, `first`
    being the first row. Raises a Refusal (INVALID) for a mapping that names what is not there, or
    leaves out the name or a required custom property.
    """
    definitions = await list_properties(tx)
    matching = options.on_duplicate is not None
    fields = property_fields(definitions, matching=matching)
    pairs = list(told)
    if matching:
        used = {column.strip() for column, _ in pairs}
        fed = {name for _, name in pairs}
        off = await switched_off(tx)
        offered = [field for field in fields if field not in off]
        guessed = guess_mapping(columns, offered, definitions, first)
        pairs += [one for one in guessed if one[0] not in used and one[1] not in fed]
    mapping = map_columns(columns, pairs, fields)
    required = [(one.key,) for one in definitions if one.required and one.enabled]
    require_fields(mapping, [("fullName",), *required])
    reader = CustomerReader(mapping, definitions, await load_known(tx))
    rules = Rules(
        mapping,
        definitions,
        options.allow_duplicate,
        options.on_duplicate,
        options.group_ids,
        options.tag_ids,
        binding=not options.trial,
    )
    return CustomerImporter(rules, reader, options)


class CustomerImporter:
    """Makes rows into customers. A row whose external id is known changes that customer."""

    def __init__(self, rules: Rules, reader: CustomerReader, options: CustomerOptions) -> None:
        self.rules = rules
        self.reader = reader
        self.options = options

    @property
    def mapping(self) -> ColumnMap:
        """Which columns feed which fields."""
        return self.rules.mapping

    def prepare(self, rows: Sequence[SourceRow]) -> Prepared[CustomerRow]:
        """Check rows without the database."""
        prepared = self.reader.prepare(rows)
        if self.options.group_ids or self.options.tag_ids:
            for row in prepared.rows:
                row.group_ids = list(dict.fromkeys([*row.group_ids, *self.options.group_ids]))
                row.tag_ids = list(dict.fromkeys([*row.tag_ids, *self.options.tag_ids]))
        return prepared

    def pass_over(self, rows: Sequence[SourceRow]) -> None:
        """Nothing is to be remembered of rows that are done: the database has it."""

    async def finish(self, tx: Transaction) -> None:
        """Nothing is left to do."""

    async def write(self, tx: Transaction, rows: Sequence[CustomerRow]) -> Outcome:
        """Add or change the rows' customers.

        A row of a customer whom one above it has added or changed comes after that one: such rows
        are written one part after the other.
        """
        outcome = Outcome()
        if any(row.properties for row in rows):
            await self._hold_definitions(tx)
        if self.rules.on_duplicate is None:
            for part in parts(rows):
                outcome.add(await Batch(self.rules, tx).write(part))
            return outcome
        rest = rows
        while rest:
            batch = MatchingBatch(self.rules, tx)
            outcome.add(await batch.write(rest))
            rest = batch.later
        return outcome

    async def _hold_definitions(self, tx: Transaction) -> None:
        """Raise PropertiesChanged where the properties changed since the import began."""
        now = await list_properties(tx, for_writing=True)
        before = {one.id: (one.type, one.options) for one in self.rules.definitions}
        if any(before.get(one.id) != (one.type, one.options) for one in now) or len(now) < len(
            before
        ):
            raise PropertiesChanged(
                ErrorCode.CONFLICT,
                "The custom properties were changed during the import. Run the same command again: "
                "it goes on where it was.",
            )


class PropertiesChanged(Refusal):
    """The custom properties changed since the import began: whoever goes on with it begins with
    them as they are now."""


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
