"""Dismissing duplicate suggestions."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import parse_id
from schema.duplicates import DuplicateSuggestion
from schema.payloads import Payload, change
from services.duplicates.dismissals import dismiss_duplicate
from services.transactions import Transaction


@strawberry.input(description="Which suggestion is wrong.")
class DismissDuplicateInput:
    """A suggestion that a person refuses."""

    suggestion_id: strawberry.ID = strawberry.field(description="The suggestion's id.")


@strawberry.type(description="A suggestion after a change.")
class DuplicateSuggestionPayload(Payload):
    """A suggestion, or why nothing was changed."""

    duplicate_suggestion: DuplicateSuggestion | None = strawberry.field(
        description="The suggestion, which is in no list any more."
    )


@strawberry.type
class DuplicateMutations:
    """The root fields that write suggestions."""

    @strawberry.mutation(
        description="Say that two customers are not one person. They, and whoever they are merged "
        "into, are never suggested again. May be sent twice."
    )
    async def dismiss_duplicate(
        self,
        info: strawberry.Info,
        input: Annotated[DismissDuplicateInput, strawberry.argument(description="The suggestion.")],
    ) -> DuplicateSuggestionPayload:
        """Dismiss one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.suggestion_id, models.DuplicateSuggestion, "suggestionId")
            return {"duplicate_suggestion": await dismiss_duplicate(tx, id)}

        return await change(info, DuplicateSuggestionPayload, verb, duplicate_suggestion=None)
