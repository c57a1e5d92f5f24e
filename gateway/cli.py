"""`./satukan`: the command line. Each subcommand lives in `gateway/commands`.

Only the module of the subcommand that is called is loaded: demo data, imports and checks each
need libraries that would make every other subcommand slow to start.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import typer
from pydantic import ValidationError

from gateway.failures import sentence_for

# Where each subcommand is: a function, or a group of further subcommands.
COMMANDS = {
    "up": "gateway.commands.up:up",
    "test": "gateway.commands.runs:test",
    "check": "gateway.commands.checks:check",
    "bench": "gateway.commands.runs:bench",
    "serve": "gateway.commands.servers:serve",
    "worker": "gateway.commands.servers:worker",
    "migrate": "gateway.commands.servers:migrate",
    "workspace": "gateway.commands.workspaces:workspace_command",
    "key": "gateway.commands.keys:key_command",
    "import": "gateway.commands.imports:import_command",
    "demo": "gateway.commands.demos:demo",
    "expire": "gateway.commands.jobs:expire",
    "windows": "gateway.commands.jobs:windows",
    "duplicates": "gateway.commands.jobs:duplicates",
    "schema": "gateway.commands.schemas:schema",
    "access": "gateway.commands.schemas:access",
    "bill": "gateway.commands.bills:bill",
}
# Their arguments are for another program.
PASSING_ON: dict[str, dict[str, Any]] = {
    "test": {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    "bench": {"allow_extra_args": True, "ignore_unknown_options": True},
}


def build(arguments: Sequence[str]) -> typer.Typer:
    """The command line with the subcommand that `arguments` call; else with all of them."""
    app = typer.Typer(
        help="A customer data platform behind one GraphQL API.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(satukan)
    for name in COMMANDS if called(arguments) is None else [arguments[0]]:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name, context_settings=PASSING_ON.get(name))(found)
    return app


def called(arguments: Sequence[str]) -> str | None:
    """The subcommand that comes first in the arguments, if there is one of that name."""
    return arguments[0] if arguments and arguments[0] in COMMANDS else None


def satukan() -> None:
    """A customer data platform behind one GraphQL API."""


def main() -> None:
    """Run the subcommand. Exit codes: 0 done, 1 refused or failed, 2 wrong usage."""
    try:
        build(sys.argv[1:])(prog_name="satukan")
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        stop("A setting in the environment cannot be used. " + "; ".join(lines))
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        stop(sentence)


def stop(sentence: str) -> None:
    """End with a sentence that says what to do."""
    typer.echo(sentence, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
