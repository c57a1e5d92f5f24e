"""What `up --demo` adds: demo data, loaded once, and a key to look at them with."""

import json
from collections.abc import Mapping
from uuid import UUID

import typer

from gateway.embedded.folders import DataFolder
from gateway.embedded.supervisors import Supervisor
from gateway.failures import Failure
from gateway.installations import run_on_database
from gateway.processes.commands import own_program
from models import Role, Workspace
from resolvers.ids import global_id
from services.api_keys import create_key
from services.workspaces import find_workspace, list_workspaces
from settings import read_settings

NOTE = "demo.json"


class Demonstration:
    """The demo workspace of one installation."""

    def __init__(
        self,
        folder: DataFolder,
        supervisor: Supervisor,
        addresses: Mapping[str, str],
    ) -> None:
        """`addresses` are those of the embedded servers."""
        self._folder = folder
        self._supervisor = supervisor
        self._addresses = addresses
        self._settings = read_settings().with_addresses(addresses)

    def load(self, customers: int, environment: Mapping[str, str]) -> None:
        """Load the demo data unless they are there, and print how to look at them.

        Raises Failure when they cannot be loaded.
        """
        note = self._read_note()
        if note is None:
            known = {workspace.id for workspace in self._workspaces()}
            self._run(customers, environment)
            made = [workspace for workspace in self._workspaces() if workspace.id not in known]
            if not made:
                raise Failure("`demo` made no workspace. Choose an empty folder with --data DIR.")
            note = self._make_key(made[-1].id)
        typer.echo(f"Demo workspace: {note['workspace']}")
        typer.echo(f"Demo key:       {note['key']}")

    def _workspaces(self) -> list[Workspace]:
        return run_on_database(self._settings, list_workspaces)

    def _read_note(self) -> dict[str, str] | None:
        """The workspace and key of an earlier start, if the database still has the workspace."""
        path = self._folder.path / NOTE
        if not path.exists():
            return None
        note: dict[str, str] = json.loads(path.read_text())
        workspace_id = UUID(note["workspace"].partition("_")[2])
        found = run_on_database(self._settings, lambda: find_workspace(workspace_id))
        return None if found is None else note

    def _run(self, customers: int, environment: Mapping[str, str]) -> None:
        arguments = ["demo", "--customers", str(customers), "--data", str(self._folder.path)]
        program = own_program("demo", arguments, environment, None)
        if self._supervisor.finish(self._supervisor.start(program)) != 0:
            raise Failure("The demo data could not be loaded; the reason is above.")

    def _make_key(self, workspace_id: UUID) -> dict[str, str]:
        _, secret = run_on_database(
            self._settings, lambda: create_key(workspace_id, Role.OWNER, name="Demo key")
        )
        note = {"workspace": global_id(Workspace, workspace_id), "key": secret}
        self._folder.write_private(NOTE, json.dumps(note))
        return note
