"""Replays: one delivery again, or everything from a place in the log on."""

from uuid import UUID

from models import WebhookEndpoint
from services.errors import ErrorCode, Refusal, invalid, not_found
from services.transactions import Transaction
from services.webhooks.endpoints import hold_endpoint

AGAIN = """
    UPDATE webhook_deliveries
    SET status = 'PENDING', attempt_count = 0, next_attempt_at = $4, lease_until = NULL,
        updated_at = $4
    FROM events v
    WHERE webhook_deliveries.workspace_id = $1 AND webhook_deliveries.id = $2
        AND webhook_deliveries.endpoint_id = $3
        AND v.workspace_id = $1 AND v.id = webhook_deliveries.event_id
        AND v.type = ANY($5::text[])"""
GO_BACK = """
    UPDATE webhook_endpoints SET next_seq = $3
    WHERE workspace_id = $1 AND id = $2 AND next_seq > $3"""


async def replay(
    tx: Transaction,
    endpoint_id: UUID,
    *,
    delivery_id: UUID | None = None,
    after_seq: int | None = None,
) -> WebhookEndpoint:
    """Have one delivery made again, or each event that is numbered higher than `after_seq`.

    The messages have the ids that they had. An endpoint that has not come as far as `after_seq`
    goes on where it is: nothing is left out. Raises a Refusal: INVALID unless exactly one of the
    two is given, NOT_FOUND, and CONFLICT where the endpoint is disabled.
    """
    if (delivery_id is None) == (after_seq is None):
        raise invalid("Give deliveryId or after: one of the two.", "deliveryId")
    endpoint = await hold_endpoint(tx, endpoint_id, "endpointId")
    if not endpoint.enabled:
        raise Refusal(
            ErrorCode.CONFLICT,
            "The endpoint is disabled: enable it with saveWebhookEndpoint first.",
            ("endpointId",),
        )
    if delivery_id is not None:
        changed = await tx.execute(
            AGAIN, tx.workspace_id, delivery_id, endpoint_id, tx.now, endpoint.types
        )
        if not changed:
            raise not_found("delivery of this endpoint", "deliveryId")
    else:
        assert after_seq is not None
        await tx.execute(GO_BACK, tx.workspace_id, endpoint_id, after_seq + 1)
    tx.wake()
    return endpoint
