"""Letting others in: keys for systems, invitations for people."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
import structlog

import models
from resolvers.context import Context
from resolvers.ids import global_id, parse_id
from schema.api_keys import ApiKey
from schema.givens import LEFT_OUT, given_or_none
from schema.inputs import DeleteInput
from schema.payloads import DeletePayload, Payload, change
from schema.users import User
from services.api_keys import end_key, make_key, tell_of_end
from services.transactions import Transaction
from services.users import invite_user

log = structlog.get_logger("satukan.keys")


@strawberry.input(description="A new key.")
class ApiKeyInput:
    """A key as it is to be."""

    name: str = strawberry.field(description="By which people know it: 1 to 200 letters.")
    role: models.Role = strawberry.field(
        description="What the key acts as. PARTNER may do what its scopes say, and nothing else."
    )
    scopes: list[str] | None = strawberry.field(
        default=LEFT_OUT,
        description="Such as `customers:read`; `viewer` names those of the caller. A partner's key "
        "may do nothing without; for other roles they narrow what the role may.",
    )
    expires_at: datetime | None = strawberry.field(
        default=LEFT_OUT, description="From when on it lets nobody in; left out, never."
    )


@strawberry.input(description="Somebody who is to work in the workspace.")
class UserInput:
    """A user as they are to be."""

    name: str = strawberry.field(description="Their name: 1 to 200 letters.")
    email: str = strawberry.field(
        description="The address that the identity provider knows them by. No message is sent."
    )
    role: models.Role = strawberry.field(description="What they may do: OWNER, ADMIN or AGENT.")


@strawberry.type(description="A new key.")
class ApiKeyPayload(Payload):
    """A key, or why there is none."""

    api_key: ApiKey | None = strawberry.field(description="The key, without its secret.")
    secret: str | None = strawberry.field(
        description="The key itself (`sk_…`), shown this once: only its hash is kept."
    )


@strawberry.type(description="A user after a change.")
class UserPayload(Payload):
    """A user, or why nothing was changed."""

    user: User | None = strawberry.field(description="The user.")


@strawberry.type
class ApiKeyMutations:
    """The root fields about who may come in."""

    @strawberry.mutation(
        description="Make a key. It may do no more than who makes it; only an owner makes an "
        "owner's."
    )
    async def create_api_key(
        self,
        info: strawberry.Info,
        input: Annotated[ApiKeyInput, strawberry.argument(description="The key.")],
    ) -> ApiKeyPayload:
        """Make one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            scopes = given_or_none(input.scopes) or ()
            expires_at = given_or_none(input.expires_at)
            key, secret = await make_key(tx, input.role, scopes, input.name, expires_at)
            return {"api_key": key, "secret": secret}

        return await change(info, ApiKeyPayload, verb, api_key=None, secret=None)

    @strawberry.mutation(
        description="Revoke a key: from now on it lets nobody in, and what runs under it ends. "
        "Its name stays with what it has done."
    )
    async def revoke_api_key(
        self,
        info: strawberry.Info,
        input: Annotated[DeleteInput, strawberry.argument(description="The key.")],
    ) -> DeletePayload:
        """End one, and tell every gateway before answering."""
        context: Context = info.context

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            id = parse_id(input.id, models.ApiKey, "id")
            await end_key(tx, id)
            return {"deleted_id": global_id(models.ApiKey, id)}

        payload = await change(info, DeletePayload, verb, deleted_id=None)
        if payload.deleted_id is not None:
            id = parse_id(payload.deleted_id, models.ApiKey, "id")
            if not await tell_of_end(id, context.outside.announce):
                log.warning("key_revoked_without_notice", key=payload.deleted_id)
        return payload

    @strawberry.mutation(
        description="Let somebody into the workspace, who logs in at the identity provider with "
        "this address."
    )
    async def invite_user(
        self,
        info: strawberry.Info,
        input: Annotated[UserInput, strawberry.argument(description="The user.")],
    ) -> UserPayload:
        """Make the user."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"user": await invite_user(tx, input.name, input.email, input.role)}

        return await change(info, UserPayload, verb, user=None)
