"""What clients say of a merge that they ask for."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

import models
from resolvers.ids import parse_id
from schema.givens import LEFT_OUT, given_or_none, given_value
from services.given import UNSET
from services.merging import requests
from services.merging.requests import ConversationMerging, Merging


@strawberry.input(description="Whose value a field takes, whatever the strategy says.")
class FieldChoice:
    """One override."""

    field: str = strawberry.field(
        description="The field of Customer: fullName, owner, assignee, source, username, phone, "
        "email, status, jobTitle, province, regencyCity, district, subdistrict, zipCode, or "
        "properties.<key> for a custom one. ownerId, assigneeId and channel will do as well."
    )
    from_customer_id: strawberry.ID = strawberry.field(
        description="One who takes part: the main customer, a member, or a member's member. Their "
        "value is taken even where they have none."
    )


STRATEGY = (
    "Which value each field of the main customer has afterwards: FILL_GAPS, where left out, fills "
    "what the main customer has not with the first value of the members, in their order, then of "
    "their members; MAIN_WINS changes nothing; MOST_RECENT takes the value of the profile that was "
    "edited last."
)
OVERRIDES = "Fields whose value is that of a certain customer, each at most once."


@strawberry.input(description="A merge of customers who are one person.")
class MergeInput:
    """A merge."""

    main_id: strawberry.ID = strawberry.field(
        description="The customer whom the members become part of. An id that was merged away "
        "stands for its main customer."
    )
    member_ids: list[strawberry.ID] = strawberry.field(
        description="Who becomes part of the main customer, with all that is theirs; their own "
        "members come along. A customer has at most 10 members."
    )
    strategy: models.SurvivorshipStrategy | None = strawberry.field(
        default=LEFT_OUT, description=STRATEGY
    )
    overrides: list[FieldChoice] | None = strawberry.field(default=LEFT_OUT, description=OVERRIDES)
    source: models.MergeSource | None = strawberry.field(
        default=LEFT_OUT,
        description="Where it was asked for; left out, API for a key and CUSTOMER_PAGE for a user.",
    )
    idempotency_key: str | None = strawberry.field(
        default=LEFT_OUT,
        description="A text of yours, at most 255 letters: repeated with the same key and input, "
        "the call answers with the first merge and changes nothing.",
    )

    def merging(self) -> Merging:
        """The merge; a Refusal (INVALID) where an id is none of a customer."""
        return Merging(
            main_id=parse_id(self.main_id, models.Customer, "mainId"),
            member_ids=[
                parse_id(id, models.Customer, "memberIds", str(index))
                for index, id in enumerate(self.member_ids)
            ],
            strategy=strategy_of(self.strategy),
            overrides=field_choices(self.overrides),
            source=given_or_none(self.source),
            idempotency_key=given_or_none(self.idempotency_key),
        )


@strawberry.input(description="A merge that is asked for in the inbox.")
class MergeConversationInput:
    """A merge of the customer of a conversation."""

    conversation_id: strawberry.ID = strawberry.field(
        description="The conversation whose customer becomes part of the main one."
    )
    main_id: strawberry.ID = strawberry.field(
        description="The customer whom they become part of. An id that was merged away stands for "
        "its main customer."
    )
    strategy: models.SurvivorshipStrategy | None = strawberry.field(
        default=LEFT_OUT, description=STRATEGY
    )
    overrides: list[FieldChoice] | None = strawberry.field(default=LEFT_OUT, description=OVERRIDES)

    def merging(self) -> ConversationMerging:
        """The merge; a Refusal (INVALID) where an id is none of its kind."""
        return ConversationMerging(
            conversation_id=parse_id(self.conversation_id, models.Conversation, "conversationId"),
            main_id=parse_id(self.main_id, models.Customer, "mainId"),
            strategy=strategy_of(self.strategy),
            overrides=field_choices(self.overrides),
        )


@strawberry.input(description="Which member leaves their main customer.")
class UnmergeInput:
    """A member."""

    customer_id: strawberry.ID = strawberry.field(
        description="The id of the member: the one that they had before the merge, and still have."
    )


@strawberry.input(description="By what a customer is reached first of all.")
class SetMainIdentityInput:
    """A customer and one of their identities."""

    customer_id: strawberry.ID = strawberry.field(
        description="The customer. An id that was merged away stands for its main customer."
    )
    identity_id: strawberry.ID = strawberry.field(
        description="One of their identities, one that came in with a member included."
    )

    def ids(self) -> tuple[UUID, UUID]:
        """The customer and the identity; a Refusal (INVALID) where an id is none of its kind."""
        return (
            parse_id(self.customer_id, models.Customer, "customerId"),
            parse_id(self.identity_id, models.ChannelIdentity, "identityId"),
        )


def field_choices(choices: Sequence[FieldChoice] | None) -> list[requests.FieldChoice]:
    """The overrides; a Refusal (INVALID) at the place of an id that is none of a customer."""
    return [
        requests.FieldChoice(
            choice.field,
            parse_id(
                choice.from_customer_id,
                models.Customer,
                "overrides",
                str(index),
                "fromCustomerId",
            ),
        )
        for index, choice in enumerate(given_or_none(choices) or ())
    ]


def strategy_of(value: models.SurvivorshipStrategy | None) -> models.SurvivorshipStrategy:
    """The strategy that is asked for, FILL_GAPS where none is."""
    found = given_value(value)
    return models.SurvivorshipStrategy.FILL_GAPS if found is UNSET else found
