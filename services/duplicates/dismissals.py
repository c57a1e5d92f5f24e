"""Dismissing a suggestion: a person says that two customers are two."""

from uuid import UUID

from models import DuplicateStatus, DuplicateSuggestion
from services.errors import not_found
from services.rows import update_row
from services.transactions import Transaction

HOLD = """
    SELECT * FROM duplicate_suggestions WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE"""


async def dismiss_duplicate(tx: Transaction, suggestion_id: UUID) -> DuplicateSuggestion:
    """Dismiss a suggestion for good; one that is dismissed already stays as it is.

    The two, and whoever they are merged into, are never suggested as one person again. Raises a
    Refusal (NOT_FOUND) at `suggestionId` for one who is unknown, or that was withdrawn because the
    two are no longer alike.
    """
    rows = await tx.fetch(HOLD, tx.workspace_id, suggestion_id)
    if not rows:
        raise not_found("duplicate suggestion", "suggestionId")
    suggestion: DuplicateSuggestion = DuplicateSuggestion._init_from_db(**rows[0])
    if suggestion.status is DuplicateStatus.DISMISSED:
        return suggestion
    suggestion.status = DuplicateStatus.DISMISSED
    suggestion.dismissed_by_id = tx.actor.user_id if tx.actor else None
    suggestion.dismissed_at = suggestion.updated_at = tx.now
    await update_row(tx, suggestion, ["status", "dismissed_by_id", "dismissed_at", "updated_at"])
    return suggestion
