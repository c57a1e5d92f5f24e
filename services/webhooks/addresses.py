"""Where webhooks may be sent: to addresses of the public internet, nowhere behind our own doors.

Whoever can name an address that we then call could otherwise reach what only we can reach
(server-side request forgery). Names are resolved and judged when an endpoint is saved, and again
for each connection, which is made to the very address that was judged: an answer of DNS that
changes in between (rebinding) is worth nothing.

The networks are those of IANA's registries of special-purpose addresses (RFC 6890), and what clouds
answer their machines at.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

from services.errors import Refusal, invalid

LONGEST_URL = 2_000
RESOLVE_SECONDS = 5.0
LOOKUPS_AT_ONCE = 64
"""The system's resolver waits as long as it likes: one name that does not answer takes one place,
however many ask for it, and only so many such names at a time can hold up the others."""

PRIVATE = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",  # carriers' own (CGNAT)
            "127.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "::1/128",
            "fc00::/7",
        ),
    )
)
"""The networks that the setting `webhook_allow_private` opens."""
NEVER = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.100.100.200/32",  # metadata of a cloud
            "168.63.129.16/32",  # likewise
            "169.254.0.0/16",  # link-local, and the metadata of most clouds
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "2001::/23",  # protocols' own, Teredo
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address in disguise
            "3fff::/20",
            "5f00::/16",
            "fd00:ec2::254/128",  # metadata of a cloud
        ),
    )
)
"""What nothing opens."""
PUBLIC_IPV6 = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a name, for a port. Raises OSError where it has none."""


class RefusedAddress(OSError):
    """Webhooks are not sent there. The message names no address of ours."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Which addresses webhooks may be sent to."""

    allow_private: bool = False
    """Loopback, private networks and plain http, too: for development."""

    def check(self, address: str) -> None:
        """Raise RefusedAddress for an address that is not allowed."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            raise RefusedAddress("This is no address.") from None
        if isinstance(found, IPv6Address) and found in NAT64:
            self._judge(IPv4Address(found.packed[-4:]), private=False)
            return
        self._judge(found, private=self.allow_private)

    def _judge(self, found: IPv4Address | IPv6Address, *, private: bool) -> None:
        if not any(found in network for network in NEVER):
            if any(found in network for network in PRIVATE):
                if private:
                    return
            elif isinstance(found, IPv4Address) or found in PUBLIC_IPV6:
                return
        raise RefusedAddress("The address is not on the public internet.")


async def checked_addresses(
    host: str, port: int, rules: AddressRules, resolve: Resolve
) -> list[str]:
    """The addresses of a host, each of which is allowed.

    Raises RefusedAddress where one is not, and OSError where it has none.
    """
    literal = host.strip("[]").partition("%")[0]
    try:
        ip_address(literal)
    except ValueError:
        addresses = await resolve(host, port)
    else:
        addresses = [literal]
    for address in addresses:
        rules.check(address)
    if not addresses:
        raise OSError("The name has no address.")
    return addresses


async def check_url(url: str, rules: AddressRules, resolve: Resolve) -> str:
    """The address of an endpoint in its normal form.

    Raises a Refusal (INVALID) where it is none that webhooks may be sent to: by its form, or by
    what its name stands for at this moment.
    """
    found = parse_url(url, rules)
    host, port = found.host or "", found.port or 443
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            await checked_addresses(host, port, rules, resolve)
    except RefusedAddress:
        raise _refused(
            "url leads into a private or reserved network. Give an address on the public internet."
        ) from None
    except (OSError, TimeoutError):
        raise _refused(f"url: the name “{host[:100]}” cannot be resolved.") from None
    return str(found)


def parse_url(url: str, rules: AddressRules) -> URL:
    """An endpoint's address, parsed as it will be when it is called.

    Raises a Refusal (INVALID) for what has not the form of one.
    """
    if len(url) > LONGEST_URL:
        raise _refused(f"url has {len(url)} characters: at most {LONGEST_URL}.")
    if not url.isprintable() or " " in url:
        raise _refused("url has white space or a control character: leave it out.")
    try:
        found = URL(url)
        host, port = found.host, found.port
    except ValueError:
        raise _refused("url is no address such as https://example.com/hooks.") from None
    schemes = ("https", "http") if rules.allow_private else ("https",)
    if found.scheme not in schemes:
        raise _refused(f"url must begin with {' or '.join(f'{one}://' for one in schemes)}.")
    if not host or not port:
        raise _refused("url names no host.")
    if found.raw_user is not None or found.raw_password is not None:
        raise _refused("url holds a user or a password: the signature says who is calling.")
    return found.with_fragment(None)


def _refused(message: str) -> Refusal:
    return invalid(message, "url")


class SystemResolver:
    """Resolves names as the machine does: a `Resolve`."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, "webhook-names")
        self._asked: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses of a name. Raises OSError where it has none."""
        key = (host, port)
        asked = self._asked.get(key)
        if asked is None:
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._threads, addresses_of, host, port)
            asked.add_done_callback(lambda done: self._answered(key, done))
            self._asked[key] = asked
        return list(await asyncio.shield(asked))

    def _answered(self, key: tuple[str, int], done: asyncio.Future[list[str]]) -> None:
        del self._asked[key]
        if not done.cancelled():
            done.exception()  # nobody may be waiting any more


def addresses_of(host: str, port: int) -> list[str]:
    """What the system's resolver says, waiting for it. Raises OSError where it says nothing."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("This is no name.") from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))
