"""Where webhooks may be sent: what is refused when it is saved, and again when it is called."""

import asyncio
from ipaddress import IPv4Address, IPv6Address

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ErrorCode
from services.webhooks.addresses import (
    AddressRules,
    RefusedAddress,
    Resolve,
    SystemResolver,
    check_url,
    checked_addresses,
)
from services.webhooks.sending import HttpSender
from tests.services.webhooks.deliveries import PRIVATE, Clock
from tests.services.webhooks.receivers import Taken, receiving
from tests.services.writing import refused

PUBLIC = AddressRules()
REFUSED = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
]
ALLOWED = ["93.184.216.34", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
           "64:ff9b::5db8:d822"]  # fmt: skip


def names(**known: str) -> Resolve:
    """A resolver that knows these names; each may have several addresses."""

    async def resolve(host: str, port: int) -> list[str]:
        if host.replace(".", "_") not in known:
            raise OSError("no such name")
        return known[host.replace(".", "_")].split()

    return resolve


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_not_of_the_public_internet_are_refused(address: str) -> None:
    with pytest.raises(RefusedAddress):
        PUBLIC.check(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_addresses_of_the_public_internet_are_allowed(address: str) -> None:
    PUBLIC.check(address)
    PRIVATE.check(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd12::1", "100.64.0.1"])
def test_for_development_private_ones_may_be_allowed(address: str) -> None:
    PRIVATE.check(address)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "224.0.0.1"]
)
def test_but_not_the_metadata_of_clouds(address: str) -> None:
    with pytest.raises(RefusedAddress):
        PRIVATE.check(address)


@given(st.ip_addresses())
def test_what_is_allowed_is_public_to_the_standard_library_too(
    address: IPv4Address | IPv6Address,
) -> None:
    try:
        PUBLIC.check(str(address))
    except RefusedAddress:
        return
    mapped = str(address).startswith("64:ff9b::")
    assert mapped or (address.is_global and not address.is_multicast)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://partner.example/", "https://"),
        ("ftp://partner.example/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("javascript:alert(1)", "https://"),
        ("//partner.example/", "https://"),
        ("partner.example", "https://"),
        ("https://", "host"),
        ("https:///x", "host"),
        ("https://user@partner.example/", "password"),
        ("https://user:secret@partner.example/", "password"),
        ("https://:secret@partner.example/", "password"),
        ("https://partner.example/ x", "white space"),
        ("https://partner.example/\nx", "white space"),
        ("https://partner.example:99999/", "no address"),
        ("https://partner.example/" + "x" * 2000, "at most 2000"),
        ("https://127.0.0.1/", "private"),
        ("https://[::1]/", "private"),
        ("https://[::ffff:127.0.0.1]/", "private"),
        ("https://[fe80::1%25eth0]/", "private"),
        ("https://169.254.169.254/latest/meta-data", "private"),
        ("https://localhost/", "private"),
        ("https://2130706433/", "private"),
        ("https://127.1/", "private"),
        ("https://0x7f000001/", "private"),
        ("https://0/", "private"),
        ("https://inside.example/", "private"),
        ("https://mixed.example/", "private"),
        ("https://unknown.example/", "cannot be resolved"),
    ],
)
async def test_bad_addresses_are_refused_when_they_are_saved(url: str, says: str) -> None:
    known = names(inside_example="10.0.0.7", mixed_example="93.184.216.34 10.0.0.7")

    async def resolve(host: str, port: int) -> list[str]:
        if host.endswith(".example"):
            return await known(host, port)
        return await SystemResolver()(host, port)

    found = await refused(ErrorCode.INVALID, ("url",), check_url(url, PUBLIC, resolve))
    assert says in found.message


async def test_a_good_address_is_kept_in_its_normal_form() -> None:
    resolve = names(partner_example="93.184.216.34")
    for given_, kept in {
        "https://Partner.Example/Hooks?a=1#part": "https://partner.example/Hooks?a=1",
        "https://partner.example:8443": "https://partner.example:8443",
        "https://93.184.216.34/": "https://93.184.216.34/",
    }.items():
        assert await check_url(given_, PUBLIC, resolve) == kept


async def test_a_name_that_changes_after_it_was_judged_is_judged_again() -> None:
    """DNS rebinding: public when it is saved, this machine when it is called."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]])

    async def resolve(host: str, port: int) -> list[str]:
        return next(answers)

    async with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        url = f"https://partner.example:{port}/"
        assert await check_url(url, PUBLIC, resolve) == url
        async with HttpSender(PUBLIC, Clock(), resolve=resolve) as send:
            answer = await send(url, {}, b"{}")
        assert (answer.status_code, answer.error) == (
            None,
            "The address is not on the public internet.",
        )
        assert receiver.taken == []


async def test_the_address_that_was_judged_is_the_one_that_is_called() -> None:
    """The name is resolved once for a connection: there is no second answer to be lied with."""
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "partner.example")
        async with HttpSender(PRIVATE, Clock(), resolve=resolve) as send:
            assert (await send(url, {"webhook-id": "1"}, b"{}")).succeeded
            assert (await send(url, {"webhook-id": "2"}, b"{}")).succeeded
        assert receiver.ids == ["1", "2"]
    assert asked == ["partner.example"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "127.1", "2130706433"])
async def test_nothing_of_this_machine_is_called(host: str) -> None:
    """Even where an address came into the database by another way than saving."""
    async with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        async with HttpSender(PUBLIC, Clock()) as send:
            for scheme in ("http", "https"):
                answer = await send(f"{scheme}://{host}:{port}/", {}, b"{}")
                assert answer.status_code is None
                assert answer.error
        assert receiver.taken == []


async def test_a_redirect_into_our_network_is_not_followed() -> None:
    async with receiving() as inner:

        async def respond(_: Taken) -> web.Response:
            return redirect(inner.url)

        async with receiving(respond) as outer, HttpSender(PRIVATE, Clock()) as send:
            answer = await send(outer.url, {"webhook-id": "1"}, b"{}")
    assert (answer.status_code, answer.succeeded) == (307, False)
    assert inner.taken == []


def redirect(to: str) -> web.Response:
    """A redirect that keeps the method."""
    return web.Response(status=307, headers={"Location": to})


async def test_a_name_that_does_not_answer_takes_one_thread_however_many_ask() -> None:
    resolver = SystemResolver()
    found = await asyncio.gather(*(resolver("localhost", 80) for _ in range(50)))
    assert {tuple(one) for one in found} == {tuple(found[0])}
    with pytest.raises(RefusedAddress):
        await checked_addresses("localhost", 80, PUBLIC, resolver)
