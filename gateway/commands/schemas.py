"""`schema` and `access`: the API's definition, and who may ask what of it."""

import os

from gateway.processes.commands import python_module


def schema() -> None:
    """Print the schema in GraphQL's schema definition language."""
    command = python_module("gateway.processes.printing")
    os.execv(command[0], command)


def access() -> None:
    """Print who may ask for what, as docs/access.md has it."""
    command = python_module("gateway.processes.printing_access")
    os.execv(command[0], command)
