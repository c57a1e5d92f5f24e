"""Messages: their form, and signatures that the library of Standard Webhooks takes for good."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from models import Event, EventType
from models.base import new_id
from resolvers.events import event_cursor
from services.webhooks.messages import Secrets, body_of, headers_of, new_secret
from services.webhooks.messages import event_cursor as written_cursor

CUSTOMER, USER = UUID(int=1), UUID(int=2)
JAVASCRIPT = """
const { Webhook } = require("standardwebhooks");
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const good = cases.map(({ secret, headers, body }) => {
  try { new Webhook(secret).verify(body, headers); return true; } catch { return false; }
});
console.log(JSON.stringify(good));
"""


def event(**values: Any) -> dict[str, Any]:
    """A row of the log."""
    return {
        "id": new_id(),
        "seq": 7,
        "type": EventType.CUSTOMER_MERGED.value,
        "occurred_at": datetime(2026, 11, 22, 2, 0, tzinfo=UTC),
        "customer_id": CUSTOMER,
        "user_id": None,
        "api_key_id": None,
        "payload": '{"mergeId": "mrg_1", "name": "Sitī 🙂"}',
        **values,
    }


def signed(keys: Secrets, at: datetime | None = None) -> tuple[bytes, dict[str, str]]:
    """A message's body and headers."""
    body = body_of(event())
    return body, headers_of("evt_1", body, keys, at or datetime.now(UTC))


def test_the_body_says_what_happened() -> None:
    row = event(user_id=USER)
    assert json.loads(body_of(row)) == {
        "type": "CUSTOMER_MERGED",
        "timestamp": "2026-11-22T02:00:00.000000Z",
        "data": {
            "id": f"evt_{row['id'].hex}",
            "cursor": written_cursor(7, row["id"]),
            "customerId": f"cus_{CUSTOMER.hex}",
            "userId": f"usr_{USER.hex}",
            "apiKeyId": None,
            "payload": {"mergeId": "mrg_1", "name": "Sitī 🙂"},
        },
    }


def test_the_cursor_is_the_one_that_the_api_writes() -> None:
    row = event()
    assert written_cursor(7, row["id"]) == event_cursor(Event(id=row["id"], seq=7))


def test_a_signature_verifies_with_the_library_for_python() -> None:
    secret = new_secret()
    body, headers = signed(Secrets(secret))
    assert Webhook(secret).verify(body, headers) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, {**headers, "webhook-id": "evt_2"})


def test_while_a_secret_is_replaced_both_verify_and_then_the_new_one_only() -> None:
    old, new, now = new_secret(), new_secret(), datetime.now(UTC)
    body, headers = signed(Secrets(new, old, now + timedelta(seconds=1)), now)
    for secret in (old, new):
        Webhook(secret).verify(body, headers)
    body, headers = signed(Secrets(new, old, now), now)
    Webhook(new).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, headers)


def test_secrets_are_not_printed() -> None:
    keys = Secrets(new_secret(), new_secret(), datetime.now(UTC))
    assert keys.current not in f"{keys} {keys!r}"


def test_signatures_verify_with_the_library_for_javascript(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """With `--full`: it takes npm, and its registry. The vectors below need neither."""
    now = datetime.now(UTC)
    old, new = new_secret(), new_secret()
    body, headers = signed(Secrets(new, old, now + timedelta(hours=1)), now)
    cases = [
        {"secret": secret, "headers": headers, "body": text}
        for secret in (new, old, new_secret())
        for text in (body.decode(), body.decode() + " ")
    ]
    expected = [True, False, True, False, False, False]
    if not pytestconfig.getoption("full"):
        assert [verifies(case) for case in cases] == expected
        return
    install = ["npm", "install", "--no-audit", "--no-fund", "standardwebhooks@^1.1"]
    subprocess.run(install, cwd=tmp_path, check=True, capture_output=True)
    ran = subprocess.run(
        ["node", "-e", JAVASCRIPT],
        cwd=tmp_path,
        input=json.dumps(cases),
        text=True,
        capture_output=True,
        check=True,
    )
    assert json.loads(ran.stdout) == expected


def verifies(case: dict[str, Any]) -> bool:
    """Whether the library for Python takes a case for good."""
    try:
        Webhook(case["secret"]).verify(case["body"], case["headers"])
    except WebhookVerificationError:
        return False
    return True
