"""Idempotency keys: a call that is repeated with its key is done once."""

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

from models import IdempotencyKey
from models.base import new_id
from services.errors import ErrorCode, Refusal
from services.rows import insert_row
from services.texts import clean_line
from services.transactions import RetryTransaction, Transaction

LONGEST_KEY = 255


async def claim_key(
    tx: Transaction, operation: str, key: str, input: Any, result_id: UUID
) -> UUID | None:
    """Claim `key` for a call that makes `result_id`; None where nobody has used it before.

    Else the id of what the first call with the key has made: the caller answers with that and makes
    nothing. A call that is going on with the same key is waited for. `input` is a dataclass or
    plain data. Raises a Refusal: CONFLICT where the first call's input was another, INVALID for a
    key that is empty or longer than 255 characters; RetryTransaction where the first call has
    failed meanwhile.
    """
    kept = IdempotencyKey(
        id=new_id(),
        workspace_id=tx.workspace_id,
        operation=operation,
        key=clean_line(key, "idempotencyKey", most=LONGEST_KEY),
        fingerprint=fingerprint(input),
        result_id=result_id,
        created_at=tx.now,
    )
    if await insert_row(tx, kept):
        return None
    rows = await tx.fetch(
        "SELECT fingerprint, result_id FROM idempotency_keys"
        " WHERE workspace_id = $1 AND operation = $2 AND key = $3",
        tx.workspace_id,
        operation,
        kept.key,
    )
    if not rows:
        raise RetryTransaction
    if rows[0]["fingerprint"] != kept.fingerprint:
        raise Refusal(
            ErrorCode.CONFLICT,
            f"This idempotencyKey was used for another {operation}. Take a new one.",
            ("idempotencyKey",),
        )
    first: UUID = rows[0]["result_id"]
    return first


def fingerprint(input: Any) -> str:
    """SHA-256, in hex, of an input: equal for equal inputs, whatever process has read them."""
    return hashlib.sha256(orjson.dumps(_plain(input), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: Any) -> Any:
    """The value as JSON, in which a value and nothing are told apart from what was left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, Enum):
        return [type(value).__name__, value.value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, UUID | Decimal | date | datetime):
        return str(value)
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    return value
