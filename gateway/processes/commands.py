"""The command lines that start our own processes."""

import sys
from collections.abc import Mapping
from pathlib import Path

from gateway.embedded.children import Program


def python_module(module: str, *arguments: str) -> list[str]:
    """Run a module of ours in this environment, whatever the folder it is called from."""
    return [sys.executable, "-P", "-m", module, *arguments]


def gateway_program(
    listener: int,
    environment: Mapping[str, str],
    log: Path | None,
    name: str = "gateway",
    gate: int | None = None,
) -> Program:
    """One gateway process on a socket that it inherits. Several share it.

    With a `gate`, the reading end of a pipe, it loads its code at once, and uses its servers only
    when the pipe's other end is closed.
    """
    command = python_module("gateway.processes.serving", "--socket", str(listener))
    return Program(
        name=name,
        command=command if gate is None else [*command, "--gate", str(gate)],
        environment=environment,
        log=log,
        inherited=[listener] if gate is None else [listener, gate],
        stop_seconds=15.0,
    )


def worker_program(environment: Mapping[str, str], log: Path | None) -> Program:
    """The process that runs jobs."""
    return Program(
        name="worker",
        command=python_module("gateway.processes.working"),
        environment=environment,
        log=log,
        stop_seconds=15.0,
    )


def migrate_program(environment: Mapping[str, str], log: Path | None) -> Program:
    """`migrate`, in a process of its own: it needs the models, and `up` does not."""
    command = python_module("gateway.cli", "migrate")
    return Program(name="migrate", command=command, environment=environment, log=log)


def demo_program(folder: Path, customers: int, environment: Mapping[str, str]) -> Program:
    """Loads the demo data of `up --demo`; it prints where this process prints."""
    arguments = ["--customers", str(customers), "--data", str(folder)]
    command = python_module("gateway.commands.demonstrating", *arguments)
    return Program(name="demo", command=command, environment=environment, log=None)
