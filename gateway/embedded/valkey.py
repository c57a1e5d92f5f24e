"""The embedded Valkey: how it is started."""

import signal
import socket

from gateway.embedded.accounts import Account
from gateway.embedded.binaries import Binaries
from gateway.embedded.children import Child, Program
from gateway.embedded.folders import DataFolder

# One for each process of a parallel test run, and some to spare.
DATABASES = 64


class Valkey:
    """Valkey on one data folder."""

    name = "valkey"

    def __init__(
        self, folder: DataFolder, binaries: Binaries, account: Account | None, durable: bool
    ) -> None:
        """`durable=False` keeps everything in memory."""
        self._folder = folder
        self._binaries = binaries
        self._account = account
        self._durable = durable
        self._password = folder.passwords()["valkey"]

    def prepare(self) -> None:
        """Make its folder."""
        self._folder.valkey.mkdir(mode=0o700, exist_ok=True)
        if self._account is not None:
            self._account.own(self._folder.valkey)

    def program(self, port: int) -> Program:
        """How to run it on this port. The password goes through standard input: `ps` sees none."""
        configuration = {
            "bind": "127.0.0.1",
            "port": str(port),
            "requirepass": self._password,
            "databases": str(DATABASES),
            "dir": "./",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "everysec",
            # Its own snapshots are not needed beside the append-only file.
            "save": '""',
            # Never drop a queued job to make room.
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return Program(
            name=self.name,
            command=[self._binaries.valkey, "-"],
            log=self._folder.logs / "valkey.log",
            folder=self._folder.valkey,
            environment={},
            account=self._account,
            stdin="".join(f"{name} {value}\n" for name, value in configuration.items()),
            inherited=[self._folder.servers_lock],
            orphan_signal=signal.SIGTERM,
        )

    def is_ready(self, child: Child, port: int) -> bool:
        """Whether it answers a ping; while it reads its file it refuses."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(4096)
                    if not received:
                        break
                    answer += received
        except OSError:
            return False
        return child.is_running and answer == b"+OK\r\n+PONG\r\n"

    def url(self, port: int) -> str:
        """The address of its first database."""
        return f"redis://:{self._password}@127.0.0.1:{port}/0"
