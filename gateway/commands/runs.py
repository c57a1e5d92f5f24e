"""`test` and `bench`: what runs on servers that are thrown away."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.embedded.children import Program
from gateway.embedded.interruptions import Interrupted, Interruptions
from gateway.embedded.roles import set_role_passwords
from gateway.embedded.supervisors import Supervisor
from gateway.embedded.temporary import temporary_servers
from gateway.failures import Failure
from gateway.installations import PROJECT
from gateway.processes.commands import python_module
from models.migrating import migrate
from settings import child_environment

# Two processes are what a small machine can feed; pytest's own options say otherwise.
DEFAULT_PROCESSES = 2
ONE_PROCESS_OPTIONS = ("--pdb", "--trace", "-s", "--capture=no", "--collect-only", "--co")


def test(context: typer.Context) -> None:
    """Run the tests on servers of their own. All arguments are pytest's.

    The servers belong to pytest (tests/conftest.py): they end with it, however it ends.
    """
    arguments = list(context.args)
    if not chooses_processes(arguments):
        arguments = ["-n", str(DEFAULT_PROCESSES), *arguments]
    os.chdir(PROJECT)
    command = python_module("pytest", *arguments)
    os.execv(command[0], command)


def chooses_processes(arguments: list[str]) -> bool:
    """Whether the arguments say how many processes to run, or want only one."""
    return any(
        argument in ONE_PROCESS_OPTIONS or argument.startswith(("-n", "--numprocesses"))
        for argument in arguments
    )


def bench(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Which one; without it, all names.")] = None,
) -> None:
    """Run a benchmark on servers of its own. Further arguments are the benchmark's."""
    names = benchmark_names(PROJECT / "bench")
    if name is None:
        typer.echo("\n".join(names))
        return
    if name not in names:
        raise Failure(f"There is no benchmark “{name}”. There are: {', '.join(names)}.")
    supervisor = Supervisor(Interruptions().check)
    try:
        with temporary_servers(supervisor, durable=True) as servers:
            url = servers.addresses["DATABASE_URL"]
            asyncio.run(migrate(url))
            asyncio.run(set_role_passwords(url, servers.role_passwords))
            program = Program(
                name=name,
                command=python_module("gateway.processes.benching", name, *context.args),
                environment=child_environment(servers.addresses),
                log=None,
            )
            code = supervisor.finish(supervisor.start(program))
    except Interrupted:
        code = 1
    raise typer.Exit(min(abs(code), 1))


def benchmark_names(folder: Path) -> list[str]:
    """The benchmarks that can be run by name: the folder's modules with a `main`."""
    return sorted(
        path.stem for path in folder.glob("*.py") if "async def main(" in path.read_text()
    )
