"""Customers: each person's row, identities, memberships and properties, in the form that the
services give them."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import models
from models import Acquisition, ContactLogKind, CustomerStatus, EventType, LogSource
from services.contacts import PHONE_KINDS
from services.customers import searchable_text
from services.demo import catalog
from services.demo.ids import Kind, part_id
from services.demo.journeys import Journey
from services.demo.people import Person, draw_note
from services.demo.sheets import Sheets
from services.demo.shops import AGENTS, GROUP_IDS, HAND_TAG_IDS, definitions, user_id
from services.ids import global_id
from services.property_indexes import index_values
from services.texts import fold
from services.windows import window_of

DEFINITIONS = {one.key: one for one in definitions()}
LOG_SOURCES = {
    Acquisition.INBOUND: LogSource.INCOMING_MESSAGE,
    Acquisition.MANUAL: LogSource.MANUAL,
    Acquisition.IMPORT: LogSource.IMPORT,
    Acquisition.API: LogSource.API,
}


def add_customer(sheets: Sheets, journey: Journey, window_hours: int, now: datetime) -> None:
    """Add a person's own rows, when what they did is known."""
    person, random = journey.person, journey.random
    created_at = journey.ago(person.seconds)
    properties = draw_properties(random)
    place = person.place
    edited = draw_edit(sheets, journey, created_at)
    sheets.add(
        models.Customer,
        id=person.id,
        external_id=person.external_id,
        version=1 if edited is None else 2,
        full_name=person.name,
        name_key=fold(person.name)[:400],
        search_text=searchable_text(
            person.name,
            person.phone,
            person.email,
            person.username,
            person.external_id,
            *(identity.identifier for identity in person.identities),
        ),
        owner_id=random.choice(AGENTS) if random.random() < 0.6 else None,
        assignee_id=random.choice(AGENTS) if random.random() < 0.4 else None,
        phone=person.phone,
        email=person.email,
        username=person.username,
        source=person.source,
        status=journey.status(),
        job_title=random.choice(catalog.JOBS) if random.random() < 0.4 else None,
        province=place.province if place else None,
        regency_city=place.regency_city if place else None,
        district=place.district if place else None,
        subdistrict=place.subdistrict if place else None,
        zip_code=place.zip_code if place else None,
        properties=properties,
        acquisition=person.acquisition,
        added_by_id=user_id(1) if person.acquisition is Acquisition.MANUAL else None,
        created_at=created_at,
        updated_at=edited or created_at,
        first_contacted_at=journey.first_contacted_at,
        last_inbound_at=journey.last_inbound_at,
        window_status=window_of(journey.last_inbound_at, window_hours, now).status,
        paid_order_count=journey.paid_orders,
        lifetime_value=journey.lifetime_value,
    )
    add_identities(sheets, journey)
    add_memberships(sheets, journey, created_at)
    add_index_entries(sheets, person, properties)
    add_logs(sheets, journey, created_at)


def draw_properties(random: Random) -> dict[str, Any]:
    """Values of custom properties, as they are kept."""
    found: dict[str, Any] = {}
    if random.random() < 0.3:
        year, month = random.randrange(1950, 2008), random.randrange(1, 13)
        found["birthDate"] = f"{year}-{month:02d}-{random.randrange(1, 29):02d}"
    if random.random() < 0.35:
        found["memberLevel"] = random.choices(("Perunggu", "Perak", "Emas"), (6, 3, 1))[0]
    if random.random() < 0.3:
        options = DEFINITIONS["interests"].options
        chosen = random.sample(options, random.randrange(1, 4))
        found["interests"] = sorted(chosen, key=options.index)
    if random.random() < 0.15:
        found["householdSize"] = random.randrange(1, 9)
    if random.random() < 0.05:
        found["creditLimit"] = f"{random.randrange(1, 50) * 500_000}.00"
    if random.random() < 0.4:
        found["newsletter"] = random.random() < 0.6
    if random.random() < 0.08:
        found["note"] = draw_note(random)
    return found


def draw_edit(sheets: Sheets, journey: Journey, created_at: datetime) -> datetime | None:
    """When somebody of the shop changed the profile, if anybody did, with its history."""
    person, random = journey.person, journey.random
    status = journey.status()
    if status is None or random.random() > 0.35:
        return None
    edited_at = created_at + timedelta(seconds=random.randrange(1, person.seconds))
    before = CustomerStatus.LEAD if status is not CustomerStatus.LEAD else None
    sheets.add(
        models.ProfileChange,
        id=part_id(Kind.PROFILE_CHANGE, person.number, 0),
        customer_id=person.id,
        origin_customer_id=person.id,
        changes=[{"field": "status", "old": before, "new": status}],
        source=LogSource.USER,
        user_id=random.choice(AGENTS),
        changed_at=edited_at,
    )
    payload = {"fields": ["status"], "version": 2}
    journey.tell(EventType.CUSTOMER_UPDATED, edited_at, payload)
    return edited_at


def add_identities(sheets: Sheets, journey: Journey) -> None:
    """Add the channels that a person is known by; the first is the main one."""
    person = journey.person
    for identity in person.identities:
        email = identity.identifier if identity.kind is models.ChannelKind.EMAIL else None
        sheets.add(
            models.ChannelIdentity,
            id=identity.id,
            channel_id=identity.channel_id,
            kind=identity.kind,
            identifier=identity.identifier,
            username=identity.username,
            phone=identity.identifier if identity.kind in PHONE_KINDS else None,
            email=email,
            customer_id=person.id,
            origin_customer_id=person.id,
            connected_at=journey.ago(identity.seconds),
            last_inbound_at=journey.heard.get(identity.id),
        )
    if person.identities:
        sheets.main_identities.append((person.id, person.identities[0].id))


def add_memberships(sheets: Sheets, journey: Journey, created_at: datetime) -> None:
    """Put a person into a group, and give them tags."""
    person, random = journey.person, journey.random
    chosen = [
        (models.CustomerGroup, Kind.CUSTOMER_GROUP, "group_id", GROUP_IDS, 0.15),
        (models.CustomerTag, Kind.CUSTOMER_TAG, "tag_id", HAND_TAG_IDS, 0.25),
    ]
    for model, kind, column, ids, share in chosen:
        if random.random() < share:
            for part, id in enumerate(random.sample(ids, random.randrange(1, 3))):
                sheets.add(
                    model,
                    id=part_id(kind, person.number, part),
                    customer_id=person.id,
                    origin_customer_id=person.id,
                    added_by_id=random.choice(AGENTS),
                    created_at=created_at,
                    **{column: id},
                )


def add_index_entries(sheets: Sheets, person: Person, properties: dict[str, Any]) -> None:
    """Add what filters look custom values up in."""
    part = 0
    for key, value in properties.items():
        definition = DEFINITIONS[key]
        for entry in index_values(definition, value):
            sheets.add(
                models.PropertyIndexEntry,
                id=part_id(Kind.PROPERTY_ENTRY, person.number, part),
                property_id=definition.id,
                customer_id=person.id,
                text_value=entry.text,
                number_value=entry.number,
                time_value=entry.time,
            )
            part += 1


def add_logs(sheets: Sheets, journey: Journey, created_at: datetime) -> None:
    """Add the contact log's rows, and tell of what they log."""
    person = journey.person
    source = LOG_SOURCES[person.acquisition]
    kind = person.source
    logged = [(ContactLogKind.ADDED, created_at, kind)]
    payload = {"acquisition": person.acquisition, "source": kind}
    journey.tell(EventType.CUSTOMER_ADDED, created_at, payload)
    for identity in person.identities[1:]:
        at = journey.ago(identity.seconds)
        logged.append((ContactLogKind.CONNECTED, at, identity.kind))
        connected = global_id(models.ChannelIdentity, identity.id)
        told = {"identityId": connected, "channel": identity.kind.value}
        journey.tell(EventType.IDENTITY_CONNECTED, at, told)
    for part, (what, at, channel) in enumerate(logged):
        sheets.add(
            models.ContactLog,
            id=part_id(Kind.CONTACT_LOG, person.number, part),
            kind=what,
            created_at=at,
            contact_id=person.id,
            contact_name=person.name,
            source=source if what is ContactLogKind.ADDED else LogSource.INCOMING_MESSAGE,
            user_id=user_id(1) if source is LogSource.MANUAL else None,
            channel=channel,
        )
