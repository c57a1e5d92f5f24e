"""Writing webhook endpoints, and having messages sent again."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from resolvers.ids import global_id, parse_id
from resolvers.webhooks import check_types, checked_url, place_in_log
from schema.givens import LEFT_OUT, given, given_id_or_none, given_or_none
from schema.inputs import DeleteInput
from schema.payloads import DeletePayload, Payload, change
from schema.webhooks import WebhookEndpoint
from services.transactions import Transaction
from services.webhooks.endpoints import EndpointDraft, delete_endpoint, save_endpoint
from services.webhooks.replays import replay


@strawberry.input(description="An endpoint: a new one, or another form of the one with `id`.")
class WebhookEndpointInput:
    """An endpoint as it is to be."""

    id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The endpoint to change; left out, a new one is made."
    )
    url: str = strawberry.field(
        description="Where to post messages: https, on the public internet, without a user or "
        "password in it. It is looked up at once, and again for each connection."
    )
    types: list[models.EventType] = strawberry.field(
        description="The types of events to hear of; at least one."
    )
    enabled: bool | None = strawberry.field(
        default=LEFT_OUT,
        description="Whether messages are sent. True at first. Enabled again, it goes on where it "
        "was.",
    )
    description: str | None = strawberry.field(
        default=LEFT_OUT, description="What it is for: at most 200 letters. Null clears."
    )
    rotate_secret: bool | None = strawberry.field(
        default=LEFT_OUT,
        description="Make a new secret. Messages are signed with both it and the one before for "
        "24 hours.",
    )

    def draft(self, url: str) -> EndpointDraft:
        """The endpoint as services take it, with its checked address."""
        return EndpointDraft(
            url=url,
            types=self.types,
            id=given_id_or_none(self.id, models.WebhookEndpoint, "id"),
            enabled=given_or_none(self.enabled),
            description=given(self.description),
            rotate_secret=bool(given_or_none(self.rotate_secret)),
        )


@strawberry.input(description="What to send again: one delivery, or everything behind a cursor.")
class ReplayInput:
    """One of the two beside the endpoint."""

    endpoint_id: strawberry.ID = strawberry.field(description="The endpoint. It must be enabled.")
    delivery_id: strawberry.ID | None = strawberry.field(
        default=LEFT_OUT, description="The delivery to make again, whatever became of it."
    )
    after: str | None = strawberry.field(
        default=LEFT_OUT,
        description="The cursor of an event (`Event.cursor`, or `data.cursor` of a message): all "
        "that happened after it is sent again. An endpoint that has not come so far yet goes on "
        "where it is.",
    )


@strawberry.type(description="An endpoint after a change.")
class WebhookEndpointPayload(Payload):
    """An endpoint, or why nothing was changed."""

    endpoint: WebhookEndpoint | None = strawberry.field(description="The endpoint as it is now.")
    secret: str | None = strawberry.field(
        description="A new secret (`whsec_…`), shown this once; null where it has not changed."
    )


@strawberry.type
class WebhookMutations:
    """The root fields about webhooks."""

    @strawberry.mutation(
        description="Make an endpoint, or change one. A new one hears of what happens from then on."
    )
    async def save_webhook_endpoint(
        self,
        info: strawberry.Info,
        input: Annotated[WebhookEndpointInput, strawberry.argument(description="The endpoint.")],
    ) -> WebhookEndpointPayload:
        """Make or change one."""
        checked: list[str] = []

        async def check(context: Context) -> None:
            check_types(context, input.types)
            checked[:] = [await checked_url(context, input.url)]

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            endpoint, secret = await save_endpoint(tx, input.draft(checked[0]))
            return {"endpoint": endpoint, "secret": secret}

        return await change(
            info, WebhookEndpointPayload, verb, before=check, endpoint=None, secret=None
        )

    @strawberry.mutation(
        description="Delete an endpoint with its deliveries. Nothing is sent to it any more."
    )
    async def delete_webhook_endpoint(
        self,
        info: strawberry.Info,
        input: Annotated[DeleteInput, strawberry.argument(description="The endpoint.")],
    ) -> DeletePayload:
        """Delete one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.id, models.WebhookEndpoint, "id")
            await delete_endpoint(tx, id)
            return {"deleted_id": global_id(models.WebhookEndpoint, id)}

        return await change(info, DeletePayload, verb, deleted_id=None)

    @strawberry.mutation(
        description="Send again, with the ids that the messages had: one delivery, or everything "
        "after an event."
    )
    async def replay_webhook(
        self,
        info: strawberry.Info,
        input: Annotated[ReplayInput, strawberry.argument(description="What to send again.")],
    ) -> WebhookEndpointPayload:
        """Have it delivered again."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            endpoint = await replay(
                tx,
                parse_id(input.endpoint_id, models.WebhookEndpoint, "endpointId"),
                delivery_id=given_id_or_none(
                    input.delivery_id, models.WebhookDelivery, "deliveryId"
                ),
                after_seq=place_in_log(given_or_none(input.after)),
            )
            return {"endpoint": endpoint, "secret": None}

        return await change(info, WebhookEndpointPayload, verb, endpoint=None, secret=None)
