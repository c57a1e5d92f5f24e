"""Campaigns, as connected systems report them."""

from dataclasses import dataclass, replace
from datetime import datetime

from models import Campaign, CampaignStatus, ChannelKind
from models.base import new_id
from services.given import UNSET, Given, given_or
from services.instants import given_instant
from services.rows import insert_row, update_row
from services.texts import clean_line, clean_text, search_text
from services.transactions import RetryTransaction, Transaction

BY_EXTERNAL_ID = """
    SELECT * FROM campaigns WHERE workspace_id = $1 AND external_id = $2 FOR NO KEY UPDATE"""


@dataclass(frozen=True, kw_only=True)
class CampaignReport:
    """A campaign as a connected system has it. What is left out stays as it is."""

    external_id: str
    name: str
    channel: Given[ChannelKind] = UNSET
    template: Given[str | None] = UNSET
    status: Given[CampaignStatus] = UNSET
    scheduled_at: Given[datetime | None] = UNSET
    sent_at: Given[datetime | None] = UNSET


async def upsert_campaign(tx: Transaction, report: CampaignReport) -> Campaign:
    """Write a campaign by its external id.

    A new one is on WhatsApp unless told; without a status it is SENT where it has a `sent_at`,
    SCHEDULED where it has a `scheduled_at`, else a DRAFT. Raises a Refusal (INVALID) for texts and
    times that are none, and RetryTransaction where another transaction is writing the same one.
    """
    report = _checked(report)
    rows = await tx.fetch(BY_EXTERNAL_ID, tx.workspace_id, report.external_id)
    if rows:
        campaign = Campaign._init_from_db(**rows[0])
    else:
        campaign = Campaign(
            id=new_id(),
            workspace_id=tx.workspace_id,
            external_id=report.external_id,
            channel=ChannelKind.WHATSAPP,
            status=_first_status(report),
            created_by_id=tx.actor.user_id if tx.actor else None,
            created_at=tx.now,
        )
    changed = _fill(campaign, report)
    campaign.updated_at = tx.now
    if rows:
        await update_row(tx, campaign, [*changed, "updated_at"])
    elif not await insert_row(tx, campaign):
        raise RetryTransaction
    return campaign


def _checked(report: CampaignReport) -> CampaignReport:
    """The report in normal form; else a Refusal (INVALID)."""
    return replace(
        report,
        external_id=clean_line(report.external_id, "externalId", most=255),
        name=clean_line(report.name, "name"),
        template=clean_text(report.template, "template") if report.template is not UNSET else UNSET,
        scheduled_at=given_instant(report.scheduled_at, "scheduledAt"),
        sent_at=given_instant(report.sent_at, "sentAt"),
    )


def _first_status(report: CampaignReport) -> CampaignStatus:
    if given_or(report.sent_at, None):
        return CampaignStatus.SENT
    if given_or(report.scheduled_at, None):
        return CampaignStatus.SCHEDULED
    return CampaignStatus.DRAFT


def _fill(campaign: Campaign, report: CampaignReport) -> list[str]:
    """Give the campaign what was reported; the names of those fields."""
    campaign.name = report.name
    campaign.search_text = search_text(report.name)
    changed = ["name", "search_text"]
    for name in ("channel", "template", "status", "scheduled_at", "sent_at"):
        value = getattr(report, name)
        if value is not UNSET:
            setattr(campaign, name, value)
            changed.append(name)
    return changed
