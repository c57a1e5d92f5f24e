"""What `up --demo` runs: demo data, and a key to look at them with."""

import argparse
import json
import sys
from pathlib import Path

from gateway.commands.imports import progress_bar
from gateway.commands.jobs import present
from gateway.databases import run_on_database
from gateway.embedded.folders import DataFolder
from models import Role, Workspace
from resolvers.ids import global_id
from services.api_keys import authenticate, create_key
from services.demo.loading import load_demo
from settings import read_settings

NOTE = "demo.json"


def main() -> None:
    """Load the demo data that are not there yet; print their workspace and a key to it.

    The addresses of the servers are in the environment. The key stays in the data folder, so that
    each start prints the same one.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    folder = DataFolder(arguments.data)
    note = run_on_database(read_settings(), lambda: demonstrate(folder, arguments.customers))
    sys.stdout.write(f"demo workspace: {note['workspace']}\n")
    # To be pasted into a terminal as it is.
    sys.stdout.write(f"export SATUKAN_KEY={note['key']}\n")


async def demonstrate(folder: DataFolder, customers: int) -> dict[str, str]:
    """The ids to print, once the data are there."""
    with progress_bar("Demo customers") as told:
        result = await load_demo(customers, present(), told)
    kept = folder.path / NOTE
    note: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    known = await authenticate(note.get("key", ""), present())
    if known is None or known.caller.workspace.id != result.workspace_id:
        _, secret = await create_key(result.workspace_id, Role.OWNER, name="Demo key")
        note = {"workspace": global_id(Workspace, result.workspace_id), "key": secret}
        folder.write_private(NOTE, json.dumps(note))
    return note


if __name__ == "__main__":
    main()
