"""The command lines that start our own processes."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.embedded.children import Program


def python_module(module: str, *arguments: str) -> list[str]:
    """Run a module of ours in this environment, whatever the folder it is called from."""
    return [sys.executable, "-P", "-m", module, *arguments]


def gateway_program(
    listener: int, environment: Mapping[str, str], log: Path | None, name: str = "gateway"
) -> Program:
    """One gateway process on a socket that it inherits. Several share it."""
    return Program(
        name=name,
        command=python_module("gateway.processes.serving", "--socket", str(listener)),
        environment=environment,
        log=log,
        inherited=[listener],
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


def own_program(
    name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path | None
) -> Program:
    """One of this command line's own subcommands."""
    command = python_module("gateway.cli", *arguments)
    return Program(name=name, command=command, environment=environment, log=log)
