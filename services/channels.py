"""Channels: the account of the workspace that a record came through."""

from uuid import UUID

from models import Channel, ChannelKind
from models.base import new_id
from services.errors import invalid
from services.lookups import find_row
from services.rows import insert_row
from services.transactions import RetryTransaction, Transaction

NAMES = {
    ChannelKind.WHATSAPP: "WhatsApp",
    ChannelKind.INSTAGRAM: "Instagram",
    ChannelKind.FACEBOOK_MESSENGER: "Facebook Messenger",
    ChannelKind.TELEGRAM: "Telegram",
    ChannelKind.LINE: "LINE",
    ChannelKind.EMAIL: "E-mail",
    ChannelKind.WEBCHAT: "Web chat",
    ChannelKind.SMS: "SMS",
    ChannelKind.PHONE: "Phone",
    ChannelKind.TOKOPEDIA: "Tokopedia",
    ChannelKind.SHOPEE: "Shopee",
    ChannelKind.LAZADA: "Lazada",
    ChannelKind.API: "API",
}
"""What a kind's default account is called until somebody names it."""

DEFAULT = "SELECT * FROM channels WHERE workspace_id = $1 AND kind = $2 AND is_default"


async def find_channel(
    tx: Transaction, kind: ChannelKind, channel_id: UUID | None = None
) -> Channel:
    """The account that is named, or else the workspace's default one of its kind.

    The default account is made when it is first asked for. Raises a Refusal at `channelId`:
    NOT_FOUND for an account of nobody here, INVALID for one of another kind.
    """
    if channel_id is not None:
        channel = await find_row(tx, Channel, channel_id, "channel", "channelId")
        if channel.kind is not kind:
            raise invalid(f"This channel is of kind {channel.kind}, not {kind}.", "channelId")
        return channel
    return await _default(tx, kind) or await _make_default(tx, kind)


async def _default(tx: Transaction, kind: ChannelKind) -> Channel | None:
    rows = await tx.fetch(DEFAULT, tx.workspace_id, kind)
    return Channel._init_from_db(**rows[0]) if rows else None


async def _make_default(tx: Transaction, kind: ChannelKind) -> Channel:
    channel = Channel(
        id=new_id(),
        workspace_id=tx.workspace_id,
        kind=kind,
        name=NAMES[kind],
        is_default=True,
        created_at=tx.now,
    )
    if await insert_row(tx, channel):
        return channel
    # Another transaction made it and has committed: the unique index has waited for it.
    found = await _default(tx, kind)
    if found is None:
        raise RetryTransaction
    return found
