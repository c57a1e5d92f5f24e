"""`up`: a whole installation in one process tree."""

import asyncio
import shutil
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.demonstration import Demonstration
from gateway.embedded.children import Child
from gateway.embedded.folders import DataFolder
from gateway.embedded.interruptions import Interrupted, Interruptions
from gateway.embedded.roles import set_role_passwords
from gateway.embedded.servers import EmbeddedServers
from gateway.embedded.supervisors import Supervisor
from gateway.failures import Failure
from gateway.installations import Data, data_folder
from gateway.listeners import listen
from gateway.processes.commands import gateway_program, worker_program
from models.migrating import migrate
from settings import child_environment, read_settings

HOST = "127.0.0.1"
# Importing the schema takes a second or two, on a busy machine several times that.
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
            addresses = start_servers(folder, supervisor)
            environment = child_environment(addresses)
            gateway = start_processes(folder, supervisor, environment, listener.fileno(), workers)
            supervisor.wait_until(lambda: is_ready(port), gateway, READY_SECONDS, beside=True)
            if demo:
                Demonstration(folder, supervisor, addresses).load(customers, environment)
            typer.echo(f"ready: http://{HOST}:{port}/graphql")
            tell(f"Logs: {folder.logs}. Ctrl-C stops everything.")
            supervisor.watch(tell)
        except Interrupted:
            tell("Stopping.")
        finally:
            supervisor.stop()
            folder.close()


def start_servers(folder: DataFolder, supervisor: Supervisor) -> dict[str, str]:
    """Start the embedded servers that no address is set for, and migrate.

    Returns their addresses, named as in the environment. Raises Failure with a sentence.
    """
    settings = read_settings()
    embedded = EmbeddedServers(
        folder,
        supervisor,
        postgres=settings.database_url is None,
        valkey=settings.redis_url is None,
    )
    addresses = embedded.start()
    url = addresses.get("DATABASE_URL", settings.database_url)
    if url is None:
        raise Failure("No database is set. Unset DATABASE_URL or give it an address.")
    asyncio.run(migrate(url, progress=lambda name: tell(f"Migration {name}")))
    if "DATABASE_URL" in addresses:
        asyncio.run(set_role_passwords(url, embedded.role_passwords()))
    folder.tell_running(addresses)
    return addresses


def start_processes(
    folder: DataFolder,
    supervisor: Supervisor,
    environment: Mapping[str, str],
    listener: int,
    workers: int,
) -> Child:
    """Start the gateway's processes and the worker; returns the first of the gateway's."""
    if workers > 1:
        environment = {**environment, "PROMETHEUS_MULTIPROC_DIR": str(fresh_metrics(folder.path))}
    names = ["gateway"] if workers == 1 else [f"gateway-{n}" for n in range(1, workers + 1)]
    gateways = [
        supervisor.start(gateway_program(listener, environment, folder.logs / f"{name}.log", name))
        for name in names
    ]
    supervisor.start(worker_program(environment, folder.logs / "worker.log"))
    return gateways[0]


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
