"""The databases of a test, for processes that it starts."""

from settings import Settings


def addresses_of(settings: Settings) -> dict[str, str]:
    """What a process needs in its environment to open the same database."""
    found = settings.model_dump(include={"database_url", "database_app_url"})
    found["database_maintenance_url"] = settings.database_maintenance_url
    return {name.upper(): url for name, url in found.items() if url is not None}
