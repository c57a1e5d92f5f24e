"""Job runs and idempotency keys: what makes work repeatable without being done twice."""

from enum import StrEnum
from typing import Any

from tortoise import fields

from models.base import WorkspaceModel


class JobKind(StrEnum):
    """What a job run does."""

    EXPIRY = "EXPIRY"
    DUPLICATES = "DUPLICATES"


class JobRun(WorkspaceModel):
    """One run of a job over a workspace. An unfinished one is gone on with after a kill."""

    kind = fields.CharEnumField(JobKind, max_length=32)
    progress: fields.JSONField[Any] = fields.JSONField(default=dict)
    lease_until = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "job_runs"


class IdempotencyKey(WorkspaceModel):
    """A key with which a caller may repeat a call, and the id of what the first call made."""

    key = fields.CharField(max_length=255)
    operation = fields.CharField(max_length=64)
    fingerprint = fields.CharField(max_length=64)
    """SHA-256 of the call's input: the same key with another input is refused."""
    result_id = fields.UUIDField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_keys"
