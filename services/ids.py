"""Global ids: a short prefix that names the type, and the row's UUID in hex (`cus_0198…`).

Opaque to clients, the same for ever, and as cheap to write in SQL as in Python. Services write them
too: into event payloads, histories and values that clients read as they are kept.
"""

import re
from uuid import UUID

from tortoise.models import Model

import models

PREFIXES: dict[type[Model], str] = {
    models.Workspace: "wsp",
    models.User: "usr",
    models.ApiKey: "key",
    models.Channel: "chn",
    models.Customer: "cus",
    models.ChannelIdentity: "idn",
    models.Conversation: "cnv",
    models.Message: "msg",
    models.Campaign: "cmp",
    models.CampaignInteraction: "cin",
    models.Company: "com",
    models.Ticket: "tkt",
    models.Deal: "dea",
    models.Task: "tsk",
    models.Order: "ord",
    models.Pipeline: "ppl",
    models.Stage: "stg",
    models.Group: "grp",
    models.Segment: "seg",
    models.Tag: "tag",
    models.BulkChange: "blk",
    models.Merge: "mrg",
    models.DuplicateSuggestion: "dup",
    models.PropertyDefinition: "prp",
    models.CustomerView: "viw",
    models.Import: "imp",
    models.Export: "exp",
    models.Upload: "upl",
    models.Event: "evt",
    models.ProfileChange: "chg",
    models.WebhookEndpoint: "whe",
    models.WebhookDelivery: "whd",
}
MODELS: dict[str, type[Model]] = {prefix: model for model, prefix in PREFIXES.items()}
FORM = re.compile(r"([a-z]{3})_([0-9a-f]{32})")


def global_id(model: type[Model], id: UUID) -> str:
    """The id by which clients know a row of `model`."""
    return f"{PREFIXES[model]}_{id.hex}"


def decode_id(value: str) -> tuple[type[Model], UUID] | None:
    """The model and the row that a global id names; None where it has not the form of one."""
    match = FORM.fullmatch(value)
    if match is None or match[1] not in MODELS:
        return None
    return MODELS[match[1]], UUID(hex=match[2])
