"""All settings of Satukan, read from the environment once, as one frozen, typed object.

This is the only module that reads the environment. Each setting's name in the environment is its
upper-case name with the prefix ``SATUKAN_``, but for the addresses of the servers, which carry the
names that hosting platforms set: ``DATABASE_URL`` and ``REDIS_URL``.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can decide without touching code."""

    model_config = SettingsConfigDict(
        env_prefix="SATUKAN_", frozen=True, extra="ignore", populate_by_name=True
    )

    environment: Literal["development", "production"] = "development"

    # Servers. Without DATABASE_URL or REDIS_URL, `up` starts an embedded one.
    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("DATABASE_URL", "SATUKAN_DATABASE_URL")
    )
    database_app_url: str | None = Field(
        default=None, validation_alias=AliasChoices("DATABASE_APP_URL", "SATUKAN_DATABASE_APP_URL")
    )
    database_maintenance_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "DATABASE_MAINTENANCE_URL", "SATUKAN_DATABASE_MAINTENANCE_URL"
        ),
    )
    redis_url: str | None = Field(
        default=None, validation_alias=AliasChoices("REDIS_URL", "SATUKAN_REDIS_URL")
    )
    data: Path | None = None
    database_pool_size: int = Field(default=10, ge=1)
    statement_timeout_seconds: float = Field(default=30.0, gt=0)

    # Logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"


@lru_cache(maxsize=1)
def read_settings() -> Settings:
    """The settings of this process, read from the environment at the first call."""
    return Settings()
