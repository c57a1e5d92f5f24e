"""What `up --demo` runs: demo data, loaded once, and a key to look at them with."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from gateway.databases import run_on_database
from gateway.embedded.folders import DataFolder
from gateway.processes.commands import python_module
from models import Role, Workspace
from resolvers.ids import global_id
from services.api_keys import create_key
from services.workspaces import find_workspace, list_workspaces
from settings import read_settings

NOTE = "demo.json"


def main() -> None:
    """Load the demo data unless they are there; print their workspace and a key to it.

    The addresses of the servers are in the environment. The workspace and the key stay in the
    data folder, so that each start prints the same ones.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    folder = DataFolder(arguments.data)
    note = read_note(folder)
    if note is None:
        known = {workspace.id for workspace in workspaces()}
        run_demo(arguments.customers, folder)
        made = [workspace for workspace in workspaces() if workspace.id not in known]
        if not made:
            sys.exit("`demo` made no workspace. Choose an empty folder with --data DIR.")
        note = make_note(folder, made[-1].id)
    sys.stdout.write(f"demo workspace: {note['workspace']}\ndemo key: {note['key']}\n")


def workspaces() -> list[Workspace]:
    """All workspaces, the oldest first."""
    return run_on_database(read_settings(), list_workspaces)


def read_note(folder: DataFolder) -> dict[str, str] | None:
    """The workspace and key of an earlier start, if the database still has the workspace."""
    path = folder.path / NOTE
    if not path.exists():
        return None
    note: dict[str, str] = json.loads(path.read_text())
    workspace_id = UUID(note["workspace"].partition("_")[2])
    found = run_on_database(read_settings(), lambda: find_workspace(workspace_id))
    return None if found is None else note


def run_demo(customers: int, folder: DataFolder) -> None:
    """Run `demo`; it says itself why it fails."""
    arguments = ["demo", "--customers", str(customers), "--data", str(folder.path)]
    if subprocess.run(python_module("gateway.cli", *arguments), check=False).returncode != 0:
        sys.exit(1)


def make_note(folder: DataFolder, workspace_id: UUID) -> dict[str, str]:
    """Make a key to the workspace and keep both for the next start."""
    _, secret = run_on_database(
        read_settings(), lambda: create_key(workspace_id, Role.OWNER, name="Demo key")
    )
    note = {"workspace": global_id(Workspace, workspace_id), "key": secret}
    folder.write_private(NOTE, json.dumps(note))
    return note


if __name__ == "__main__":
    main()
