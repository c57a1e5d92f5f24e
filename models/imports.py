"""Imports and exports: files on their way into and out of a workspace."""

from enum import StrEnum
from typing import Any

from tortoise import fields

from models.base import WorkspaceModel, reference


class ImportStatus(StrEnum):
    """Where an import stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class ImportKind(StrEnum):
    """What the rows of a file become."""

    CUSTOMERS = "CUSTOMERS"
    ORDERS = "ORDERS"


class OnDuplicate(StrEnum):
    """What becomes of a customer who is there already and whom a row is of."""

    SKIP = "SKIP"
    UPDATE = "UPDATE"
    MERGE_GAPS = "MERGE_GAPS"


class ExportStatus(StrEnum):
    """Where an export stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


class ExportFormat(StrEnum):
    """The format of an exported file."""

    CSV = "CSV"
    XLSX = "XLSX"
    JSONL = "JSONL"


class Upload(WorkspaceModel):
    """A file that was sent in, kept on disk until its import is done."""

    file_name = fields.CharField(max_length=255)
    size = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    path = fields.TextField()
    """Below the folder of files (`settings.files`)."""
    created_at = fields.DatetimeField()
    created_by_id = reference("users", null=True)
    expires_at = fields.DatetimeField()
    """From then on it is purged, unless an import still needs it."""

    class Meta:
        table = "uploads"


class Import(WorkspaceModel):
    """One import of one file. `done` rows are committed: it goes on behind them after a kill."""

    kind = fields.CharEnumField(ImportKind, max_length=16)
    status = fields.CharEnumField(ImportStatus, max_length=16)
    upload_id = reference("uploads", null=True)
    file_name = fields.CharField(max_length=255)
    file_sha256 = fields.CharField(max_length=64)
    options: fields.JSONField[Any] = fields.JSONField(default=dict)
    """Column mapping and the like: with the file's digest, what tells one import from another."""
    dry_run = fields.BooleanField(default=False)
    columns: fields.JSONField[Any] = fields.JSONField(default=list)
    """What becomes of each column: a list of {"column", "fields"}."""
    problems: fields.JSONField[Any] = fields.JSONField(default=list)
    """The first rows that were refused: a list of {"line", "column", "message"}."""
    total = fields.IntField(null=True)
    done = fields.IntField(default=0)
    added = fields.IntField(default=0)
    updated = fields.IntField(default=0)
    skipped = fields.IntField(default=0)
    failed = fields.IntField(default=0)
    error_file_path = fields.TextField(null=True)
    """Below the folder of files; of an import by the command line, where that ran."""
    download_key = fields.CharField(max_length=64, null=True)
    """Signs the addresses at which the file of refused rows is fetched."""
    failure = fields.TextField(null=True)
    lease_until = fields.DatetimeField(null=True)
    added_by_id = reference("users", null=True)
    api_key_id = reference("api_keys", null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    """From then on the file of refused rows is purged."""

    class Meta:
        table = "imports"


class Export(WorkspaceModel):
    """One export of customers into a file."""

    status = fields.CharEnumField(ExportStatus, max_length=16)
    format = fields.CharEnumField(ExportFormat, max_length=8)
    options: fields.JSONField[Any] = fields.JSONField(default=dict)
    """Of whom, and which columns."""
    total = fields.IntField(null=True)
    done = fields.IntField(default=0)
    path = fields.TextField(null=True)
    """Below the folder of files, once it is whole."""
    size = fields.BigIntField(null=True)
    download_key = fields.CharField(max_length=64, null=True)
    """Signs the addresses at which the file is fetched."""
    failure = fields.TextField(null=True)
    lease_until = fields.DatetimeField(null=True)
    added_by_id = reference("users", null=True)
    api_key_id = reference("api_keys", null=True)
    created_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "exports"
