"""Downloads: whose file a signed address names, and whether it may be fetched."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from models import Export, Import
from services.exporting.formats import MEDIA_TYPES, SUFFIXES
from services.files import Files, is_signed
from services.ids import decode_id
from services.transactions import UnknownWorkspace, workspace_transaction

FIND_IMPORT = """
    SELECT * FROM imports WHERE workspace_id = $1 AND id = $2
        AND error_file_path IS NOT NULL AND download_key IS NOT NULL"""
FIND_EXPORT = """
    SELECT * FROM exports WHERE workspace_id = $1 AND id = $2
        AND status = 'FINISHED' AND path IS NOT NULL AND expires_at > $3"""


class NoDownload(Exception):
    """Nothing can be fetched at this address: whatever is wrong with it, the answer is the same."""


class DownloadOver(Exception):
    """The address was good, and its time is over."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file to be sent."""

    path: Path
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class SignedAddress:
    """The parts of an address that `services.files.signed_path` has made."""

    id: str
    workspace_id: UUID
    expires: int
    signature: str


async def find_download(files: Files, address: SignedAddress, now: datetime) -> Download:
    """The file behind a signed address. Raises NoDownload and DownloadOver."""
    named = decode_id(address.id)
    if named is None or named[0] not in (Import, Export):
        raise NoDownload
    model, id = named
    try:
        async with workspace_transaction(address.workspace_id, now=now) as tx:
            if model is Import:
                rows = await tx.fetch(FIND_IMPORT, tx.workspace_id, id)
            else:
                rows = await tx.fetch(FIND_EXPORT, tx.workspace_id, id, now)
    except UnknownWorkspace:
        raise NoDownload from None
    if not rows:
        raise NoDownload
    row = rows[0]
    if not is_signed(row["download_key"], address.id, address.expires, address.signature):
        raise NoDownload
    if now.timestamp() >= address.expires:
        raise DownloadOver
    if model is Import:
        return _errors(files, Import._init_from_db(**row))
    return _exported(files, Export._init_from_db(**row))


def _errors(files: Files, row: Import) -> Download:
    stem = row.file_name.rsplit(".", 1)[0] or "import"
    assert row.error_file_path is not None
    path = files.at(row.error_file_path)
    return Download(path, f"{stem}.errors.csv", "text/csv; charset=utf-8")


def _exported(files: Files, row: Export) -> Download:
    assert row.path is not None
    name = f"customers-{row.created_at:%Y%m%d-%H%M%S}.{SUFFIXES[row.format]}"
    return Download(files.at(row.path), name, MEDIA_TYPES[row.format])
