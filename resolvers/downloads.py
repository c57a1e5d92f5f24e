"""Addresses of files that can be fetched for a while without a key."""

from datetime import timedelta

from resolvers.context import Context
from services.files import signed_path
from settings import read_settings


def address_of(context: Context, id: str, key: str) -> str:
    """The signed address of the file behind a global id: whole where the gateway's is set, else
    from its slash on."""
    settings = read_settings()
    lasts = timedelta(minutes=settings.download_minutes)
    path = signed_path(context.workspace_id, id, key, context.now, lasts)
    return f"{(settings.public_url or '').rstrip('/')}{path}"
