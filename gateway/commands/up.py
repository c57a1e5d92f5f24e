"""`up`: a whole installation in one process tree."""

import os
import shutil
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import socket
from typing import Annotated

import typer

from gateway.embedded.children import Child, Program
from gateway.embedded.folders import DataFolder
from gateway.embedded.interruptions import Interrupted, Interruptions
from gateway.embedded.logs import failure_of, mark
from gateway.embedded.servers import EmbeddedServers
from gateway.embedded.supervisors import Supervisor
from gateway.installations import Data, data_folder
from gateway.listeners import listen
from gateway.processes.commands import (
    demo_program,
    gateway_program,
    migrate_program,
    worker_program,
)
from settings import child_environment, read_settings

HOST = "127.0.0.1"
# Loading the schema takes a second or two, on a busy machine several times that.
READY_SECONDS = 90.0


def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the gateway.")] = 8000,
    data: Data = None,
    workers: Annotated[int, typer.Option(min=1, help="Gateway processes.")] = 1,
    demo: Annotated[bool, typer.Option("--demo", help="Load demo data, once.")] = False,
    customers: Annotated[int, typer.Option(min=1, help="Customers in the demo data.")] = 1000,
) -> None:
    """Start everything: PostgreSQL, Valkey, migrations, the gateway and the worker.

    DATABASE_URL and REDIS_URL, where they are set, take the place of the embedded servers. Ctrl-C
    or SIGTERM stops all of it; data stay in the data folder.
    """
    interruptions = Interruptions()
    folder = data_folder(data)
    supervisor = Supervisor(interruptions.check)
    with listen(HOST, port) as listener:
        try:
            folder.open()
            installation = Installation(folder, supervisor, listener)
            installation.start(workers)
            if demo:
                installation.load_demo(customers)
            typer.echo(f"ready: http://{HOST}:{port}/graphql")
            tell(f"Logs: {folder.logs}. Ctrl-C stops everything.")
            supervisor.watch(tell)
        except Interrupted:
            tell("Stopping.")
        finally:
            supervisor.stop()
            folder.close()


class Installation:
    """What `up` starts, in its order."""

    def __init__(self, folder: DataFolder, supervisor: Supervisor, listener: socket) -> None:
        """The folder is open; the listener is the gateway's."""
        self._folder = folder
        self._supervisor = supervisor
        self._listener = listener
        self._environment: Mapping[str, str] = {}

    def start(self, workers: int) -> None:
        """Start servers, migrations, gateway and worker; return when the gateway is ready.

        The gateway's processes load their code while the servers start and migrations run.
        Raises Failure with a sentence.
        """
        settings = read_settings()
        servers = EmbeddedServers(
            self._folder,
            self._supervisor,
            postgres=settings.database_url is None,
            valkey=settings.redis_url is None,
        )
        gate, opener = os.pipe()
        addresses = servers.launch()
        gateways = self._start_gateways(workers, addresses, gate)
        settled = servers.settle()
        if settled != addresses:
            for gateway in gateways:
                self._supervisor.drop(gateway)
            gateways = self._start_gateways(workers, settled, gate)
        self._environment = self._environment_of(settled)
        self._migrate(servers.role_passwords() if "DATABASE_URL" in settled else {})
        self._folder.tell_running(settled)
        os.close(opener)
        log = self._folder.logs / "worker.log"
        self._supervisor.start(worker_program(self._environment, log))
        port = self._listener.getsockname()[1]
        self._supervisor.wait_until(lambda: is_ready(port), gateways[0], READY_SECONDS, beside=True)

    def load_demo(self, customers: int) -> None:
        """Load the demo data unless they are there, and print how to look at them.

        Raises Failure when they cannot be loaded.
        """
        # It prints where we do: progress for the person, the key for a script.
        self._run(demo_program(self._folder.path, customers, self._environment))

    def _start_gateways(self, workers: int, addresses: Mapping[str, str], gate: int) -> list[Child]:
        environment = self._environment_of(addresses)
        names = ["gateway"]
        if workers > 1:
            environment["PROMETHEUS_MULTIPROC_DIR"] = str(fresh_metrics(self._folder.path))
            environment["SATUKAN_PROCESSES"] = str(workers)
            names = [f"gateway-{number}" for number in range(1, workers + 1)]
        return [
            self._supervisor.start(
                gateway_program(
                    self._listener.fileno(),
                    environment,
                    self._folder.logs / f"{name}.log",
                    name,
                    gate,
                )
            )
            for name in names
        ]

    def _environment_of(self, addresses: Mapping[str, str]) -> dict[str, str]:
        """The environment of the programs: files, too, are kept in the folder."""
        port = self._listener.getsockname()[1]
        url = read_settings().public_url or f"http://{HOST}:{port}"
        folder = str(self._folder.path.resolve())
        return child_environment({**addresses, "SATUKAN_DATA": folder, "SATUKAN_PUBLIC_URL": url})

    def _migrate(self, role_passwords: Mapping[str, str]) -> None:
        """Migrate, and give the roles of an embedded server their passwords."""
        passwords = {
            f"{role.upper()}_PASSWORD": password for role, password in role_passwords.items()
        }
        log = self._folder.logs / "migrate.log"
        self._run(migrate_program({**self._environment, **passwords}, log))

    def _run(self, program: Program) -> None:
        """Run a program to its end. Raises Failure when it fails."""
        position = mark(program.log)
        if self._supervisor.finish(self._supervisor.start(program)) != 0:
            raise failure_of(program.name, "failed", program.log, position)


def fresh_metrics(parent: Path) -> Path:
    """An empty folder in which several processes add up their metrics."""
    folder = parent / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def is_ready(port: int) -> bool:
    """Whether the gateway answers, and finds its database and Valkey."""
    connection = HTTPConnection(HOST, port, timeout=1.0)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def tell(sentence: str) -> None:
    """Tell the person at the terminal; standard output has the `ready:` line."""
    typer.echo(sentence, err=True)
