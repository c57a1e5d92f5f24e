"""The shop itself: its users, channels, pipelines, groups, tags, properties and campaigns."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import models
from models import CampaignStatus, ChannelKind, PipelineKind, Role
from services.demo import catalog
from services.demo.ids import Kind, demo_id
from services.demo.sheets import Sheets
from services.texts import search_text

WORKSPACE_ID = demo_id(Kind.WORKSPACE, 1)
NAME = "Toko Nusantara"
TIMEZONE = "Asia/Jakarta"
COUNTRY = "ID"
CURRENCY = "IDR"


def user_id(number: int) -> UUID:
    """The id of a user, by their place in the list."""
    return demo_id(Kind.USER, number)


AGENTS = tuple(
    user_id(number) for number, (_, role) in enumerate(catalog.USERS) if role == Role.AGENT
)
CHANNEL_IDS = {
    kind: demo_id(Kind.CHANNEL, number) for number, (kind, _, _) in enumerate(catalog.CHANNELS)
}
SECOND_WHATSAPP_ID = demo_id(Kind.CHANNEL, len(catalog.CHANNELS))
GROUP_IDS = tuple(demo_id(Kind.GROUP, number) for number in range(len(catalog.GROUPS)))
HAND_TAG_IDS = tuple(
    demo_id(Kind.TAG, number) for number, (_, low, _) in enumerate(catalog.TAGS) if low is None
)
CAMPAIGN_IDS = tuple(demo_id(Kind.CAMPAIGN, number) for number in range(len(catalog.CAMPAIGNS)))


class Pipelines:
    """The pipelines' ids and those of their stages, by kind and by name."""

    def __init__(self) -> None:
        self.of_kind: dict[PipelineKind, list[UUID]] = {}
        self.stages: dict[UUID, dict[str, UUID]] = {}
        for number, (kind, _, stages) in enumerate(catalog.PIPELINES):
            id = demo_id(Kind.PIPELINE, number)
            self.of_kind.setdefault(kind, []).append(id)
            self.stages[id] = {
                name: demo_id(Kind.STAGE, number * 100 + place)
                for place, name in enumerate(stages, start=1)
            }


PIPELINES = Pipelines()


def definitions() -> list[models.PropertyDefinition]:
    """The custom properties, as the index of their values asks for them."""
    return [
        models.PropertyDefinition(
            id=demo_id(Kind.PROPERTY, number),
            workspace_id=WORKSPACE_ID,
            key=key,
            label=label,
            type=type,
            options=list(options),
            position=number,
        )
        for number, (key, label, type, options) in enumerate(catalog.PROPERTIES, start=1)
    ]


def campaign_sent_at(number: int, reference: datetime) -> datetime:
    """When a campaign was sent: at nine in the morning of Jakarta, so many days ago."""
    day = reference - timedelta(days=catalog.CAMPAIGNS[number][3])
    return day.replace(hour=2, minute=0, second=0, microsecond=0)


def make_shop(reference: datetime) -> Sheets:
    """Everything that the customers' records refer to."""
    sheets = Sheets()
    times = {"created_at": reference, "updated_at": reference}
    _add_people(sheets, times)
    for number, (kind, name, stages) in enumerate(catalog.PIPELINES):
        id = demo_id(Kind.PIPELINE, number)
        sheets.add(models.Pipeline, id=id, kind=kind, name=name, **times)
        for place, stage in enumerate(stages, start=1):
            sheets.add(
                models.Stage,
                id=PIPELINES.stages[id][stage],
                pipeline_id=id,
                name=stage,
                position=place,
            )
    owner = user_id(0)
    for number, name in enumerate(catalog.GROUPS):
        sheets.add(
            models.Group,
            id=GROUP_IDS[number],
            name=name,
            search_text=search_text(name),
            created_by_id=owner,
            **times,
        )
    for number, (name, low, high) in enumerate(catalog.TAGS):
        sheets.add(
            models.Tag,
            id=demo_id(Kind.TAG, number),
            name=name,
            search_text=search_text(name),
            ltv_min=Decimal(low) if low else None,
            ltv_max=Decimal(high) if high else None,
            created_by_id=owner,
            **times,
        )
    for one in definitions():
        sheets.add(
            models.PropertyDefinition,
            id=one.id,
            key=one.key,
            label=one.label,
            type=one.type,
            options=one.options,
            position=one.position,
            **times,
        )
    for number in range(len(catalog.CAMPAIGNS)):
        _add_campaign(sheets, number, reference)
    return sheets


def _add_people(sheets: Sheets, times: dict[str, Any]) -> None:
    """Users and channels."""
    for number, (name, role) in enumerate(catalog.USERS):
        email = f"{'.'.join(name.lower().split())}@{catalog.MAIL_OF_SHOP}"
        sheets.add(
            models.User,
            id=user_id(number),
            name=name,
            email=email,
            role=role,
            search_text=search_text(name, email),
            **times,
        )
    for kind, name, external_id in catalog.CHANNELS:
        sheets.add(
            models.Channel,
            id=CHANNEL_IDS[kind],
            kind=kind,
            name=name,
            external_id=external_id,
            is_default=True,
            created_at=times["created_at"],
        )
    name, external_id = catalog.SECOND_WHATSAPP
    sheets.add(
        models.Channel,
        id=SECOND_WHATSAPP_ID,
        kind=ChannelKind.WHATSAPP,
        name=name,
        external_id=external_id,
        created_at=times["created_at"],
    )


def _add_campaign(sheets: Sheets, number: int, reference: datetime) -> None:
    name, channel, template, _ = catalog.CAMPAIGNS[number]
    sent_at = campaign_sent_at(number, reference)
    sheets.add(
        models.Campaign,
        id=CAMPAIGN_IDS[number],
        external_id=f"demo-campaign-{number + 1}",
        name=name,
        channel=channel,
        template=template,
        status=CampaignStatus.SENT,
        audience=None,
        scheduled_at=sent_at - timedelta(days=1),
        sent_at=sent_at,
        search_text=search_text(name),
        created_by_id=user_id(1),
        created_at=sent_at - timedelta(days=2),
        updated_at=sent_at,
    )
