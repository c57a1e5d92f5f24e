"""Duplicate suggestions: pairs of customers who may be one person, and why."""

from datetime import datetime
from typing import Any, ClassVar

import strawberry

import models
from resolvers import duplicates
from resolvers.context import Context
from resolvers.declarations import SOURCE, Computed, Derived, PageOf
from resolvers.loaders.duplicates import OF_SUGGESTION, REASON, REASONS, SUGGESTIONS
from resolvers.loaders.paging import Question
from resolvers.pages import Page, PageArguments
from schema.customers import Customer
from schema.fields import PAGE_ARGUMENTS, described, every, given, with_arguments
from schema.nodes import Node
from services.duplicates.scoring import DEFAULT_SCORE, KEPT_SCORE, ReasonKind


@strawberry.type(description="A field on which two customers agree.")
class DuplicateReason:
    """A view over resolvers.duplicates.DuplicateReason."""

    field: str = strawberry.field(
        description='The field of Customer, "properties.<key>" for a custom one.'
    )
    kind: ReasonKind = strawberry.field(
        description="Whether their values are the same, or only alike."
    )
    weight: float = strawberry.field(
        description="Its part of the score: the weights of all reasons add up to it. What few "
        "customers share weighs more than what many do."
    )


@strawberry.type(description="Two customers who may be one person.")
class DuplicateSuggestion(Node):
    """A view over models.DuplicateSuggestion."""

    shows: ClassVar = models.DuplicateSuggestion

    customers: list[Customer] = every(OF_SUGGESTION, "The two, the one who was added first first.")

    @strawberry.field(
        description="How sure it is that they are one person, from 0 to 1.",
        metadata={SOURCE: Computed("r.score::float8")},
    )
    def score(root: strawberry.Parent[models.DuplicateSuggestion]) -> float:
        """The score."""
        return float(root.score)

    @strawberry.field(
        description="What speaks for it, the weightiest first.",
        metadata={SOURCE: Derived(REASONS, REASON, many=True)},
    )
    def reasons(
        root: strawberry.Parent[models.DuplicateSuggestion],
    ) -> list[DuplicateReason]:
        """The reasons."""
        return duplicates.reasons_of(root)  # type: ignore[return-value]

    created_at: datetime = strawberry.field(description="When it was found first.")


ARGUMENTS: dict[str, Any] = {
    "customer_id": described(
        strawberry.ID, "Only those with this customer; an id that was merged away is its main's."
    ),
    "min_score": described(
        float,
        f"Only from this score on, 0 to 1: {DEFAULT_SCORE} unless told. Below {KEPT_SCORE} none "
        "are kept.",
    ),
    **PAGE_ARGUMENTS,
}


async def ask(context: Context, values: dict[str, Any]) -> Question:
    """What `duplicateSuggestions` asks its collection."""
    told = given(values)
    page = PageArguments(**{name: told.pop(name) for name in PAGE_ARGUMENTS if name in told})
    return duplicates.suggestions_asked(context, page, **told)


async def resolve(root: Any, info: Any, **values: Any) -> Any:
    """The page that is asked for."""
    return Page(info.context, await ask(info.context, values))


suggestions: Any = strawberry.field(
    resolver=with_arguments(resolve, ARGUMENTS),
    description="Customers who may be one person, two by two, the surest first. Two of whom "
    "somebody said that they are not (`dismissDuplicate`, `unmergeCustomer`) are never among them.",
    metadata={SOURCE: PageOf(SUGGESTIONS, ask)},
)
"""The field of Query."""
