"""Customers from rows: the fields that a column can feed, and how a row is read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS

from models import ChannelKind, Customer, CustomerStatus, PropertyDefinition, PropertyType, User
from services.contacts import normalize_identifier
from services.customer_channels import identifier_on
from services.customer_fields import API_NAMES, LENGTHS, MOST_MEMBERSHIPS
from services.customers import searchable_text
from services.errors import Refusal, invalid
from services.ids import decode_id, global_id
from services.importing.mappings import ColumnMap, Feed
from services.importing.rows import Prepared, RowReader, failed
from services.importing.tables import SourceRow
from services.importing.values import (
    read_choice,
    read_email,
    read_id,
    read_line,
    read_phone,
    read_property,
    read_several,
)
from services.texts import clean_line, fold
from services.transactions import Transaction

PLAIN = tuple("source" if name == "channel" else name for name in API_NAMES)
"""The plain fields' columns."""
NEW_COLUMNS = ("name_key", "search_text", "properties", *PLAIN)
CUSTOMER_FIELDS = (*API_NAMES.values(), "groupIds", "tagIds")
MATCHING_FIELDS = ("id", "identifier")
"""Fields by which an export of ours finds its customers again: their ids, and on their channel what
is none of their phone, e-mail address and username."""
USERS = """
    SELECT id, lower(email) AS email FROM users
    WHERE workspace_id = $1 AND disabled_at IS NULL"""


@dataclass(slots=True)
class CustomerRow:
    """A sound row: what it says of a customer. A blank cell says nothing."""

    source: SourceRow
    values: dict[str, Any]
    """By column of the table customers."""
    properties: dict[str, Any]
    identifier: str | None = None
    """On the channel that the row names, if it does."""
    id: UUID | None = None
    """Of a customer, as an export of ours names them."""
    group_ids: list[UUID] = field(default_factory=list)
    tag_ids: list[UUID] = field(default_factory=list)
    new_values: tuple[Any, ...] = ()
    """What a new customer's row has, but for the id, in the order of `NEW_COLUMNS`."""


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to, as it was when the import began."""

    country: str
    users: Mapping[str, UUID]
    """By e-mail address in lower case, and by id in hex."""
    groups: Mapping[str, UUID]
    """By name, and by id in hex; so are tags."""
    tags: Mapping[str, UUID]

    def user(self, text: str, field: str) -> UUID:
        """The user whom an id or an e-mail address names."""
        id = read_id(text)
        found = self.users.get(id.hex if id else text.strip().lower())
        if found is None:
            raise invalid(f"{field}: no user has the id or e-mail address “{text[:60]}”.", field)
        return found

    def members(self, text: str, known: Mapping[str, UUID], field: str) -> list[UUID]:
        """The groups or tags whose ids or names a cell holds, between semicolons."""
        names = read_several(text)
        if len(names) > MOST_MEMBERSHIPS:
            raise invalid(f"{field}: give at most {MOST_MEMBERSHIPS}.", field)
        ids = []
        for name in names:
            id = read_id(name)
            found = known.get(id.hex if id else name)
            if found is None:
                raise invalid(f"{field}: “{name[:60]}” is the id or name of none here.", field)
            ids.append(found)
        return list(dict.fromkeys(ids))


async def load_known(tx: Transaction) -> Known:
    """What rows may refer to in the transaction's workspace."""
    users: dict[str, UUID] = {}
    for row in await tx.fetch(USERS, tx.workspace_id):
        users |= {row["email"]: row["id"], row["id"].hex: row["id"]}
    country = tx.workspace.default_country
    return Known(country, users, await _named(tx, "groups"), await _named(tx, "tags"))


async def _named(tx: Transaction, table: str) -> dict[str, UUID]:
    """The groups or tags by name, and by id in hex."""
    rows = await tx.fetch(f"SELECT id, name FROM {table} WHERE workspace_id = $1", tx.workspace_id)
    return {
        **{row["name"]: row["id"] for row in rows},
        **{row["id"].hex: row["id"] for row in rows},
    }


class Cells(NamedTuple):
    """How a field's cells are read into a column of the table, or a custom property."""

    to: str
    """The column, or the property's key."""
    name: str
    """Of the field."""
    place: int
    """Of the one column of the file that feeds it; -1 where several do."""
    feed: Feed
    read: Callable[[str], Any]
    required: bool


class CustomerReader:
    """Reads rows as customers."""

    def __init__(
        self, mapping: ColumnMap, definitions: Sequence[PropertyDefinition], known: Known
    ) -> None:
        self.mapping = mapping
        self.known = known
        self.plain = [
            self._cells(
                "source" if column == "channel" else column,
                name,
                self._plain_reader(column, name),
                required=column == "full_name",
            )
            for column, name in API_NAMES.items()
            if mapping.has(name)
        ]
        self.custom = [
            self._cells(
                one.key, one.key, self._custom_reader(one), required=one.required and one.enabled
            )
            for one in definitions
            if mapping.has(one.key)
        ]
        self.members = any(map(mapping.has, ("groupIds", "tagIds")))
        self.identifies = mapping.has("channel")
        self.finds = mapping.has("id")

    def _cells(self, to: str, field: str, read: Callable[[str], Any], *, required: bool) -> Cells:
        feed = self.mapping.by_field[field]
        place = feed.columns[0] if len(feed.columns) == 1 else -1
        return Cells(to, field, place, feed, read, required)

    def prepare(self, rows: Sequence[SourceRow]) -> Prepared[CustomerRow]:
        """Check rows without the database."""
        prepared: Prepared[CustomerRow] = Prepared(len(rows))
        for row in rows:
            if row.problem is not None:
                prepared.failures.append(failed(row, "", row.problem))
                continue
            reader = RowReader(self.mapping, row)
            found = self.read(reader)
            failure = reader.failure()
            if failure is None:
                found.new_values = new_values(found)
                prepared.rows.append(found)
            else:
                prepared.failures.append(failure)
        return prepared

    def read(self, reader: RowReader) -> CustomerRow:
        """What a row says; what is wrong with it is noted in `reader`."""
        row = CustomerRow(reader.row, {}, {})
        self._fill(reader, self.plain, row.values)
        if self.custom:
            self._fill(reader, self.custom, row.properties)
        if self.members:
            self._read_members(reader, row)
        if self.finds:
            row.id = reader.take("id", read_customer_id)
        if self.identifies:
            self._read_identifier(reader, row)
        return row

    def _fill(self, reader: RowReader, of: Sequence[Cells], values: dict[str, Any]) -> None:
        """Read some of a row's fields: most of the time that a row takes is spent here."""
        cells = reader.row.cells
        for to, name, place, feed, read, required in of:
            text = cells[place] if place >= 0 else feed.value(cells)
            if not text:
                if required:
                    reader.complain(name, f"{name} is empty.")
                continue
            try:
                value = read(text)
            except Refusal as refusal:
                reader.complain(name, refusal.message)
                continue
            if value is not None:
                values[to] = value

    def _read_members(self, reader: RowReader, row: CustomerRow) -> None:
        known = self.known
        row.group_ids = (
            reader.take("groupIds", lambda text: known.members(text, known.groups, "groupIds"))
            or []
        )
        row.tag_ids = (
            reader.take("tagIds", lambda text: known.members(text, known.tags, "tagIds")) or []
        )

    def _read_identifier(self, reader: RowReader, row: CustomerRow) -> None:
        """Who the row's customer is on the channel that it names."""
        kind: ChannelKind | None = row.values.get("source")
        if kind is None or reader.reasons:
            return
        country = self.known.country
        told = reader.take(
            "identifier", lambda text: normalize_identifier(kind, text, country, "identifier")
        )
        if told is not None or reader.reasons:
            row.identifier = told
            return
        try:
            row.identifier = identifier_on(kind, row.values, country)
        except Refusal as refusal:
            reader.complain("channel", refusal.message)

    def _plain_reader(self, column: str, name: str) -> Callable[[str], Any]:
        """What reads the cells of a plain field, in the form in which it is kept."""
        country, known = self.known.country, self.known
        most = LENGTHS.get(column, 200)
        readers: dict[str, Callable[[str], Any]] = {
            "phone": lambda text: read_phone(text, country, name),
            "email": lambda text: read_email(text, name),
            "channel": remembering(lambda text: read_choice(ChannelKind, text, name)),
            "status": remembering(lambda text: read_choice(CustomerStatus, text, name)),
            "owner_id": remembering(lambda text: known.user(text, name)),
            "assignee_id": remembering(lambda text: known.user(text, name)),
            "username": lambda text: clean_line(text, name, most=most).removeprefix("@") or None,
        }
        return readers.get(column, lambda text: read_line(text, name, most))

    def _custom_reader(self, definition: PropertyDefinition) -> Callable[[str], Any]:
        """What reads the cells of a custom property, in the form in which it is kept."""
        country, known = self.known.country, self.known
        if definition.type is PropertyType.USER:
            return lambda text: global_id(User, known.user(text, definition.key))
        if definition.type in FEW_VALUES:
            return remembering(lambda text: read_property(definition, text, country))
        return lambda text: read_property(definition, text, country)


FEW_VALUES = frozenset({PropertyType.BOOLEAN, PropertyType.SINGLE_SELECT, PropertyType.DATE})
"""Types of which a file says the same again and again, and whose kept form nobody can change."""


def remembering(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader that reads what it has just read only once; what it refuses, each time."""
    return lru_cache(maxsize=1_000)(read)


def read_customer_id(text: str) -> UUID:
    """The customer whom an export of ours names."""
    found = decode_id(text)
    if found is None or found[0] is not Customer:
        raise invalid(
            f"id: “{text[:60]}” is the id of no customer. Another system's id is externalId.", "id"
        )
    return found[1]


def new_values(row: CustomerRow) -> tuple[Any, ...]:
    """What a new customer's row has; made here, in the thread, since most rows are of new ones."""
    values = row.values
    name = values["full_name"]
    searched = searchable_text(
        name,
        values.get("phone"),
        values.get("email"),
        values.get("username"),
        values.get("external_id"),
        row.identifier,
    )
    properties = JSON_DUMPS(row.properties) if row.properties else "{}"
    return fold(name)[:400], searched, properties, *map(values.get, PLAIN)


def property_fields(
    definitions: Iterable[PropertyDefinition], *, matching: bool = False
) -> tuple[str, ...]:
    """All fields that a column can feed, given the workspace's custom properties; with `matching`
    those by which an export finds its customers again, too."""
    more = MATCHING_FIELDS if matching else ()
    return (*more, *CUSTOMER_FIELDS, *(one.key for one in definitions))
