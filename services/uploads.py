"""Uploads: files that were sent in, kept until they are imported or their time is over."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog

from models import Upload
from models.base import new_id
from services.actors import Actor
from services.batches import Clock
from services.errors import invalid
from services.files import UPLOADS, Files, told_of_room, write_through
from services.rows import insert_row
from services.transactions import workspace_transaction

LONGEST_NAME = 255
PURGED_AT_ONCE = 100
# Held by an import that is not finished, an upload is still needed.
TAKE_EXPIRED = """
    DELETE FROM uploads WHERE workspace_id = $1 AND id = ANY(ARRAY(
        SELECT u.id FROM uploads u WHERE u.workspace_id = $1 AND u.expires_at <= $2
            AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.workspace_id = $1
                AND i.upload_id = u.id AND i.finished_at IS NULL)
        ORDER BY u.expires_at LIMIT $3))
    RETURNING path"""
FORGET = """
    UPDATE imports SET upload_id = NULL WHERE workspace_id = $1 AND upload_id = ANY(ARRAY(
        SELECT u.id FROM uploads u WHERE u.workspace_id = $1 AND u.expires_at <= $2
        ORDER BY u.expires_at LIMIT $3)) AND finished_at IS NOT NULL"""

log = structlog.get_logger("satukan.uploads")


class TooLarge(Exception):
    """More was sent than may be."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has arrived whole."""

    size: int
    sha256: str


def clean_file_name(name: str) -> str:
    """The name of a file without folders and control characters, at most 255 characters.

    Raises a Refusal (INVALID) where nothing is left of it.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    found = "".join(letter for letter in last if letter.isprintable()).strip()
    if found in ("", ".", ".."):
        raise invalid("Name the file: `POST /uploads?name=people.csv`.", "name")
    return found[-LONGEST_NAME:]


async def receive(body: AsyncIterator[bytes], path: Path, limit: int) -> Received:
    """Write a body to `path` as it comes, in constant memory.

    What has arrived is removed again where it does not arrive whole. Raises TooLarge and
    files.NoRoom, and what `body` raises.
    """
    digest, size = hashlib.sha256(), 0
    try:
        file = await asyncio.to_thread(path.open, "xb")
    except OSError as error:
        told_of_room(error)
    try:
        with file:
            async for chunk in body:
                size += len(chunk)
                if size > limit:
                    raise TooLarge
                digest.update(chunk)
                try:
                    await asyncio.to_thread(file.write, chunk)
                except OSError as error:
                    told_of_room(error)
            try:
                file.flush()
            except OSError as error:
                told_of_room(error)
            await asyncio.to_thread(write_through, file.fileno())
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
    return Received(size, digest.hexdigest())


async def keep_upload(
    files: Files,
    actor: Actor,
    file_name: str,
    body: AsyncIterator[bytes],
    *,
    limit: int,
    clock: Clock,
) -> Upload:
    """Take in a file of the actor's workspace: `limit` bytes at most.

    Raises a Refusal (INVALID) for a bad name or an empty file, TooLarge and files.NoRoom.
    """
    name = clean_file_name(file_name)
    id = new_id()
    try:
        relative = files.place(actor.workspace_id, UPLOADS, id.hex)
    except OSError as error:
        told_of_room(error)
    received = await receive(body, files.at(relative), limit)
    try:
        if received.size == 0:
            raise invalid("The file is empty: send it as the body of the request.", "body")
        now = clock()
        upload = Upload(
            id=id,
            workspace_id=actor.workspace_id,
            file_name=name,
            size=received.size,
            sha256=received.sha256,
            path=relative,
            created_at=now,
            created_by_id=actor.user_id,
            expires_at=now + files.kept_uploads,
        )
        async with workspace_transaction(actor.workspace_id, actor=actor, now=now) as tx:
            await insert_row(tx, upload)
    except BaseException:
        files.remove(relative)
        raise
    log.info("upload_kept", upload=id.hex, bytes=received.size)
    return upload


async def purge_uploads(files: Files, workspace_id: UUID, now: datetime) -> int:
    """Remove the workspace's uploads whose time is over and that no import needs; their number.

    A file is removed once its row is gone for good; one that a killed worker leaves behind is
    found by `sweep_files`.
    """
    purged = 0
    while True:
        async with workspace_transaction(workspace_id, now=now) as tx:
            await tx.execute(FORGET, workspace_id, now, PURGED_AT_ONCE)
            rows = await tx.fetch(TAKE_EXPIRED, workspace_id, now, PURGED_AT_ONCE)
        for row in rows:
            await asyncio.to_thread(files.remove, row["path"])
        purged += len(rows)
        if len(rows) < PURGED_AT_ONCE:
            return purged
