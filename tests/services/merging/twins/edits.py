"""Edits: what people and files change about customers, by a member's id or the main customer's."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from models import ChannelKind, CustomerStatus, OnDuplicate
from services.bulk.memberships import change_membership
from services.customer_deletions import delete_customer, restore_customer
from services.customer_fields import API_NAMES, CustomerChanges
from services.customer_updates import update_customer
from services.customers import hold_customer
from services.given import UNSET
from services.importing.customers import CustomerOptions, load_customer_importer
from services.importing.tables import SourceRow
from services.memberships import GROUPS, TAGS, Membership, replace_memberships
from services.properties import PropertyEntry
from services.transactions import Transaction
from tests.services.merging.twins.bases import NAMES
from tests.services.merging.twins.worlds import Twins, touched

SETS = {"group_ids": GROUPS, "tag_ids": TAGS}
CUSTOMER_COLUMNS = (
    "externalId",
    "fullName",
    "phone",
    "jobTitle",
    "score",
    "groupIds",
    "channel",
    "username",
)


def some_changes(twins: Twins, dice: random.Random) -> CustomerChanges:
    """A few fields with new values, values that others have, or none."""
    number, base = twins.number, twins.base
    other = twins.merging.rows[twins.someone(dice.randrange(99))]
    made: dict[str, list[Any]] = {
        "full_name": [f"Nama {number}", *NAMES],
        "phone": [f"+62816{number:08}", other["phone"], None],
        "email": [f"edit{number}@example.com", other["email"], None],
        "username": [f"edit{number}", other["username"], None],
        "status": [*CustomerStatus, None],
        "owner_id": [*(one.id for one in base.users), None],
        "job_title": [f"Guru {number}", "Pedagang", None],
        "province": ["Bali", "Jawa Barat", None],
        "zip_code": [f"{number}", None],
        "properties": [
            [PropertyEntry("size", dice.choice(["S", "M", None]))],
            [PropertyEntry("score", dice.choice([number, None]))],
            [PropertyEntry("likes", dice.choice([["teh"], ["kopi", "susu"], None]))],
            None,
        ],
        "group_ids": [[one.id for one in base.groups if dice.random() < 0.5], None],
        "tag_ids": [[one.id for one in base.tags if dice.random() < 0.5]],
    }
    fields = dice.sample(sorted(made), dice.randrange(1, 4))
    given = {name: dice.choice(made[name]) for name in fields}
    if dice.random() < 0.15:
        given |= {"channel": ChannelKind.INSTAGRAM, "username": f"connected{number}"}
    return CustomerChanges(**given, allow_duplicate=True)


async def edit(twins: Twins, who: int, dice: random.Random) -> None:
    """An updateCustomer by anyone's id: in the twin, of the main customer."""
    name = twins.someone(who)
    main, changes = twins.main[name], some_changes(twins, dice)
    given = {k: v for k, v in vars(changes).items() if v is not UNSET}
    twins.done.append(f"edit {name}, who is {main}: {given}")
    before = twins.merging.rows[main]
    sets = {field: shown_set(twins, main, field) for field in SETS}
    ours = await twins.merging.perform(twins.now, update_customer, twins.merging.id(name), changes)
    await twins.merging.look(twins.tables)
    after = twins.merging.rows[main]
    kept = only_changed(changes, before, after)
    id = twins.twin.id(main)
    theirs = await twins.twin.perform(twins.now, update_customer, id, kept)
    assert ours == theirs, f"edit: {ours} where merged, {theirs} in the twin"
    if ours is not None:
        return
    for field, shown in sets.items():
        if getattr(changes, field) is not UNSET:
            await set_alike(twins, main, SETS[field], shown, set(getattr(changes, field) or ()))
    if after["updated_at"] != before["updated_at"]:
        await twins.in_twin(touched, id)


def only_changed(
    changes: CustomerChanges, before: dict[str, Any], after: dict[str, Any]
) -> CustomerChanges:
    """Of an edit the plain fields and properties that it changed where merged."""
    dropped: dict[str, Any] = {"group_ids": UNSET, "tag_ids": UNSET}
    for name in API_NAMES:
        if before[column_of(name)] == after[column_of(name)] and name != "channel":
            dropped[name] = UNSET
    old, new = before["properties"], after["properties"]
    keys = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    entries = [PropertyEntry(key, new.get(key)) for key in keys]
    dropped["properties"] = entries if entries else UNSET
    return replace(changes, **dropped)


def shown_set(twins: Twins, main: str, field: str) -> set[UUID]:
    """The groups (or tags) that a main customer is shown in."""
    membership = SETS[field]
    names = twins.merging.names
    return {
        UUID(row[membership.column])
        for row in twins.merging.found[membership.table]
        if names.of[row["customer_id"]] == main
    }


async def set_alike(
    twins: Twins, main: str, membership: Membership, shown: set[UUID], wanted: set[UUID]
) -> None:
    """Have each in the twin be in what is left of theirs, and the main customer in what is new."""
    names = twins.twin.names
    for name in twins.part_of(main):
        own = {
            UUID(row[membership.column])
            for row in twins.twin.found[membership.table]
            if names.of[row["customer_id"]] == name
        }
        left = own & wanted | (wanted - shown if name == main else set())
        await twins.in_twin(replace_set, twins.twin.id(name), membership, sorted(left))


async def replace_set(
    tx: Transaction, id: UUID, membership: Membership, wanted: Sequence[UUID]
) -> None:
    """Have a customer be in exactly these."""
    await replace_memberships(tx, await hold_customer(tx, id), membership, wanted)


async def join_or_leave(tx: Transaction, id: UUID, membership: Membership, of: UUID) -> int:
    """Have the customer that an id stands for be in what they are not in, or leave it."""
    customer = await hold_customer(tx, id)
    sql = f"SELECT 1 FROM {membership.table} WHERE workspace_id = $1 AND customer_id = $2"
    there = await tx.fetch(f"{sql} AND {membership.column} = $3", tx.workspace_id, customer.id, of)
    return await change_membership(tx, membership, of, [customer.id], member=not there)


async def bulk_membership(twins: Twins, who: int, dice: random.Random) -> None:
    """An addToGroup or untagCustomers and the like, of whoever is named: an edit of that set."""
    name = twins.someone(who)
    field = dice.choice(list(SETS))
    of = dice.choice([*twins.base.groups] if field == "group_ids" else [*twins.base.tags]).id
    main, shown = twins.main[name], shown_set(twins, twins.main[name], field)
    twins.done.append(f"{name}, who is {main}, {'leaves' if of in shown else 'joins'} {field}")
    id = twins.merging.id(name)
    code = await twins.merging.perform(twins.now, join_or_leave, id, SETS[field], of)
    if code is None:
        await set_alike(twins, main, SETS[field], shown, shown ^ {of})
        await twins.in_twin(touched, twins.twin.id(main))


async def import_customers(
    tx: Transaction, rows: Sequence[Sequence[str]], on_duplicate: OnDuplicate | None = None
) -> None:
    """Customers from a file's rows, each of which is sound as a row."""
    options = CustomerOptions(allow_duplicate=True, on_duplicate=on_duplicate)
    importer = await load_customer_importer(tx, CUSTOMER_COLUMNS, (), options)
    prepared = importer.prepare([SourceRow(n, list(row)) for n, row in enumerate(rows, start=2)])
    assert not prepared.failures, prepared.failures
    await importer.write(tx, prepared.rows)


async def customers_file(twins: Twins, who: int, dice: random.Random) -> None:
    """A file's row of somebody new, or of somebody who is there by anything that tells people
    apart: in the twin of the main customer, as far as it changes something where merged."""
    number, name = twins.number, twins.someone(who)
    policy = dice.choice([None, *OnDuplicate])
    known = "" if name.startswith("customer of") else name
    external_id = dice.choice([known, known, f"imported-{number}", ""])
    phone = dice.choice(["", f"+62817{number:08}", twins.twin.rows[name]["phone"] or ""])
    groups = sorted(str(one.id) for one in twins.base.groups if dice.random() < 0.4)
    username = f"impor{number}" if policy is None and dice.random() < 0.2 else ""
    row = [
        external_id,
        f"Impor {number}",
        phone,
        dice.choice(["", "Guru"]),
        dice.choice(["", str(1000 + number)]),
        "; ".join(groups),
        "INSTAGRAM" if username else "",
        username,
    ]
    twins.done.append(f"import {row}, {policy}")
    before, shown = (
        twins.merging.rows,
        {name: shown_set(twins, name, "group_ids") for name in twins.everyone},
    )
    code = await twins.merging.perform(twins.now, import_customers, [row], policy)
    assert code is None, code
    await twins.merging.look(twins.tables)
    if twins.merging.rows.keys() - before.keys():
        await twins.in_twin(import_customers, [row], policy)
        return
    for name, after in twins.merging.rows.items():
        if after["updated_at"] == before[name]["updated_at"]:
            continue
        changes = only_changed(CustomerChanges(allow_duplicate=True), before[name], after)
        values = {given: after[column_of(given)] for given in API_NAMES}
        told = {
            given: read_value(given, value)
            for given, value in values.items()
            if before[name][column_of(given)] != value or (username and given == "channel")
        }
        told |= {"username": username} if username else {}
        await twins.in_twin(update_customer, twins.twin.id(name), replace(changes, **told))
        await set_alike(twins, name, GROUPS, shown[name], shown_set(twins, name, "group_ids"))
        await twins.in_twin(touched, twins.twin.id(name))


def column_of(given: str) -> str:
    """The column of a field of `CustomerChanges`."""
    return "source" if given == "channel" else given


def read_value(given: str, value: Any) -> Any:
    """A column's value, as a snapshot has it, as `CustomerChanges` takes it."""
    kinds: dict[str, Any] = {
        "owner_id": UUID,
        "assignee_id": UUID,
        "status": CustomerStatus,
        "channel": ChannelKind,
    }
    return kinds[given](value) if value is not None and given in kinds else value


async def delete(twins: Twins, who: int, dice: random.Random) -> None:
    """A deletion: in the twin of everyone who is part of the main customer (`delete_alike`)."""
    name = twins.someone(who)
    twins.done.append(f"delete {name}")
    await twins.merging.perform(twins.now, delete_customer, twins.merging.id(name))


async def restore(twins: Twins, who: int, dice: random.Random) -> None:
    """A restoration, likewise."""
    deleted = [name for name in twins.everyone if twins.merging.rows[name]["deleted_at"]]
    if deleted:
        name = deleted[who % len(deleted)]
        twins.done.append(f"restore {name}")
        await twins.merging.perform(twins.now, restore_customer, twins.merging.id(name))
