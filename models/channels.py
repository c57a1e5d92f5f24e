"""Channels: the accounts through which a workspace speaks with its customers."""

from enum import StrEnum

from tortoise import fields

from models.base import WorkspaceModel


class ChannelKind(StrEnum):
    """The platform of a channel."""

    WHATSAPP = "WHATSAPP"
    INSTAGRAM = "INSTAGRAM"
    FACEBOOK_MESSENGER = "FACEBOOK_MESSENGER"
    TELEGRAM = "TELEGRAM"
    LINE = "LINE"
    EMAIL = "EMAIL"
    WEBCHAT = "WEBCHAT"
    SMS = "SMS"
    PHONE = "PHONE"
    TOKOPEDIA = "TOKOPEDIA"
    SHOPEE = "SHOPEE"
    LAZADA = "LAZADA"
    API = "API"


class Channel(WorkspaceModel):
    """An account of the workspace on a platform, such as one WhatsApp number of theirs."""

    kind = fields.CharEnumField(ChannelKind, max_length=32)
    name = fields.CharField(max_length=200)
    external_id = fields.CharField(max_length=255, null=True)
    is_default = fields.BooleanField(default=False)
    """The account that is meant where a record names the platform only: one a kind."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "channels"
