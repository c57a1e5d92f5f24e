"""Files: the folder that gateways and workers share, and how addresses in it are signed.

Paths are kept below the folder, so that each process may have it mounted where it likes. Each
workspace has a folder of its own in it.
"""

import errno
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn
from uuid import UUID

from settings import Settings

UPLOADS, ERRORS, EXPORTS = "uploads", "errors", "exports"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class NoRoom(Exception):
    """The disk is full."""


@dataclass(frozen=True, slots=True)
class Files:
    """The folder, and for how long what is in it is kept."""

    folder: Path
    kept_uploads: timedelta = timedelta(hours=72)
    kept_exports: timedelta = timedelta(hours=72)

    def place(self, workspace_id: UUID, kind: str, name: str) -> str:
        """The path of a file below the folder; its own folder is there afterwards."""
        relative = f"{workspace_id.hex}/{kind}/{name}"
        self.at(relative).parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        return relative

    def at(self, relative: str) -> Path:
        """Where a file below the folder is. Raises ValueError for a path that leads out of it."""
        path = self.folder / relative
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise ValueError("a path below the folder stays in it")
        return path

    def remove(self, relative: str | None) -> None:
        """Remove a file, if it is there."""
        if relative:
            self.at(relative).unlink(missing_ok=True)


def files_of(settings: Settings) -> Files:
    """The folder of an installation."""
    return Files(
        settings.files_folder,
        timedelta(hours=settings.upload_hours),
        timedelta(hours=settings.export_hours),
    )


def told_of_room(error: OSError) -> NoReturn:
    """Raise NoRoom for an error of a full disk, and else the error."""
    if error.errno in FULL:
        raise NoRoom from error
    raise error


def write_through(descriptor: int) -> None:
    """Have what was written be on the disk before it counts. Raises NoRoom."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        told_of_room(error)


def new_download_key() -> str:
    """A secret for the addresses of one file; who knows it can make them."""
    return secrets.token_hex(32)


def signature_of(key: str, id: str, expires: int) -> str:
    """What makes an address of a file good until `expires`, in seconds since 1970."""
    message = f"{id}|{expires}".encode()
    return hmac.new(bytes.fromhex(key), message, hashlib.sha256).hexdigest()


def signed_path(
    workspace_id: UUID, id: str, key: str, now: datetime, lasts: timedelta = timedelta(hours=1)
) -> str:
    """The address at which a file can be fetched without a key: `/downloads/exp_0198…?…`.

    It changes every ten minutes at most, and is good for `lasts` from now on at the least.
    """
    whole = 600
    expires = -(-int((now + lasts).timestamp()) // whole) * whole
    signature = signature_of(key, id, expires)
    return f"/downloads/{id}?workspace={workspace_id.hex}&expires={expires}&signature={signature}"


def is_signed(key: str, id: str, expires: int, signature: str) -> bool:
    """Whether a signature is that of a file until `expires`."""
    return hmac.compare_digest(signature_of(key, id, expires).encode(), signature.encode())
