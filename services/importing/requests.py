"""Asking for imports: a row that a worker takes up; and cancelling one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from models import Group, Import, ImportKind, ImportStatus, OnDuplicate, Tag, Upload
from models.base import new_id
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.files import new_download_key
from services.importing.customer_rows import property_fields
from services.importing.records import Counts, tell_of_end
from services.lookups import find_row
from services.properties import list_properties
from services.references import require_rows
from services.rows import insert_row
from services.transactions import Transaction

MOST_WAITING = 100
"""Imports of a workspace that are not finished."""
MOST_ALIKE = 1_000
"""Columns in a mapping, and groups and tags for all rows."""
WAITING = "SELECT count(*) AS waiting FROM imports WHERE workspace_id = $1 AND finished_at IS NULL"
CANCEL = """
    UPDATE imports SET status = 'CANCELLED', finished_at = $3, lease_until = NULL, expires_at = $4
    WHERE workspace_id = $1 AND id = $2 AND finished_at IS NULL RETURNING *"""
UPLOAD_EXPIRES = """
    SELECT u.expires_at FROM imports i
    JOIN uploads u ON u.workspace_id = $1 AND u.id = i.upload_id
    WHERE i.workspace_id = $1 AND i.id = $2"""


@dataclass(frozen=True, kw_only=True)
class NewImport:
    """A file of customers to import."""

    upload_id: UUID
    mapping: Sequence[tuple[str, str]] = ()
    """Pairs of column and field; other columns are guessed from their headers."""
    on_duplicate: OnDuplicate = OnDuplicate.SKIP
    group_ids: Sequence[UUID] = field(default=())
    tag_ids: Sequence[UUID] = field(default=())
    dry_run: bool = False


async def ask_import(tx: Transaction, new: NewImport) -> Import:
    """Have a file imported by a worker, or only tried.

    Raises a Refusal: NOT_FOUND at `uploadId`, `groupIds` and `tagIds` for what is not there;
    INVALID at `mapping` for a field that no column can feed; LIMIT_EXCEEDED where too many imports
    are waiting.
    """
    upload = await find_row(tx, Upload, new.upload_id, "upload", "uploadId")
    if upload.expires_at <= tx.now:
        raise not_found("upload", "uploadId")
    await _check(tx, new)
    row = Import(
        id=new_id(),
        workspace_id=tx.workspace_id,
        kind=ImportKind.CUSTOMERS,
        status=ImportStatus.QUEUED,
        upload_id=upload.id,
        file_name=upload.file_name,
        file_sha256=upload.sha256,
        options={
            "mapping": [list(pair) for pair in new.mapping],
            "onDuplicate": new.on_duplicate.value,
            "groupIds": [id.hex for id in new.group_ids],
            "tagIds": [id.hex for id in new.tag_ids],
        },
        dry_run=new.dry_run,
        download_key=new_download_key(),
        added_by_id=tx.actor.user_id if tx.actor else None,
        api_key_id=tx.actor.api_key_id if tx.actor else None,
        created_at=tx.now,
    )
    await insert_row(tx, row)
    return row


async def _check(tx: Transaction, new: NewImport) -> None:
    for name, given in (
        ("mapping", new.mapping),
        ("groupIds", new.group_ids),
        ("tagIds", new.tag_ids),
    ):
        if len(given) > MOST_ALIKE:
            raise invalid(f"{name}: give at most {MOST_ALIKE:,}.", name)
    fields = property_fields(await list_properties(tx), matching=True)
    for index, (column, fed) in enumerate(new.mapping):
        if not column.strip() or "\0" in column:
            raise invalid("Name the column.", "mapping", str(index), "column")
        if fed not in fields:
            raise invalid(
                f"There is no field “{fed[:60]}”. A column can feed: {', '.join(fields)}.",
                *("mapping", str(index), "field"),
            )
    await require_rows(tx, Group, {("groupIds", str(i)): id for i, id in enumerate(new.group_ids)})
    await require_rows(tx, Tag, {("tagIds", str(i)): id for i, id in enumerate(new.tag_ids)})
    rows = await tx.fetch(WAITING, tx.workspace_id)
    if rows[0]["waiting"] >= MOST_WAITING:
        raise Refusal(
            ErrorCode.LIMIT_EXCEEDED,
            f"{MOST_WAITING} imports are waiting. Let some finish, or cancel them.",
            ("uploadId",),
        )


async def cancel_import(tx: Transaction, id: UUID) -> Import:
    """End an import behind the batch that is under way; what was imported stays.

    One that was cancelled before stays so. Raises a Refusal at `importId`: NOT_FOUND, and CONFLICT
    for one that has ended.
    """
    found = await find_row(tx, Import, id, "import", "importId")
    if found.status is ImportStatus.CANCELLED:
        return found
    expires = await tx.fetch(UPLOAD_EXPIRES, tx.workspace_id, id)
    until = expires[0]["expires_at"] if expires else tx.now
    rows = await tx.fetch(CANCEL, tx.workspace_id, id, tx.now, until)
    if not rows:
        raise Refusal(ErrorCode.CONFLICT, "This import has ended already.", ("importId",))
    row = Import._init_from_db(**rows[0])
    counts = Counts(row.done, row.added, row.updated, row.skipped, row.failed)
    tell_of_end(tx, row.id, row.kind, row.status, row.file_name, counts)
    return row
