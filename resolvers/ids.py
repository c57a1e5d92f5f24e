"""Global ids: a short prefix that names the type, and the row's UUID in hex (`cus_0198…`).

Opaque to clients, the same for ever, and as cheap to write in SQL as in Python.
"""

import re
from uuid import UUID

from tortoise.models import Model

import models
from services.errors import invalid

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


def parse_id(value: str, model: type[Model], *field: str) -> UUID:
    """The row of `model` that a global id names.

    Raises a Refusal (INVALID) where it is no id, or one of another type. Whether there is such a
    row is for the database to say.
    """
    name = field[-1] if field else "id"
    found = decode_id(str(value))
    if found is None:
        shown = str(value)[:60] if str(value).isprintable() else "this"
        raise invalid(f"{name}: “{shown}” is no id. Give one as the API printed it.", *field)
    if found[0] is not model:
        raise invalid(
            f"{name} is the id of a {found[0].__name__}; give one of a {model.__name__}.", *field
        )
    return found[1]


def parse_operator_id(value: str, model: type[Model], name: str) -> UUID:
    """Like `parse_id`, for a command line: a bare UUID will do as well."""
    try:
        return UUID(value)
    except ValueError:
        return parse_id(value, model, name)
