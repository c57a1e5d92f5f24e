"""Duplicate suggestions: what a question for them asks."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from resolvers.loaders.duplicates import SUGGESTIONS
from resolvers.loaders.paging import Question
from resolvers.pages import PageArguments, question_of
from services.duplicates.scoring import DEFAULT_SCORE, ReasonKind
from services.errors import invalid


@dataclass(frozen=True, slots=True)
class DuplicateReason:
    """A reason as a suggestion keeps it."""

    field: str
    kind: ReasonKind
    weight: float


def reasons_of(suggestion: models.DuplicateSuggestion) -> list[DuplicateReason]:
    """A suggestion's reasons, the weightiest first."""
    return [
        DuplicateReason(one["field"], ReasonKind(one["kind"]), one["weight"])
        for one in suggestion.reasons
    ]


def suggestions_asked(
    context: Context,
    page: PageArguments,
    customer_id: str | None = None,
    min_score: float | None = None,
) -> Question:
    """The suggestions of a customer, or of all, from a score on: DEFAULT_SCORE unless told.

    An id that was merged away stands for the main customer. Raises a Refusal (INVALID) for an id
    that is none of a customer, and for a score that is not from 0 to 1.
    """
    score = DEFAULT_SCORE if min_score is None else min_score
    if not 0 <= score <= 1:
        raise invalid(f"minScore is {score:g}: give a score from 0 to 1.", "minScore")
    filter: dict[str, Any] = {"min_score": Decimal(str(score))}
    if customer_id is not None:
        filter["customer_id"] = parse_id(customer_id, models.Customer, "customerId")
    return question_of(context, SUGGESTIONS, page, filter=filter)
