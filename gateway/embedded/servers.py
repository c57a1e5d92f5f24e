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

    def start(self) -> dict[str, str]:
        """Start the wanted servers; their addresses, as settings name them.

        The roles' addresses are valid once migrations have made the roles and
        `role_passwords` have been set. Raises Failure with a sentence.
        """
        if not self._kinds:
            return {}
        try:
            account = choose_account(self._folder.postgres)
            binaries = find_binaries(account)
            servers = [kind(self._folder, binaries, account, self._durable) for kind in self._kinds]
            for server in servers:
                server.prepare()
            started = [self._launch(server) for server in servers]
            addresses: dict[str, str] = {}
            for each in started:
                addresses |= self._settle(each)
        except OSError as error:
            raise self._folder.failure(error) from error
        return addresses

    def role_passwords(self) -> dict[str, str]:
        """The password of each database role that applications use."""
        passwords = self._folder.passwords()
        return {f"satukan_{name}": passwords[name] for name in ("app", "maintenance")}

    def _launch(self, server: Postgres | Valkey) -> _Started:
        port = _free_port()
        return _Started(server, port, self._supervisor.start(server.program(port)))

    def _settle(self, started: _Started) -> dict[str, str]:
        """Wait for the server; its addresses. Another program may have taken its port: then
        the next one is tried."""
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
                return self._addresses(server, port)
        raise Failure("No free port was found for the embedded servers. Start again.")

    def _addresses(self, server: Postgres | Valkey, port: int) -> dict[str, str]:
        if isinstance(server, Valkey):
            return {"REDIS_URL": server.url(port)}
        asyncio.run(ensure_database(server.url(port)))
        roles = self.role_passwords()
        return {
            "DATABASE_URL": server.url(port),
            "DATABASE_APP_URL": server.url(port, "satukan_app", roles["satukan_app"]),
            "DATABASE_MAINTENANCE_URL": server.url(
                port, "satukan_maintenance", roles["satukan_maintenance"]
            ),
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
