"""Channels and identities: which account is meant, and who stands behind an identifier."""

import asyncio
from datetime import timedelta

import pytest

from models import ChannelKind, Workspace
from models.base import new_id
from services.channels import find_channel
from services.errors import ErrorCode, Refusal
from services.identities import connect_identity, find_identity, identity_of_kind
from services.transactions import RetryTransaction, Transaction, workspace_transaction
from tests.services.reports import NOW, PHONE, account, merged, rows, the_customer, typed_in, within

WHATSAPP = ChannelKind.WHATSAPP
HOUR = timedelta(hours=1)


async def test_a_kinds_default_account_is_made_when_it_is_first_asked_for(
    workspace: Workspace,
) -> None:
    first = await within(workspace, lambda tx: find_channel(tx, WHATSAPP))
    again = await within(workspace, lambda tx: find_channel(tx, WHATSAPP))
    assert first.id == again.id
    assert (first.name, first.kind, first.is_default) == ("WhatsApp", WHATSAPP, True)


@pytest.mark.parametrize("kind", list(ChannelKind))
async def test_each_kind_has_a_default_account_with_a_name(
    workspace: Workspace, kind: ChannelKind
) -> None:
    found = await within(workspace, lambda tx: find_channel(tx, kind))
    assert found.kind is kind
    assert found.name


async def test_asked_for_at_one_instant_there_is_one_default_account(
    workspace: Workspace,
) -> None:
    found = await asyncio.gather(
        *(within(workspace, lambda tx: find_channel(tx, WHATSAPP)) for _ in range(12))
    )
    assert len({channel.id for channel in found}) == 1


async def test_a_named_account_is_that_one(workspace: Workspace) -> None:
    branch = await account(workspace, WHATSAPP)
    found = await within(workspace, lambda tx: find_channel(tx, WHATSAPP, branch.id))
    assert found.id == branch.id
    assert (await within(workspace, lambda tx: find_channel(tx, WHATSAPP))).id != branch.id


async def test_an_account_of_another_kind_or_workspace_is_refused(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    shop = await account(workspace, ChannelKind.SHOPEE)
    foreign = await account(other_workspace, WHATSAPP)
    for id, code in (
        (shop.id, ErrorCode.INVALID),
        (foreign.id, ErrorCode.NOT_FOUND),
        (new_id(), ErrorCode.NOT_FOUND),
    ):
        with pytest.raises(Refusal) as refused:
            await within(workspace, lambda tx, id=id: find_channel(tx, WHATSAPP, id))  # type: ignore[misc]
        assert (refused.value.code, refused.value.field) == (code, ("channelId",))


async def test_the_first_identity_becomes_the_main_one_and_gives_its_username(
    workspace: Workspace,
) -> None:
    siti = await typed_in(workspace)

    async def connect(tx: Transaction) -> None:
        instagram = await find_channel(tx, ChannelKind.INSTAGRAM)
        await connect_identity(tx, siti, instagram, "17841400", "siti.shop", at=NOW)
        await connect_identity(tx, siti, await find_channel(tx, WHATSAPP), PHONE, at=NOW)

    await within(workspace, connect)
    customer = await the_customer(workspace, siti.id)
    first, second = await rows(
        workspace,
        "SELECT * FROM channel_identities WHERE workspace_id = $1 ORDER BY kind",
    )
    assert customer.main_identity_id == first["id"]
    assert customer.username == first["username"] == "siti.shop"
    assert (first["phone"], second["phone"]) == (None, PHONE)
    for term in ("siti aminah", "17841400", "siti.shop", "6281234567890"):
        assert term in customer.search_text


async def test_an_identifier_is_connected_once_on_a_channel(workspace: Workspace) -> None:
    siti, rudi = await typed_in(workspace), await typed_in(workspace)

    async def connect(tx: Transaction, *, at_branch: bool = False) -> None:
        branch = await account(workspace, WHATSAPP) if at_branch else None
        channel = await find_channel(tx, WHATSAPP, branch.id if branch else None)
        await connect_identity(tx, rudi if at_branch else siti, channel, PHONE, at=NOW)

    await within(workspace, connect)
    async with workspace_transaction(workspace.id, now=NOW) as tx:
        with pytest.raises(RetryTransaction):
            await connect(tx)
    await within(workspace, lambda tx: connect(tx, at_branch=True))
    counted = await rows(
        workspace, "SELECT count(*) AS count FROM channel_identities WHERE workspace_id = $1"
    )
    assert counted == [{"count": 2}]


async def test_who_stands_behind_an_identifier_is_found_by_account_and_by_platform(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    siti, rudi = await typed_in(workspace), await typed_in(workspace)
    branch = await account(workspace, WHATSAPP)

    async def check(tx: Transaction) -> None:
        default = await find_channel(tx, WHATSAPP)
        assert await identity_of_kind(tx, WHATSAPP, PHONE) is None
        await connect_identity(tx, rudi, branch, PHONE, at=NOW - HOUR)
        found = await identity_of_kind(tx, WHATSAPP, PHONE)
        assert found is not None
        assert found.customer_id == rudi.id
        await connect_identity(tx, siti, default, PHONE, at=NOW)
        found = await identity_of_kind(tx, WHATSAPP, PHONE)
        assert found is not None
        assert found.customer_id == siti.id
        at_branch = await find_identity(tx, branch, PHONE)
        assert at_branch is not None
        assert at_branch.customer_id == rudi.id
        assert await identity_of_kind(tx, ChannelKind.SMS, PHONE) is None

    await within(workspace, check)
    elsewhere = await within(other_workspace, lambda tx: identity_of_kind(tx, WHATSAPP, PHONE))
    assert elsewhere is None


async def test_an_identity_of_a_member_belongs_to_the_main_one_and_keeps_its_origin(
    workspace: Workspace,
) -> None:
    main, member = await typed_in(workspace), await typed_in(workspace)
    await merged(workspace, main, member)

    async def connect(tx: Transaction) -> None:
        channel = await find_channel(tx, WHATSAPP)
        await connect_identity(tx, main, channel, PHONE, at=NOW, origin_id=member.id)

    await within(workspace, connect)
    (identity,) = await rows(workspace, "SELECT * FROM channel_identities WHERE workspace_id = $1")
    assert (identity["customer_id"], identity["origin_customer_id"]) == (main.id, member.id)
