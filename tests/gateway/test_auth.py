"""Who asks by a user's token: what it must say, and whose keys it must be signed with."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from pydantic import ValidationError

from gateway.auth import BearerAuthenticator
from gateway.refusals import Refused
from models import Role, User, Workspace
from models.base import new_id
from resolvers.ids import global_id
from services.actors import Caller, Scope
from services.tokens import KeySet, KeysUnavailable, TokenVerifier, parse_keys
from services.transactions import workspace_transaction
from settings import Settings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER, AUDIENCE = "https://id.example/", "satukan"
SIGNER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
EDWARDS = ed25519.Ed25519PrivateKey.generate()
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(algorithm: str, key: Any, **members: str) -> dict[str, Any]:
    """The public half of a key as JWKS has it."""
    kinds: dict[str, Any] = {"RS": jwt.algorithms.RSAAlgorithm, "ES": jwt.algorithms.ECAlgorithm}
    kind: Any = kinds.get(algorithm[:2], jwt.algorithms.OKPAlgorithm)
    return {**json.loads(kind.to_jwk(key.public_key())), "use": "sig", **members}


KEYS = {
    "keys": [
        public("RS256", SIGNER, kid="rsa", alg="RS256"),
        public("ES256", CURVE, kid="ec"),
        public("EdDSA", EDWARDS, kid="ed"),
        {"kty": "unheard-of", "kid": "odd"},
        {**public("RS256", STRANGER, kid="encryption"), "use": "enc"},
    ]
}


@pytest.fixture
def settings_with_keys(settings: Settings, tmp_path: Path) -> Settings:
    """Settings that know an identity provider by a file."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(KEYS))
    return settings.model_copy(
        update={"jwks_path": file, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    )


@pytest_asyncio.fixture
async def user(workspace: Workspace) -> User:
    """An agent whom the provider knows as auth0|1."""
    return await add_user(workspace, "auth0|1", "sari@toko.example")


async def add_user(
    workspace: Workspace, subject: str | None, email: str, disabled_at: datetime | None = None
) -> User:
    async with workspace_transaction(workspace.id, now=NOW) as transaction:
        made = User(
            id=new_id(),
            workspace_id=workspace.id,
            name="Sari",
            email=email,
            role=Role.AGENT,
            subject=subject,
            search_text="sari",
            disabled_at=disabled_at,
            created_at=NOW,
            updated_at=NOW,
        )
        await made.save(using_db=transaction.connection, force_create=True)
    return made


def claims(workspace_id: UUID, **changes: Any) -> dict[str, Any]:
    """The claims of a valid token; a change to None leaves the claim out."""
    valid = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "auth0|1",
        "workspace": str(workspace_id),
        "exp": (NOW + timedelta(minutes=5)).timestamp(),
    }
    return {name: value for name, value in (valid | changes).items() if value is not None}


def signed(
    body: dict[str, Any], key: Any = SIGNER, algorithm: str = "RS256", kid: str | None = "rsa"
) -> str:
    """A token."""
    return jwt.encode(body, key, algorithm, headers={"kid": kid} if kid else {})


async def ask(settings: Settings, token: str, now: datetime = NOW) -> Caller | None:
    """Whom the gateway takes the bearer of a token for; None where it takes them for nobody."""
    authenticator = BearerAuthenticator(TokenVerifier(settings, KeySet(settings)))
    try:
        return await authenticator(f"Bearer {token}", now)
    except Refused as refused:
        if refused.status != 401:
            raise
        return None


# ── users' tokens ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(SIGNER, "RS256", "rsa"), (CURVE, "ES256", "ec"), (EDWARDS, "EdDSA", "ed")],
)
async def test_a_token_stands_for_its_user(
    settings_with_keys: Settings,
    workspace: Workspace,
    user: User,
    key: Any,
    algorithm: str,
    kid: str,
) -> None:
    caller = await ask(settings_with_keys, signed(claims(workspace.id), key, algorithm, kid))
    assert caller is not None
    assert (caller.actor.user_id, caller.actor.role) == (user.id, Role.AGENT)
    assert Scope.CUSTOMERS_WRITE in caller.actor.scopes
    assert Scope.SETTINGS_MANAGE not in caller.actor.scopes
    assert caller.actor.api_key_id is None


async def test_a_workspace_may_be_named_by_its_global_id(
    settings_with_keys: Settings, workspace: Workspace, user: User
) -> None:
    body = claims(workspace.id, workspace=global_id(Workspace, workspace.id))
    assert await ask(settings_with_keys, signed(body)) is not None


async def test_the_role_is_the_rows_and_never_the_tokens(
    settings_with_keys: Settings, workspace: Workspace, user: User
) -> None:
    body = claims(workspace.id, role="OWNER", scope="settings:manage", scopes=["settings:manage"])
    caller = await ask(settings_with_keys, signed(body))
    assert caller is not None
    assert caller.actor.role is Role.AGENT


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": (NOW - timedelta(seconds=11)).timestamp()},
        {"nbf": (NOW + timedelta(seconds=11)).timestamp()},
        {"iss": "https://elsewhere.example/"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "auth0|unknown"},
        {"workspace": None},
        {"workspace": "everything"},
        {"workspace": str(UUID(int=7))},
    ],
    ids=str,
)
async def test_a_token_whose_claims_are_wrong_stands_for_nobody(
    settings_with_keys: Settings, workspace: Workspace, user: User, changes: dict[str, Any]
) -> None:
    assert await ask(settings_with_keys, signed(claims(workspace.id, **changes))) is None


async def test_a_token_may_be_a_little_late(
    settings_with_keys: Settings, workspace: Workspace, user: User
) -> None:
    body = claims(workspace.id, exp=(NOW - timedelta(seconds=9)).timestamp())
    assert await ask(settings_with_keys, signed(body)) is not None


async def test_a_token_that_the_provider_has_not_signed_stands_for_nobody(
    settings_with_keys: Settings, workspace: Workspace, user: User
) -> None:
    body = claims(workspace.id)
    good = signed(body)
    head, middle, signature = good.split(".")
    pem = "-----BEGIN PUBLIC KEY-----"
    forged = [
        signed(body, STRANGER),
        signed(body, STRANGER, kid="encryption"),
        signed(body, kid="unknown"),
        signed(body, kid=None),
        signed(body, CURVE, "ES256", "rsa"),
        signed(body, SIGNER, "RS512"),
        signed(body, pem + "x" * 40, "HS256"),
        jwt.encode(body, "", "none", headers={"kid": "rsa"}),
        f"{head}.{middle}.",
        f"{head}.{middle}.{signature[::-1]}",
        f"{head}.{middle}",
        "a.b.c",
        good * 20,
    ]
    assert [await ask(settings_with_keys, token) for token in forged] == [None] * len(forged)


async def test_a_user_of_another_workspace_is_nobody_here(
    settings_with_keys: Settings, workspace: Workspace, other_workspace: Workspace, user: User
) -> None:
    assert await ask(settings_with_keys, signed(claims(other_workspace.id))) is None


async def test_a_disabled_user_is_nobody(
    settings_with_keys: Settings, workspace: Workspace
) -> None:
    await add_user(workspace, "auth0|1", "sari@toko.example", disabled_at=NOW)
    assert await ask(settings_with_keys, signed(claims(workspace.id))) is None


async def test_who_was_invited_is_known_by_their_verified_address_once(
    settings_with_keys: Settings, workspace: Workspace
) -> None:
    invited = await add_user(workspace, None, "Sari@Toko.example")
    address = {"email": "sari@toko.example"}
    unverified = claims(workspace.id, **address)
    assert await ask(settings_with_keys, signed(unverified)) is None
    verified = claims(workspace.id, **address, email_verified=True)
    caller = await ask(settings_with_keys, signed(verified))
    assert caller is not None
    assert caller.actor.user_id == invited.id
    # From now on it is the subject that counts: whoever gets the address later is somebody else.
    assert await ask(settings_with_keys, signed(claims(workspace.id))) is not None
    later = claims(workspace.id, **address, email_verified=True, sub="auth0|2")
    assert await ask(settings_with_keys, signed(later)) is None


async def test_without_a_provider_there_are_no_tokens(workspace: Workspace, user: User) -> None:
    with pytest.raises(Refused) as caught:
        await BearerAuthenticator(None)(f"Bearer {signed(claims(workspace.id))}", NOW)
    assert caught.value.status == 401


# ── the provider's keys ────────────────────────────────────────────────────────────────────────


class Provider:
    """An identity provider's key set at an address."""

    def __init__(self) -> None:
        self.asked = 0
        self.body = json.dumps(KEYS).encode()
        self.status = 200
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                self.send_response(provider.status)
                self.end_headers()
                self.wfile.write(provider.body)

            def log_message(self, *arguments: object) -> None:
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"
        self.thread = Thread(target=self.server.serve_forever, args=(0.01,))


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    made.thread.start()
    yield made
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


def seconds(count: float) -> datetime:
    return NOW + timedelta(seconds=count)


async def test_keys_are_read_once_in_their_lifetime(provider: Provider) -> None:
    keys = KeySet(Settings(jwks_url=provider.url, jwks_lifetime_seconds=600))
    for after in (0, 1, 599):
        assert await keys.find("rsa", seconds(after)) is not None
    assert provider.asked == 1
    assert await keys.find("rsa", seconds(600)) is not None
    assert provider.asked == 2


async def test_an_unknown_key_has_them_read_again_but_not_at_every_token(
    provider: Provider,
) -> None:
    keys = KeySet(Settings(jwks_url=provider.url, jwks_refetch_seconds=30))
    assert await keys.find("rsa", seconds(0)) is not None
    new = public("RS256", STRANGER, kid="new")
    provider.body = json.dumps({"keys": [new]}).encode()
    assert await keys.find("new", seconds(29)) is None
    assert provider.asked == 1
    assert await keys.find("new", seconds(30)) is not None
    assert await keys.find("rsa", seconds(31)) is None
    assert provider.asked == 2


async def test_known_keys_serve_on_while_the_provider_is_away(provider: Provider) -> None:
    keys = KeySet(Settings(jwks_url=provider.url, jwks_lifetime_seconds=60))
    assert await keys.find("rsa", seconds(0)) is not None
    provider.status = 500
    assert await keys.find("rsa", seconds(120)) is not None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"keys": 1}', b'{"keys": []}' + b" " * 300_000])
async def test_keys_that_cannot_be_read_are_said_to_be_unavailable(
    provider: Provider, body: bytes
) -> None:
    provider.body = body
    keys = KeySet(Settings(jwks_url=provider.url))
    for after in (0, 1):
        with pytest.raises(KeysUnavailable):
            await keys.find("rsa", seconds(after))
    assert provider.asked == 1


async def test_while_keys_are_unavailable_the_answer_is_503(workspace: Workspace) -> None:
    settings = Settings(jwks_path=Path("/nonexistent/jwks.json"))
    authenticator = BearerAuthenticator(TokenVerifier(settings, KeySet(settings)))
    with pytest.raises(Refused) as caught:
        await authenticator(f"Bearer {signed(claims(workspace.id))}", NOW)
    assert (caught.value.status, caught.value.code) == (503, "UNAVAILABLE")
    assert "Retry-After" in caught.value.headers


def test_keys_of_other_kinds_and_uses_are_left_out() -> None:
    assert [key.key_id for key in parse_keys(json.dumps(KEYS).encode())] == ["rsa", "ec", "ed"]


@pytest.mark.parametrize("algorithms", [("HS256",), ("RS256", "none")])
def test_only_algorithms_with_a_private_key_may_be_set(algorithms: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="asymmetric"):
        Settings(jwt_algorithms=algorithms)
