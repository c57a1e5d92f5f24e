"""Merged values: what merges have put on main customers, and how it comes off again.

Of each field of a main customer the standing values are a stack (`models.MergeValue`): a merge lays
a member's value on top, an edit of the field takes the whole stack away (the edited value stays for
ever), and the unmerging of a member takes out what was theirs, wherever it lies. So each customer
is, at any time, what they would be with only those members who are merged into them now.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.fields.data import JSON_DUMPS, JSON_LOADS

from models import ChannelIdentity, ChannelKind, Customer, CustomerStatus
from models.base import new_id
from services.transactions import Transaction

FIELDS = {
    "fullName": "full_name",
    "owner": "owner_id",
    "assignee": "assignee_id",
    "source": "source",
    "username": "username",
    "phone": "phone",
    "email": "email",
    "status": "status",
    "jobTitle": "job_title",
    "province": "province",
    "regencyCity": "regency_city",
    "district": "district",
    "subdistrict": "subdistrict",
    "zipCode": "zip_code",
}
"""The fields that a merge decides of, in the order of the customer's page, with their columns."""
PROPERTY = "properties."
MAIN_IDENTITY = "mainIdentity"
UPDATED_AT = "updatedAt"
CONTACTS = frozenset({"phone", "email"})
COLUMNS = {**FIELDS, MAIN_IDENTITY: "main_identity_id", UPDATED_AT: "updated_at"}
FIELD_OF_COLUMN = {column: name for name, column in COLUMNS.items()}

STANDING = """
    SELECT * FROM merge_values WHERE workspace_id = $1 AND main_id = ANY($2::uuid[])
    ORDER BY main_id, field, position"""
NAME = "SELECT full_name FROM customers WHERE workspace_id = $1 AND id = $2"
MERGE_OF = """
    SELECT merge_id FROM merge_members
    WHERE workspace_id = $1 AND customer_id = $2
        AND unmerged_at IS NULL AND carried_on_at IS NULL"""
CONNECT_MEMBER = """
    UPDATE customers SET main_identity_id = $3, username = coalesce(username, $4)
    WHERE workspace_id = $1 AND id = $2 AND main_identity_id IS NULL"""
TAKE_AWAY = "DELETE FROM merge_values WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
SET_BEFORE = """
    UPDATE merge_values SET value_before = b.value::jsonb, contact_before = b.contact
    FROM unnest($2::uuid[], $3::text[], $4::text[]) AS b(id, value, contact)
    WHERE merge_values.workspace_id = $1 AND merge_values.id = b.id"""
LAY = """
    INSERT INTO merge_values
        (workspace_id, id, merge_id, main_id, customer_id, field, position, value_before, value,
         contact_before)
    SELECT $1, v.id, v.merge_id, v.main_id, v.customer_id, v.field, v.position,
        v.value_before::jsonb, v.value::jsonb, v.contact_before
    FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::text[],
        $9::text[], $10::text[])
        AS v(id, merge_id, main_id, customer_id, field, position, value_before, value,
            contact_before)
    ON CONFLICT (workspace_id, id) DO NOTHING"""
EDITED = """
    DELETE FROM merge_values
    USING unnest($2::uuid[], $3::text[]) AS e(main_id, field)
    WHERE merge_values.workspace_id = $1 AND merge_values.main_id = e.main_id
        AND merge_values.field = e.field"""


def value_of(customer: Customer, name: str) -> Any:
    """A field's value as it is kept in JSON; None where there is none."""
    if name.startswith(PROPERTY):
        return customer.properties.get(name.removeprefix(PROPERTY))
    value = getattr(customer, COLUMNS[name])
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None else str(value)


def put_value(customer: Customer, name: str, value: Any) -> str:
    """Give a field of a customer's row a value from JSON; the name of the column that it is in."""
    if name.startswith(PROPERTY):
        key = name.removeprefix(PROPERTY)
        left = {k: v for k, v in customer.properties.items() if k != key}
        customer.properties = left if value is None else {**left, key: value}
        return "properties"
    column = COLUMNS[name]
    setattr(customer, column, None if value is None else _read(column, value))
    return column


def _read(column: str, value: str) -> Any:
    if column.endswith("_id"):
        return UUID(value)
    if column == "updated_at":
        return datetime.fromisoformat(value)
    kinds = {"source": ChannelKind, "status": CustomerStatus}
    return kinds[column](value) if column in kinds else value


@dataclass(slots=True, kw_only=True)
class Layer:
    """One standing value: a row of `models.MergeValue`, its values as JSON has them."""

    id: UUID
    merge_id: UUID
    main_id: UUID
    customer_id: UUID
    """Whose value it is."""
    field: str
    position: int
    value_before: Any
    value: Any

    @property
    def contact_before(self) -> str | None:
        """By what the customer of `value_before` is looked for, if it is a phone or an e-mail."""
        contact = self.field in CONTACTS and self.value_before
        return contact.lower() if contact else None


@dataclass
class Stacks:
    """The standing values of one main customer, by field, the lowest first.

    What is done to them is done to the customer's row too; `write_stacks` writes the stacks.
    """

    customer: Customer
    fields: dict[str, list[Layer]] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    """The columns of the customer's row that have changed."""
    changed: set[str] = field(default_factory=set)
    """The fields whose values have changed."""
    laid: list[Layer] = field(default_factory=list)
    taken: list[UUID] = field(default_factory=list)
    moved: dict[UUID, Layer] = field(default_factory=dict)

    def giver(self, name: str) -> UUID:
        """Whose value a field has now: the customer's own where no merge has given it."""
        stack = self.fields.get(name)
        return stack[-1].customer_id if stack else self.customer.id

    def own(self, name: str) -> Any:
        """The value that a field would have without any member."""
        stack = self.fields.get(name)
        return stack[0].value_before if stack else value_of(self.customer, name)

    def lay(self, merge_id: UUID, giver_id: UUID, name: str, value: Any) -> None:
        """Put a member's value on a field."""
        stack = self.fields.setdefault(name, [])
        one = Layer(
            id=new_id(),
            merge_id=merge_id,
            main_id=self.customer.id,
            customer_id=giver_id,
            field=name,
            position=stack[-1].position + 1 if stack else 1,
            value_before=value_of(self.customer, name),
            value=value,
        )
        stack.append(one)
        self.laid.append(one)
        self._put(name, value)

    def take_out(self, giver_id: UUID) -> None:
        """Take out all that one member has given: what lay under it comes up again."""
        for name, stack in self.fields.items():
            left: list[Layer] = []
            hidden: Layer | None = None
            for one in stack:
                if one.customer_id == giver_id:
                    self.taken.append(one.id)
                    hidden = hidden or one
                    continue
                if hidden is not None:
                    one.value_before = hidden.value_before
                    self.moved[one.id] = one
                    hidden = None
                left.append(one)
            if hidden is not None:
                self._put(name, hidden.value_before)
            self.fields[name] = left

    def clear(self) -> dict[str, list[Layer]]:
        """Take out all that any member has given; the stacks as they were."""
        before = {name: stack for name, stack in self.fields.items() if stack}
        for name, stack in before.items():
            self.taken += [one.id for one in stack]
            self._put(name, stack[0].value_before)
        self.fields = {}
        return before

    def edit(self, name: str, value: Any) -> None:
        """Change a field for ever, whoever is unmerged later."""
        self.taken += [one.id for one in self.fields.pop(name, ())]
        self._put(name, value)

    def set_own(self, name: str, value: Any) -> None:
        """Change what a field would have without any member; what lies on it stays there."""
        stack = self.fields.get(name)
        if not stack:
            self._put(name, value)
            return
        stack[0].value_before = value
        self.moved[stack[0].id] = stack[0]

    def _put(self, name: str, value: Any) -> None:
        if value_of(self.customer, name) != value:
            self.changed.add(name)
        self.columns.add(put_value(self.customer, name, value))


async def read_stacks(tx: Transaction, customers: Iterable[Customer]) -> dict[UUID, Stacks]:
    """The stacks of main customers whom the transaction holds, by their ids."""
    found = {customer.id: Stacks(customer) for customer in customers}
    if not any(one.customer.member_count for one in found.values()):
        return found
    for row in await tx.fetch(STANDING, tx.workspace_id, list(found)):
        del row["workspace_id"]
        del row["contact_before"]
        before, value = (_loaded(row.pop(name)) for name in ("value_before", "value"))
        layer = Layer(**row, value_before=before, value=value)
        found[layer.main_id].fields.setdefault(layer.field, []).append(layer)
    return found


async def own_name(tx: Transaction, customer: Customer, origin_id: UUID) -> str:
    """What one of those who are merged in a customer, the main one or a member, is called without
    the others."""
    if not customer.member_count:
        return customer.full_name
    if origin_id == customer.id:
        stacks = await read_stacks(tx, [customer])
        return str(stacks[customer.id].own("fullName"))
    [row] = await tx.fetch(NAME, tx.workspace_id, origin_id)
    return str(row["full_name"])


async def connect_merged(
    tx: Transaction, customer: Customer, identity: ChannelIdentity
) -> list[str]:
    """Give a new identity to a customer with members as it would be given without them.

    Whoever it came in with gets it as their main identity where they have none, and its username.
    The main customer has it of them until they are unmerged. Returns the columns of the customer's
    row that have changed, for the caller to write.
    """
    stacks = (await read_stacks(tx, [customer]))[customer.id]
    names = {MAIN_IDENTITY: str(identity.id), "username": identity.username}
    if identity.origin_customer_id == customer.id:
        if stacks.own(MAIN_IDENTITY) is None:
            for name, value in names.items():
                if stacks.own(name) is None:
                    stacks.set_own(name, value)
    else:
        place = (tx.workspace_id, identity.origin_customer_id)
        await tx.execute(CONNECT_MEMBER, *place, identity.id, identity.username)
        [row] = await tx.fetch(MERGE_OF, *place)
        if customer.main_identity_id is None:
            for name, value in names.items():
                if value is not None and value_of(customer, name) is None:
                    stacks.lay(row["merge_id"], identity.origin_customer_id, name, value)
    await write_stacks(tx, [stacks])
    return sorted(stacks.columns)


async def write_stacks(tx: Transaction, stacks: Iterable[Stacks]) -> None:
    """Write what was laid, taken out and moved; the customers' rows are the caller's to write."""
    taken: list[UUID] = []
    moved: dict[UUID, Layer] = {}
    laid: list[Layer] = []
    for one in stacks:
        taken += one.taken
        moved |= one.moved
        laid += one.laid
    gone = set(taken)
    if taken:
        await tx.execute(TAKE_AWAY, tx.workspace_id, taken)
    left = [one for id, one in moved.items() if id not in gone]
    if left:
        before = [_dumped(one.value_before) for one in left]
        contacts = [one.contact_before for one in left]
        await tx.execute(SET_BEFORE, tx.workspace_id, [one.id for one in left], before, contacts)
    standing = [one for one in laid if one.id not in gone]
    if standing:
        rows = [
            (
                one.id,
                one.merge_id,
                one.main_id,
                one.customer_id,
                one.field,
                one.position,
                _dumped(one.value_before),
                _dumped(one.value),
                one.contact_before,
            )
            for one in standing
        ]
        await tx.execute(
            LAY, tx.workspace_id, *(list(column) for column in zip(*rows, strict=True))
        )


def edited_fields(columns: Iterable[str], fields: Iterable[str]) -> list[str]:
    """What `keep_edited` asks for of an edit: the columns that it writes, and of the fields that
    its history names the custom properties."""
    return [*columns, *(name for name in fields if name.startswith(PROPERTY))]


async def keep_edited(tx: Transaction, edited: Mapping[UUID, Collection[str]]) -> None:
    """Have edited values stay for ever, whoever is unmerged later.

    `edited` names for each main customer the columns that an edit has written (of custom properties
    the fields, `properties.<key>`); whoever has no members may be left out. The last update is then
    the edit's.
    """
    pairs = [
        (id, FIELD_OF_COLUMN.get(name, name))
        for id, names in edited.items()
        for name in (*names, UPDATED_AT)
    ]
    if pairs:
        ids, names = (list(column) for column in zip(*pairs, strict=True))
        await tx.execute(EDITED, tx.workspace_id, ids, names)


def _dumped(value: Any) -> str | None:
    return None if value is None else JSON_DUMPS(value)


def _loaded(value: str | None) -> Any:
    return None if value is None else JSON_LOADS(value)
