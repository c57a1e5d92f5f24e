"""Secrets and personal data are planted all over, and looked for in all that is written down.

Logs at their most talkative, metrics, errors, events, rows and printed settings. What a customer's
own record holds is theirs and stands in its tables; a key, a token, a password of a server stands
nowhere.
"""

import io
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
import structlog
from pydantic import ValidationError

from gateway.app import create_app
from gateway.logging import configure_logging, scrub_text
from models import Role, Workspace
from services.api_keys import create_key
from settings import Settings
from tests.journeys.isolation.walker import all_models

PHONE, EMAIL, MESSAGE, NAME = (
    "+6281298765432",
    "rahasia@contoh.co.id",
    "PESANRAHASIA",
    "NAMARAHASIA",
)
UPLOADED, PASSWORD = "ISIRAHASIA", "SANDIRAHASIA"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJSQUhBU0lBIn0.dGFuZGF0YW5nYW5yYWhhc2lh"
FORGED = "sk_AAAAAAAAAAAAAAAAAAAAAA_kuncirahasiakuncirahasiakuncirahasiakun1"
PERSONAL = (PHONE, EMAIL, MESSAGE, NAME, UPLOADED, PHONE.removeprefix("+"))
BREAK = "SELECT $1::text::uuid"


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """All logs, with every library that can talk made to."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    written = io.StringIO()
    configure_logging(Settings(environment="production", log_level="DEBUG"), written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


@pytest_asyncio.fixture
async def http(
    settings: Settings, database: None, tmp_path: Path, logs: io.StringIO
) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway as it is composed, with a folder of files."""
    app = create_app(settings.model_copy(update={"files": tmp_path, "webhook_allow_private": True}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as made:
        yield made


def customer(**values: Any) -> dict[str, Any]:
    """A customer with everything that is nobody's business."""
    return {"fullName": NAME, "phone": PHONE, "email": EMAIL, "channel": "WHATSAPP", **values}


ADD = """mutation($input: AddCustomerInput!) {
    addCustomer(input: $input) { customer { id } errors { code message } } }"""
RECORD = """mutation($input: RecordMessageInput!) {
    recordMessage(input: $input) { message { id } errors { code message } } }"""
HOOK = """mutation($input: WebhookEndpointInput!) {
    saveWebhookEndpoint(input: $input) { secret errors { code message } } }"""
BAD = (
    f'{{ customers(search: "{NAME}") {{ nodes {{ id }} }}',
    f'{{ customers(filter: {{ phone: "{PHONE}" }}) {{ totalCount }} }}',
    f'{{ customer(id: "{MESSAGE}") {{ id }} }}',
    "query Which($f: CustomerFilter) { customers(filter: $f) { totalCount } }",
)


async def ask(http: httpx.AsyncClient, key: str, query: str, **variables: Any) -> httpx.Response:
    """An answer, to whoever's key."""
    headers = {"Authorization": f"Bearer {key}"}
    body = {"query": query, "variables": variables}
    return await http.post(f"/graphql?token={key}", json=body, headers=headers)


async def live(http: httpx.AsyncClient, key: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that may go right or wrong with such data. Returns what errors said, and the
    secret of a webhook, first."""
    made = (await ask(http, key, ADD, input=customer())).json()
    assert made["data"]["addCustomer"]["customer"], made
    message = {
        "channel": "WHATSAPP",
        "identifier": PHONE,
        "direction": "INBOUND",
        "externalId": "1",
        "sentAt": "2026-11-01T00:00:00Z",
        "text": MESSAGE,
        "senderName": NAME,
    }
    recorded = (await ask(http, key, RECORD, input=message)).json()
    assert recorded["data"]["recordMessage"]["message"], recorded
    hook = {"url": "http://127.0.0.1:9/h", "types": ["CUSTOMER_ADDED"]}
    secret = (await ask(http, key, HOOK, input=hook)).json()["data"]["saveWebhookEndpoint"][
        "secret"
    ]
    assert secret
    headers = {"Authorization": f"Bearer {key}"}
    sent = await http.post("/uploads?name=a.csv", content=UPLOADED.encode() * 9, headers=headers)
    assert sent.status_code == 201
    said = []
    for query in BAD:
        said.append((await ask(http, key, query, f={"search": EMAIL})).text)
    for bad in (customer(phone=f"{PHONE}x"), customer(email=f"{EMAIL}@"), {"fullName": 7}):
        said.append((await ask(http, key, ADD, input=bad)).text)
    for stranger in (TOKEN, FORGED, f"{key}x"):
        said.append((await ask(http, stranger, "{ viewer { role } }")).text)
    said.append((await http.post("/graphql", content=f'{{"query": "{MESSAGE}'.encode())).text)

    async def breaks(tx: Any, *_: Any, **__: Any) -> None:
        await tx.fetch(BREAK, MESSAGE)

    monkeypatch.setattr("schema.mutations.customers.add_customer", breaks, raising=True)
    broken = await ask(http, key, ADD, input=customer(phone=None, email=None))
    assert "INTERNAL" in broken.text, broken.text
    return [secret, broken.text, *said]


async def test_nothing_planted_is_written_down(
    http: httpx.AsyncClient,
    logs: io.StringIO,
    workspace: Workspace,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, key = await create_key(workspace.id, Role.OWNER, ())
    secret, broken, *said = await live(http, key, monkeypatch)
    metrics = (await http.get("/metrics")).text
    log = logs.getvalue()
    assert log.count('"event":"request"') > 10
    assert "unexpected error" in log
    credentials = (key, key[25:], secret, TOKEN, TOKEN.split(".")[2], FORGED, FORGED[25:])
    for planted in (*credentials, *PERSONAL):
        assert planted not in log, planted
        assert planted not in metrics, planted
        assert planted not in broken, planted
    for text in said:
        assert not any(planted in text for planted in credentials)
    kept = await everything(settings, workspace)
    for planted in (key, key[25:], TOKEN, FORGED):
        assert planted not in kept
    assert kept.count(secret) == 1
    assert secret not in await everything(settings, workspace, "events", "webhook_deliveries")


async def everything(settings: Settings, workspace: Workspace, *tables: str) -> str:
    """All rows of a workspace as text."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        parts = []
        for table in tables or sorted({one._meta.db_table for one in all_models()}):
            sql = f"SELECT t::text FROM {table} t WHERE workspace_id = $1"
            parts += [row[0] for row in await connection.fetch(sql, workspace.id)]
        return "\n".join(parts)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "told",
    [
        f'invalid input syntax for type uuid: "{MESSAGE}"',
        f'invalid input syntax for type json: "{NAME}\n{MESSAGE}"',
        f'invalid input value for enum kind: "{MESSAGE}"',
        f'date/time field value out of range: "{PHONE}"',
        f'value "{PHONE}" is out of range for type integer',
        f'malformed array literal: "{MESSAGE}"',
    ],
)
def test_what_postgresql_quotes_is_left_out(told: str) -> None:
    scrubbed = scrub_text(f"Traceback:\nDataError: {told}\n\nThe above exception")
    assert not any(planted in scrubbed for planted in PERSONAL)
    assert scrubbed.endswith("\n\nThe above exception")
    assert "(left out)" in scrubbed


def test_settings_are_printed_without_what_opens_something() -> None:
    url = f"postgres://satukan:{PASSWORD}@db/satukan"
    secret: Any = PASSWORD
    addresses = ("database_url", "database_app_url", "database_maintenance_url")
    given: dict[str, Any] = {
        **dict.fromkeys(addresses, url),
        "redis_url": f"redis://:{PASSWORD}@valkey",
        "jwks_url": f"https://user:{PASSWORD}@idp/keys",
        **dict.fromkeys(("app_password", "maintenance_password", "metrics_token"), secret),
    }
    made = Settings(**given)
    for text in (repr(made), str(made), f"{made!r:>10}", repr([made])):
        assert PASSWORD not in text
        assert "statement_timeout_seconds" in text
    with pytest.raises(ValidationError) as caught:
        Settings(**given, trusted_documents_only=True)
    with pytest.raises(ValidationError) as malformed:
        Settings(**given, database_pool_size=secret)
    assert PASSWORD not in str(caught.value) + repr(malformed.value)
