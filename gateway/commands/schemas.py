"""`schema`: the API's definition."""

import os

from gateway.processes.commands import python_module


def schema() -> None:
    """Print the schema in GraphQL's schema definition language."""
    command = python_module("gateway.processes.printing")
    os.execv(command[0], command)
