"""An installation of separate processes, each of which can be killed and started again."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from socket import socket

import redis.asyncio

from gateway.embedded.accounts import choose_account
from gateway.embedded.binaries import find_binaries
from gateway.embedded.children import Child, Program, start
from gateway.embedded.folders import DataFolder
from gateway.embedded.postgres import Postgres, ensure_database
from gateway.embedded.roles import set_role_passwords
from gateway.embedded.servers import free_port
from gateway.embedded.valkey import Valkey
from gateway.listeners import listen
from gateway.processes.commands import gateway_program, python_module, worker_program
from models.migrating import migrate
from settings import child_environment

HOST = "127.0.0.1"
START_SECONDS = 60.0
BROKEN = "bench.outboxes.broken"
"""The gateway that sends its events after the commit instead of writing them with it."""


class Installation:
    """PostgreSQL, Valkey, one gateway and one worker. Their addresses outlive their deaths."""

    def __init__(self, path: Path, additions: Mapping[str, str], *, broken: bool) -> None:
        """On an empty folder. `additions` are settings; `broken` takes the outbox away."""
        self._folder = DataFolder(path)
        self._additions = additions
        self._broken = broken
        self._listener: socket = listen(HOST, free_port())
        self._programs: dict[str, Program] = {}
        self._children: dict[str, Child] = {}
        self.addresses: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://{HOST}:{self._listener.getsockname()[1]}/graphql"

    async def start(self) -> None:
        """Start the servers, migrate, and start the gateway and the worker."""
        self._folder.open()
        account = choose_account(self._folder.postgres)
        binaries = find_binaries(account)
        postgres = Postgres(self._folder, binaries, account, durable=True)
        valkey = Valkey(self._folder, binaries, account, durable=False)
        self._postgres, self._postgres_port, valkey_port = postgres, free_port(), free_port()
        for server, port in ((postgres, self._postgres_port), (valkey, valkey_port)):
            server.prepare()
            self._programs[server.name] = server.program(port)
            self._run(server.name)
        await self._until(self._database_is_ready)
        url = postgres.url(self._postgres_port)
        await ensure_database(url)
        await migrate(url)
        passwords = self._folder.passwords()
        roles = {f"satukan_{role}": passwords[role] for role in ("app", "maintenance")}
        await set_role_passwords(url, roles)
        self.addresses = {"DATABASE_URL": url, "REDIS_URL": valkey.url(valkey_port)}
        for role, password in roles.items():
            name = f"DATABASE_{role.removeprefix('satukan_').upper()}_URL"
            self.addresses[name] = postgres.url(self._postgres_port, role, password)
        environment = child_environment({**self.addresses, **self._additions})
        self._start_ours(environment)

    def _start_ours(self, environment: Mapping[str, str]) -> None:
        gateway = gateway_program(
            self._listener.fileno(), environment, self._folder.logs / "gateway.log"
        )
        if self._broken:
            command = python_module(BROKEN, *map(str, gateway.command[4:]))
            gateway = Program(**{**vars(gateway), "command": command})
        self._programs["gateway"] = gateway
        self._programs["worker"] = worker_program(environment, self._folder.logs / "worker.log")
        self._run("gateway")
        self._run("worker")

    async def kill(self, name: str) -> None:
        """`kill -9`, and start it again at once, as whoever supervises it would."""
        child = self._children[name]
        child.process.kill()
        await asyncio.to_thread(child.process.wait)
        self._run(name)

    async def restart_postgres(self) -> None:
        """Stop PostgreSQL in immediate mode: it writes nothing down, and recovers from its log."""
        child = self._children["postgres"]
        os.kill(child.process.pid, signal.SIGQUIT)
        await asyncio.to_thread(child.process.wait)
        self._run("postgres")
        await self._until(self._database_is_ready)

    async def flush_valkey(self) -> None:
        """Valkey loses everything that it holds."""
        client = redis.asyncio.Redis.from_url(self.addresses["REDIS_URL"])
        await client.flushall()
        await client.aclose()

    def stop(self) -> None:
        """End all of it."""
        for name in ("worker", "gateway", "valkey", "postgres"):
            if name in self._children:
                self._children[name].stop()
        self._listener.close()
        self._folder.close()

    def _run(self, name: str) -> None:
        self._children[name] = start(self._programs[name])

    def _database_is_ready(self) -> bool:
        return self._postgres.is_ready(self._children["postgres"], self._postgres_port)

    async def _until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise SystemExit(f"A server did not start. See {self._folder.logs}.")
            await asyncio.sleep(0.02)
