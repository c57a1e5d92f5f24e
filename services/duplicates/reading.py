"""Reading customers as they are compared."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from tortoise.fields.data import JSON_LOADS

from models import ChannelKind, PropertyDefinition
from services.contacts import PHONE_KINDS
from services.duplicates.fields import Field, Kind, fields_of
from services.duplicates.profiles import Profile, profile_of
from services.duplicates.rarity import SAMPLE
from services.transactions import Transaction

DEFINITIONS = """
    SELECT * FROM property_definitions
    WHERE workspace_id = $1 AND NOT built_in AND archived_at IS NULL ORDER BY key"""
# A main customer's phones and addresses are those of their members too.
PROFILES = """
    SELECT c.id, c.full_name, c.phone, c.email, c.username, c.province, c.regency_city, c.district,
        c.subdistrict, c.zip_code, c.properties,
        ARRAY(SELECT i.kind || ' ' || i.identifier || coalesce(E'\\n' || i.username, '')
            FROM channel_identities i
            WHERE i.workspace_id = $1 AND i.customer_id = c.id
            ORDER BY i.connected_at, i.id LIMIT 20) AS reached,
        CASE WHEN c.member_count > 0 THEN
            ARRAY(SELECT concat_ws(E'\\n', coalesce(m.phone, ''), coalesce(m.email, ''))
                FROM customers m
                WHERE m.workspace_id = $1 AND m.merged_into_id = c.id ORDER BY m.id)
        END AS members
    FROM customers c
    WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[])
        AND c.deleted_at IS NULL AND c.merged_into_id IS NULL"""
COUNT = """
    SELECT count(*) FROM customers
    WHERE workspace_id = $1 AND deleted_at IS NULL AND merged_into_id IS NULL"""
SAMPLED = """
    SELECT id FROM customers
    WHERE workspace_id = $1 AND deleted_at IS NULL AND merged_into_id IS NULL
        AND abs(uuid_hash(id)::bigint) % $2::bigint = 0"""


async def compared_fields(tx: Transaction) -> tuple[Field, ...]:
    """The fields that the workspace's customers are compared by."""
    rows = await tx.fetch(DEFINITIONS, tx.workspace_id)
    return fields_of(PropertyDefinition._init_from_db(**row) for row in rows)


async def count_customers(tx: Transaction) -> int:
    """How many customers there are in lists: neither deleted nor merged away."""
    return int((await tx.fetch(COUNT, tx.workspace_id))[0]["count"])


async def sampled_ids(tx: Transaction, customers: int) -> list[UUID]:
    """The ids of about SAMPLE customers, or of all; the same each time."""
    rows = await tx.fetch(SAMPLED, tx.workspace_id, max(1, round(customers / SAMPLE)))
    return [row["id"] for row in rows]


async def read_profiles(
    tx: Transaction, fields: Sequence[Field], ids: Sequence[UUID]
) -> dict[UUID, Profile]:
    """The profiles of those of these customers who are neither deleted nor merged away."""
    rows = await tx.fetch(PROFILES, tx.workspace_id, list(ids))
    found = {}
    for row in rows:
        properties = row["properties"]
        row["properties"] = JSON_LOADS(properties) if isinstance(properties, str) else properties
        contacts = [*_of_identities(row["reached"]), *_of_members(row["members"] or ())]
        found[row["id"]] = profile_of(fields, row, contacts)
    return found


def _of_identities(reached: Iterable[str]) -> Iterable[tuple[Kind, str]]:
    for one in reached:
        channel, _, rest = one.partition(" ")
        identifier, _, username = rest.partition("\n")
        kind = ChannelKind(channel)
        if kind in PHONE_KINDS:
            yield Kind.PHONE, identifier
        elif kind is ChannelKind.EMAIL:
            yield Kind.EMAIL, identifier
        else:
            yield Kind.HANDLE, identifier
        if username:
            yield Kind.HANDLE, username


def _of_members(members: Iterable[str]) -> Iterable[tuple[Kind, str]]:
    for one in members:
        phone, _, email = one.partition("\n")
        if phone:
            yield Kind.PHONE, phone
        if email:
            yield Kind.EMAIL, email
