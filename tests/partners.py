"""Records of partners for tests: a key, and an endpoint of webhooks with what was sent to it."""

from datetime import timedelta
from typing import Any

import models
from tests.records import Records


def api_key(records: Records, name: str = "Mitra", **values: Any) -> models.ApiKey:
    """A partner's key. Nobody knows its secret."""
    return records.add(
        models.ApiKey,
        **{
            "name": name,
            "role": models.Role.PARTNER,
            "scopes": ["events:read"],
            "secret_hash": f"{records.number('api_key'):064}",
            "hint": "x4Kq",
            "created_at": records.now,
            **values,
        },
    )


def webhook(records: Records, event: models.Event, **values: Any) -> models.WebhookEndpoint:
    """An endpoint that has been told of an event, at the second attempt."""
    times = {"created_at": records.now, "updated_at": records.now}
    endpoint = records.add(
        models.WebhookEndpoint,
        **{
            "url": "https://partner.example/hooks",
            "types": [event.type.value],
            "secret": "whsec_cGFydG5lciBvZiB0aGUgc2hvcCBpbiB0ZXN0cw==",
            "next_seq": event.seq + 1,
            **times,
            **values,
        },
    )
    delivery = records.add(
        models.WebhookDelivery,
        endpoint_id=endpoint.id,
        event_id=event.id,
        status=models.DeliveryStatus.DELIVERED,
        attempt_count=2,
        **times,
    )
    for number, status in enumerate((500, 204)):
        records.add(
            models.WebhookAttempt,
            delivery_id=delivery.id,
            attempted_at=records.now + timedelta(seconds=6 * number),
            status_code=status,
            duration_ms=12,
        )
    return endpoint
