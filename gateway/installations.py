"""Where a command finds the installation that it is to work on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from gateway.embedded.folders import DataFolder
from gateway.failures import Failure
from models.database import close_database, open_database
from settings import Settings, read_settings

PROJECT = Path(__file__).resolve().parent.parent
Result = TypeVar("Result")

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

    DATABASE_URL and REDIS_URL where they are set, else those of the installation that runs on the
    data folder. `redis=False` for what needs the database only. Raises Failure when none runs.
    """
    settings = read_settings()
    if settings.database_url is not None and (settings.redis_url is not None or not redis):
        return settings
    return settings.with_addresses(data_folder(data).read_running())


def run_on_database(settings: Settings, action: Callable[[], Awaitable[Result]]) -> Result:
    """Run `action` with the models connected.

    Raises Failure where the database cannot be reached.
    """

    async def run() -> Result:
        await open_database(settings)
        try:
            return await action()
        finally:
            await close_database()

    try:
        return asyncio.run(run())
    except (ConnectionError, TimeoutError) as error:
        raise Failure(
            f"The database cannot be reached ({error}). Is it running, and is DATABASE_URL right?"
        ) from error
