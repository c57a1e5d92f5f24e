"""Creating a broadcast: the audience is frozen when it is asked for, and queued right after."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from models import Campaign, CampaignStatus, ChannelKind
from models.base import new_id
from services.audiences import Audience, FrozenAudience, freeze_audience
from services.errors import invalid
from services.idempotency import claim_key
from services.instants import checked_instant, written
from services.lookups import find_row
from services.texts import clean_line, clean_text, search_text
from services.transactions import Transaction

OPERATION = "createBroadcast"
INSERT_BATCHES = """
    INSERT INTO broadcast_batches (workspace_id, id, campaign_id, position, identity_ids)
    SELECT $1, b.id, $2, b.position, b.identity_ids::uuid[]
    FROM unnest($3::uuid[], $4::int[], $5::text[]) AS b(id, position, identity_ids)
    ON CONFLICT (workspace_id, campaign_id, position) DO NOTHING"""


@dataclass(frozen=True, kw_only=True)
class NewBroadcast:
    """A broadcast to be."""

    name: str
    template: str
    audience: Audience
    scheduled_at: datetime | None = None
    """When it is to be sent; None: now."""
    idempotency_key: str | None = None


async def create_broadcast(tx: Transaction, new: NewBroadcast) -> Campaign:
    """Make a campaign of an audience as it is at the transaction's present, each person once.

    Its recipients are frozen here, as the identities that they are reached by; their messages are
    QUEUED by `services.broadcasts.queueing`, in batches. It is SENDING from now on, or SCHEDULED
    where it has a time. Its channel is the one asked for, else the one by which most are reached.
    With the idempotency key of an earlier broadcast it makes nothing and returns that one.

    Raises a Refusal: INVALID for a name, template or time that will not do, a time that has passed
    and an audience that is empty or reaches nobody; NOT_FOUND in the audience; CONFLICT where the
    key was used for another broadcast. Raises RetryTransaction where a call of the same key failed.
    """
    new = _checked(new)
    id = new_id()
    if new.idempotency_key is not None:
        asked = replace(new, idempotency_key=None)
        first = await claim_key(tx, OPERATION, new.idempotency_key, asked, id)
        if first is not None:
            return await find_row(tx, Campaign, first, "campaign", "idempotencyKey")
    if new.scheduled_at is not None and new.scheduled_at < tx.now:
        raise invalid(
            f"scheduledAt is in the past: {written(new.scheduled_at)}. Leave it out to send now.",
            "scheduledAt",
        )
    frozen = await freeze_audience(tx, new.audience, "audience")
    if not frozen.recipients:
        raise invalid(_why_nobody(frozen), "audience")
    campaign = _campaign(tx, id, new, frozen)
    await campaign.save(using_db=tx.connection, force_create=True)
    await _keep_batches(tx, campaign, frozen)
    return campaign


def _checked(new: NewBroadcast) -> NewBroadcast:
    """The broadcast in normal form; else a Refusal (INVALID)."""
    at = new.scheduled_at
    return replace(
        new,
        name=clean_line(new.name, "name"),
        template=_checked_template(new.template),
        scheduled_at=None if at is None else checked_instant(at, "scheduledAt"),
    )


def _checked_template(value: str) -> str:
    template = clean_text(value, "template")
    if template is None:
        raise invalid("template is empty: give the text, or the template's name.", "template")
    return template


def _why_nobody(frozen: FrozenAudience) -> str:
    if frozen.unreachable:
        return (
            f"The audience reaches nobody: its {frozen.unreachable:,} customers have no identity "
            "on the channel."
        )
    return "The audience reaches nobody: no customer is in it."


def _campaign(tx: Transaction, id: UUID, new: NewBroadcast, frozen: FrozenAudience) -> Campaign:
    scheduled = new.scheduled_at is not None
    return Campaign(
        id=id,
        workspace_id=tx.workspace_id,
        name=new.name,
        channel=_channel(new.audience, frozen),
        template=new.template,
        status=CampaignStatus.SCHEDULED if scheduled else CampaignStatus.SENDING,
        audience=_told(frozen),
        scheduled_at=new.scheduled_at,
        search_text=search_text(new.name),
        created_by_id=tx.actor.user_id if tx.actor else None,
        created_at=tx.now,
        updated_at=tx.now,
        waiting_count=frozen.recipients,
        left_out_count=0,
    )


def _channel(audience: Audience, frozen: FrozenAudience) -> ChannelKind:
    if audience.channel is not None:
        return audience.channel
    return min(frozen.kinds, key=lambda kind: (-frozen.kinds[kind], kind.value))


def _told(frozen: FrozenAudience) -> dict[str, Any]:
    """How the audience came to its recipients, as it is kept with the campaign."""
    return {
        "matched": frozen.matched,
        "recipients": frozen.recipients,
        "duplicatesAvoided": frozen.duplicates_avoided,
        "unreachable": frozen.unreachable,
    }


async def _keep_batches(tx: Transaction, campaign: Campaign, frozen: FrozenAudience) -> None:
    await tx.execute(
        INSERT_BATCHES,
        tx.workspace_id,
        campaign.id,
        [new_id() for _ in frozen.batches],
        list(range(len(frozen.batches))),
        ["{" + ",".join(map(str, batch)) + "}" for batch in frozen.batches],
    )
