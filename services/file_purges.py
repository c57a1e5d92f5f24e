"""Purging files: errors of imports and exports whose time is over, and what nobody's row names."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from services.files import Files
from services.transactions import workspace_transaction
from services.uploads import purge_uploads

AT_ONCE = 100
DAY = timedelta(days=1)
ERRORS_ENDED = """
    SELECT id, error_file_path AS path FROM imports
    WHERE workspace_id = $1 AND expires_at <= $2 ORDER BY expires_at, id LIMIT $3 FOR UPDATE"""
FORGET_ERRORS = """
    UPDATE imports SET error_file_path = NULL, expires_at = NULL
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""
EXPORTS_ENDED = """
    SELECT id, path FROM exports
    WHERE workspace_id = $1 AND expires_at <= $2 ORDER BY expires_at, id LIMIT $3 FOR UPDATE"""
FORGET_EXPORTS = """
    UPDATE exports SET path = NULL, expires_at = NULL,
        status = CASE WHEN status = 'FINISHED' THEN 'EXPIRED' ELSE status END
    WHERE workspace_id = $1 AND id = ANY($2::uuid[])"""


async def purge_files(files: Files, workspace_id: UUID, now: datetime) -> int:
    """Remove the workspace's files whose time is over, and forget them; their number."""
    purged = await purge_uploads(files, workspace_id, now)
    for ended, forget in ((ERRORS_ENDED, FORGET_ERRORS), (EXPORTS_ENDED, FORGET_EXPORTS)):
        while True:
            async with workspace_transaction(workspace_id, now=now) as tx:
                rows = await tx.fetch(ended, workspace_id, now, AT_ONCE)
                await tx.execute(forget, workspace_id, [row["id"] for row in rows])
            for row in rows:
                await asyncio.to_thread(files.remove, row["path"])
            purged += sum(row["path"] is not None for row in rows)
            if len(rows) < AT_ONCE:
                break
    return purged


async def sweep_files(files: Files, now: datetime) -> int:
    """Remove files that no row names any more: what killed processes have left; their number.

    Whatever is a day older than files are kept was forgotten long ago, if it ever had a row.
    """
    oldest = now - max(files.kept_uploads, files.kept_exports) - DAY
    return await asyncio.to_thread(_sweep, files.folder, oldest)


def _sweep(folder: Path, oldest: datetime) -> int:
    removed = 0
    for path in folder.glob("*/*/*"):
        try:
            if path.is_file() and path.stat().st_mtime < oldest.timestamp():
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue
    return removed
