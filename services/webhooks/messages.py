"""What is sent: the body, the same at each attempt, and the headers that sign it.

The form is that of Standard Webhooks (standardwebhooks.com), so that receivers verify with a
library of their language.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from standardwebhooks.webhooks import Webhook
from tortoise.fields.data import JSON_LOADS

from models import ApiKey, Customer, Event, User
from services.ids import global_id
from services.instants import written

SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES = 32
PLACE = "Event:SEQ:asc"
"""What a cursor of the log says of itself: `resolvers.events.event_cursor` writes the same."""
AGENT = "Satukan-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an endpoint's messages are signed with."""

    current: str
    previous: str | None = None
    previous_until: datetime | None = None

    def at(self, now: datetime) -> list[str]:
        """The secrets that sign at an instant, the current one first."""
        if self.previous is None or self.previous_until is None or self.previous_until <= now:
            return [self.current]
        return [self.current, self.previous]

    def __repr__(self) -> str:
        """Nothing that could get into a log."""
        return "Secrets(…)"


def new_secret() -> str:
    """A new secret: 256 random bits."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def event_cursor(seq: int, id: UUID) -> str:
    """The place of an event in the log, as the API writes it."""
    content = orjson.dumps([PLACE, str(seq), id.hex])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def body_of(event: dict[str, Any]) -> bytes:
    """The message of an event, of its row: {type, timestamp, data}."""
    payload = event["payload"]
    data = {
        "id": message_id(event),
        "cursor": event_cursor(event["seq"], event["id"]),
        "customerId": _id(Customer, event["customer_id"]),
        "userId": _id(User, event["user_id"]),
        "apiKeyId": _id(ApiKey, event["api_key_id"]),
        "payload": JSON_LOADS(payload) if isinstance(payload, str) else payload,
    }
    message = {"type": event["type"], "timestamp": written(event["occurred_at"]), "data": data}
    return orjson.dumps(message)


def message_id(event: dict[str, Any]) -> str:
    """The id of the message: the event's own, whenever and however often it is sent."""
    return global_id(Event, event["id"])


def headers_of(id: str, body: bytes, keys: Secrets, now: datetime) -> dict[str, str]:
    """The headers of an attempt at `now`: one signature for each secret that is valid."""
    at = now.astimezone(UTC)
    text = body.decode()
    signatures = [Webhook(secret).sign(id, at, text) for secret in keys.at(now)]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
        "user-agent": AGENT,
    }


def _id(model: type[Any], id: UUID | None) -> str | None:
    return None if id is None else global_id(model, id)
