"""The embedded PostgreSQL: how its data are made and how it is started."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from gateway.embedded.accounts import Account
from gateway.embedded.binaries import Binaries
from gateway.embedded.children import Child, Program, end_with_parent
from gateway.embedded.folders import DataFolder
from gateway.embedded.logs import explain
from gateway.failures import Failure

OWNER = "satukan"
DATABASE = "satukan"
# An unprivileged user can use the folder it stands in, whatever the mode of the folders above:
# root's home is closed to it. The kernel's link to it is also an absolute path, which PostgreSQL
# insists on.
_WORKING_FOLDER = "/proc/self/cwd"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    # One machine: no replicas, so the shortest log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
}
# For tests: their data are thrown away, so nothing waits for the disk.
VOLATILE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """PostgreSQL on one data folder."""

    name = "postgres"

    def __init__(
        self, folder: DataFolder, binaries: Binaries, account: Account | None, durable: bool
    ) -> None:
        """`durable=False` trades the survival of a crash for speed."""
        self._folder = folder
        self._binaries = binaries
        self._account = account
        self._durable = durable
        self._password = folder.passwords()["owner"]

    def prepare(self) -> None:
        """Make an empty cluster at the first start; an interrupted attempt is thrown away.

        Raises Failure when it cannot be made.
        """
        if self._folder.postgres.exists():
            return
        unfinished = self._folder.path / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if self._account is not None:
            self._account.own(unfinished)
        self._initialise(unfinished)
        unfinished.rename(self._folder.postgres)

    def _initialise(self, cluster: Path) -> None:
        account = self._account
        with tempfile.TemporaryFile() as password:
            password.write(f"{self._password}\n".encode())
            password.flush()
            if account is not None:
                account.own(password.fileno())
            command = [
                str(self._binaries.initdb),
                f"--pgdata={self._location(cluster)}",
                f"--username={OWNER}",
                f"--pwfile=/dev/fd/{password.fileno()}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # The same order of text on every machine.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--text-search-config=simple",
            ]
            outcome = subprocess.run(
                command if self._durable else [*command, "--no-sync"],
                cwd=cluster,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                pass_fds=[password.fileno(), self._folder.servers_lock],
                user=None if account is None else account.uid,
                group=None if account is None else account.gid,
                extra_groups=None if account is None else [],
                process_group=0,
                preexec_fn=end_with_parent(signal.SIGKILL),
            )
        if outcome.returncode != 0:
            raise Failure(
                f"PostgreSQL could not make its data in {self._folder.path}. "
                f"{explain(outcome.stderr)}"
            )

    def program(self, port: int) -> Program:
        """How to run it on this port."""
        chosen = SETTINGS if self._durable else {**SETTINGS, **VOLATILE_SETTINGS}
        options = [word for pair in chosen.items() for word in ("-c", "=".join(pair))]
        location = self._location(self._folder.postgres)
        return Program(
            name=self.name,
            command=[self._binaries.postgres, "-D", location, "-p", str(port), *options],
            log=self._folder.logs / "postgres.log",
            folder=self._folder.postgres,
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            account=self._account,
            inherited=[self._folder.servers_lock],
            # SIGINT is PostgreSQL's "fast": it breaks off what clients do, and writes all down.
            stop_signal=signal.SIGINT,
            stop_seconds=60.0,
            orphan_signal=signal.SIGINT,
        )

    def is_ready(self, child: Child, port: int) -> bool:
        """Whether it accepts connections, as it writes into its own file for pg_ctl."""
        try:
            lines = (self._folder.postgres / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        own = len(lines) >= 8 and lines[0] == str(child.process.pid) and lines[3] == str(port)
        return own and lines[7].strip() == "ready"

    def url(self, port: int, user: str = OWNER, password: str | None = None) -> str:
        """The address of the database for a role, the owner unless told."""
        secret = self._password if password is None else password
        # No TLS to oneself; without this asyncpg would look for certificates in the home folder.
        return f"postgres://{user}:{secret}@127.0.0.1:{port}/{DATABASE}?sslmode=disable"

    def _location(self, cluster: Path) -> str:
        return _WORKING_FOLDER if sys.platform == "linux" and self._account else str(cluster)


async def ensure_database(url: str) -> None:
    """Create the database that `url` names unless it is there."""
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    connection = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")))
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
