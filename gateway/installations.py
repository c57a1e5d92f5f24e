"""Where a command finds the installation that it is to work on."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.embedded.folders import DataFolder
from settings import Settings, read_settings

PROJECT = Path(__file__).resolve().parent.parent

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder of the embedded servers. [default: SATUKAN_DATA, else .satukan]",
        show_default=False,
        file_okay=False,
    ),
]


def data_folder(data: Path | None) -> DataFolder:
    """The folder that the caller names, else SATUKAN_DATA, else `.satukan` in the project."""
    return DataFolder(data or read_settings().data or PROJECT / ".satukan")


def find_settings(data: Path | None, *, redis: bool = True) -> Settings:
    """The settings with the addresses of the servers to use.

    DATABASE_URL (or DATABASE_APP_URL) and REDIS_URL where they are set, else those of the
    installation that runs on the data folder. `redis=False` for what needs the database only.
    Raises Failure when none runs.
    """
    settings = read_settings()
    has_database = settings.database_url is not None or settings.database_app_url is not None
    if has_database and (settings.redis_url is not None or not redis):
        return settings
    return settings.with_addresses(data_folder(data).read_running())
