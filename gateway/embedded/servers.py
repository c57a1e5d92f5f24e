"""The embedded servers of one installation, started together."""

import asyncio
import socket
from dataclasses import dataclass

from gateway.embedded.accounts import choose_account
from gateway.embedded.binaries import find_binaries
from gateway.embedded.children import Child
from gateway.embedded.folders import DataFolder
from gateway.embedded.postgres import Postgres, ensure_database
from gateway.embedded.supervisors import Supervisor
from gateway.embedded.valkey import Valkey
from gateway.failures import Failure

# After a crash PostgreSQL first replays its log, which takes as long as there is of it.
_START_SECONDS = 300.0
_PORT_ATTEMPTS = 5
_PORT_TAKEN = ("Address already in use", "could not bind", "Could not create server TCP")


@dataclass
class _Started:
    server: Postgres | Valkey
    port: int
    child: Child


class EmbeddedServers:
    """PostgreSQL and Valkey on a data folder, or the one of them that is wanted."""

    def __init__(
        self,
        folder: DataFolder,
        supervisor: Supervisor,
        *,
        postgres: bool = True,
        valkey: bool = True,
        durable: bool = True,
    ) -> None:
        """The folder is open (locked) while the servers run. `durable=False` is for tests."""
        self._folder = folder
        self._supervisor = supervisor
        self._kinds: list[type[Postgres] | type[Valkey]] = []
        if postgres:
            self._kinds.append(Postgres)
        if valkey:
            self._kinds.append(Valkey)
        self._durable = durable
        self._started: list[_Started] = []

    def start(self) -> dict[str, str]:
        """Start the wanted servers and wait for them; their addresses, as `launch` gives them."""
        self.launch()
        return self.settle()

    def launch(self) -> dict[str, str]:
        """Start the wanted servers; their addresses, named as in the environment.

        They answer once `settle` has returned. The roles' addresses are of use once migrations
        have made the roles, and they have the `role_passwords`. Raises Failure with a sentence.
        """
        if not self._kinds:
            return {}
        try:
            account = choose_account(self._folder.postgres)
            binaries = find_binaries(account)
            servers = [kind(self._folder, binaries, account, self._durable) for kind in self._kinds]
            for server in servers:
                server.prepare()
            self._started = [self._launch(server) for server in servers]
        except OSError as error:
            raise self._folder.failure(error) from error
        return self._addresses()

    def settle(self) -> dict[str, str]:
        """Wait for the launched servers; their addresses.

        These differ from the first ones where another program was quicker to take a port. Raises
        Failure with a sentence.
        """
        self._started = [self._settle(started) for started in self._started]
        for started in self._started:
            if isinstance(started.server, Postgres):
                asyncio.run(ensure_database(started.server.url(started.port)))
        return self._addresses()

    def role_passwords(self) -> dict[str, str]:
        """The password of each database role that applications use."""
        passwords = self._folder.passwords()
        return {f"satukan_{name}": passwords[name] for name in ("app", "maintenance")}

    def _launch(self, server: Postgres | Valkey) -> _Started:
        port = free_port()
        return _Started(server, port, self._supervisor.start(server.program(port)))

    def _settle(self, started: _Started) -> _Started:
        """Wait for the server. Where another program took its port, the next one is tried."""
        for _ in range(_PORT_ATTEMPTS):
            server, port, child = started.server, started.port, started.child
            try:
                self._supervisor.wait_until(
                    lambda: server.is_ready(child, port),  # noqa: B023 - called before it returns
                    child,
                    _START_SECONDS,
                )
            except Failure:
                if not any(words in self._supervisor.said(child) for words in _PORT_TAKEN):
                    raise
                self._supervisor.drop(child)
                started = self._launch(server)
            else:
                return started
        raise Failure("No free port was found for the embedded servers. Start again.")

    def _addresses(self) -> dict[str, str]:
        addresses: dict[str, str] = {}
        roles = self.role_passwords()
        for started in self._started:
            server, port = started.server, started.port
            if isinstance(server, Valkey):
                addresses["REDIS_URL"] = server.url(port)
                continue
            addresses["DATABASE_URL"] = server.url(port)
            for role, password in roles.items():
                name = f"DATABASE_{role.removeprefix('satukan_').upper()}_URL"
                addresses[name] = server.url(port, role, password)
        return addresses


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
