"""Mailings: what became of each campaign's message to a person."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import models
from models import CampaignInteractionStatus as Status
from services.demo import catalog
from services.demo.ids import Kind, part_id
from services.demo.journeys import Journey
from services.demo.sheets import Sheets
from services.demo.shops import CAMPAIGN_IDS, TIMEZONE, campaign_sent_at
from services.visibility import visible_until

REACHED = 0.4
STATUSES = (Status.SENT, Status.DELIVERED, Status.READ, Status.REPLIED, Status.FAILED)
STATUS_SHARES = (6, 30, 46, 10, 8)
ZONE = ZoneInfo(TIMEZONE)


def add_mailings(sheets: Sheets, journey: Journey, months: int, now: datetime) -> None:
    """Add a campaign's message for each that reached the person, by the channel it was sent on."""
    person, random = journey.person, journey.random
    for number, (_, channel, _, _) in enumerate(catalog.CAMPAIGNS):
        identity = next((one for one in person.identities if one.kind is channel), None)
        if identity is None:
            continue
        sent_at = campaign_sent_at(number, journey.reference)
        if sent_at <= journey.ago(identity.seconds) or random.random() > REACHED:
            continue
        sent_at += timedelta(seconds=random.randrange(0, 3_600))
        status = random.choices(STATUSES, STATUS_SHARES)[0]
        shown_until = visible_until(sent_at, months, ZONE)
        delivered, read, replied = draw_receipts(random, status, sent_at)
        sheets.add(
            models.CampaignInteraction,
            id=part_id(Kind.INTERACTION, person.number, number),
            external_id=f"demo-interaction-{number + 1}-{person.number}",
            campaign_id=CAMPAIGN_IDS[number],
            customer_id=person.id,
            origin_customer_id=person.id,
            identity_id=identity.id,
            status=status,
            sent_at=sent_at,
            delivered_at=delivered,
            read_at=read,
            replied_at=replied,
            failure_reason=random.choice(catalog.FAILURES) if status is Status.FAILED else None,
            visible_until=shown_until,
            expired_at=night_after(shown_until, now),
            created_at=sent_at,
            updated_at=replied or read or delivered or sent_at,
        )


def draw_receipts(
    random: Random, status: Status, sent_at: datetime
) -> tuple[datetime | None, datetime | None, datetime | None]:
    """When a message was delivered, read and replied to."""
    if status in (Status.SENT, Status.FAILED):
        return None, None, None
    delivered = sent_at + timedelta(seconds=random.randrange(1, 600))
    if status is Status.DELIVERED:
        return delivered, None, None
    read = delivered + timedelta(seconds=random.randrange(10, 36_000))
    if status is Status.READ:
        return delivered, read, None
    return delivered, read, read + timedelta(seconds=random.randrange(30, 7_200))


def night_after(shown_until: datetime, now: datetime) -> datetime | None:
    """When the nightly job has marked what is shown until then; None where it is still shown."""
    if shown_until > now:
        return None
    local = shown_until.astimezone(ZONE)
    night = local.replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return min(night.astimezone(UTC), now)
