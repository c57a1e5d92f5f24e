"""`check`: everything that must be in order before a change is taken in. It changes nothing."""

import asyncio
import difflib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import typer

from gateway.commands.locks import lock_problems
from gateway.installations import PROJECT
from gateway.processes.commands import python_module
from models.migrating import drift

# The tools wait for processors, and two is what a small machine has.
PARALLEL = 2


@dataclass(frozen=True)
class Outcome:
    """What a check found: nothing, or its problems."""

    name: str
    problems: str
    seconds: float


def check() -> None:
    """Check format, types, import contracts, the SDL, migrations and the lock files."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("types", lambda: tool(python_module("mypy", "--no-error-summary"))),
        ("format", lambda: tool(python_module("ruff", "format", "--check", "--quiet", "--diff"))),
        ("lint", lambda: tool(python_module("ruff", "check", "--quiet"))),
        ("import contracts", lambda: tool([beside_python("lint-imports")])),
        ("sdl", sdl_problems),
        ("migrations", lambda: "\n".join(asyncio.run(drift()))),
        ("lock files", lambda: "\n".join(lock_problems(PROJECT))),
    ]
    with ThreadPoolExecutor(PARALLEL) as pool:
        running = [pool.submit(run_check, name, find) for name, find in checks]
        outcomes = [report(future.result()) for future in as_completed(running)]
    failed = sorted(outcome.name for outcome in outcomes if outcome.problems)
    if failed:
        typer.echo(f"{len(failed)} of {len(outcomes)} checks failed: {', '.join(failed)}.")
        raise typer.Exit(1)
    typer.echo(f"All {len(outcomes)} checks passed.")


def run_check(name: str, find: Callable[[], str]) -> Outcome:
    """Run one check and take its time."""
    started = time.monotonic()
    try:
        problems = find().strip()
    except Exception as error:  # a check that cannot be done has not been passed
        problems = f"{type(error).__name__}: {error}"
    return Outcome(name, problems, time.monotonic() - started)


def report(outcome: Outcome) -> Outcome:
    """Print a line for the check, and its problems below."""
    verdict = "FAILED" if outcome.problems else "ok"
    typer.echo(f"{verdict:>6}  {outcome.name} ({outcome.seconds:.1f} s)")
    if outcome.problems:
        typer.echo(outcome.problems)
    return outcome


def tool(command: Sequence[str]) -> str:
    """What a tool complains of; empty when it is content."""
    outcome = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if outcome.returncode == 0:
        return ""
    return f"{outcome.stdout}{outcome.stderr}" or f"{command} ended with {outcome.returncode}"


def beside_python(program: str) -> str:
    """A program of this environment that cannot be run as a module."""
    return str(Path(sys.executable).parent / program)


def sdl_problems() -> str:
    """How the schema in the code differs from the committed `schema/schema.graphql`."""
    printed = subprocess.run(
        python_module("gateway.processes.printing"),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if printed.returncode != 0:
        return printed.stderr
    committed = (PROJECT / "schema" / "schema.graphql").read_text()
    difference = difflib.unified_diff(
        committed.splitlines(),
        printed.stdout.splitlines(),
        "schema/schema.graphql",
        "the code; take it over with `./satukan schema > schema/schema.graphql`",
        lineterm="",
    )
    return "\n".join(difference)
