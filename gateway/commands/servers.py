"""`serve`, `worker` and `migrate`: one part each, for a deployment."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.up import fresh_metrics, tell
from gateway.databases import reach
from gateway.embedded.interruptions import Interrupted, Interruptions
from gateway.embedded.roles import set_role_passwords
from gateway.embedded.supervisors import Supervisor
from gateway.installations import Data, find_settings
from gateway.listeners import listen
from gateway.processes.commands import gateway_program, python_module
from models.migrating import migrate as migrate_database
from settings import Settings, child_environment, read_settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    data: Data = None,
) -> None:
    """Run the gateway, with the servers that DATABASE_URL and REDIS_URL name."""
    environment = child_environment(addresses(find_settings(data)))
    if workers == 1:
        listen(host, port).close()  # the sentence about a port in use comes from here
        become(
            python_module("gateway.processes.serving", "--host", host, "--port", str(port)),
            environment,
        )
    interruptions = Interruptions()
    supervisor = Supervisor(interruptions.check)
    with listen(host, port) as listener, tempfile.TemporaryDirectory() as temporary:
        metrics = fresh_metrics(Path(temporary))
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        environment["SATUKAN_PROCESSES"] = str(workers)
        try:
            for number in range(1, workers + 1):
                name = f"gateway-{number}"
                supervisor.start(gateway_program(listener.fileno(), environment, None, name))
            supervisor.watch(tell)
        except Interrupted:
            pass
        finally:
            supervisor.stop()


def worker(data: Data = None) -> None:
    """Run the jobs, with the servers that DATABASE_URL and REDIS_URL name."""
    environment = child_environment(addresses(find_settings(data)))
    become(python_module("gateway.processes.working"), environment)


def migrate(data: Data = None) -> None:
    """Bring the database at DATABASE_URL up to this version. Safe to run twice, and at once.

    SATUKAN_APP_PASSWORD and SATUKAN_MAINTENANCE_PASSWORD, where they are set, become the passwords
    of the roles that applications log in with.
    """
    settings = read_settings()
    if settings.database_url is None:
        settings = find_settings(data, redis=False)
    url = settings.database_url or ""
    passwords = {
        role: password.get_secret_value()
        for role, password in (
            ("satukan_app", settings.app_password),
            ("satukan_maintenance", settings.maintenance_password),
        )
        if password is not None
    }

    async def run() -> list[str]:
        applied = await migrate_database(url, progress=lambda name: tell(f"Migration {name}"))
        await set_role_passwords(url, passwords)
        return applied

    applied = reach(run)
    typer.echo(f"{len(applied)} migrations applied." if applied else "Nothing to migrate.")


def addresses(settings: Settings) -> dict[str, str]:
    """The addresses of the servers, named as in the environment."""
    names = ("DATABASE_URL", "DATABASE_APP_URL", "DATABASE_MAINTENANCE_URL", "REDIS_URL")
    found = {name: getattr(settings, name.lower()) for name in names}
    return {name: str(url) for name, url in found.items() if url is not None}


def become(command: list[str], environment: dict[str, str]) -> None:
    """Turn this process into another program: signals then reach it directly."""
    os.execve(command[0], command, environment)
