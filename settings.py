"""All settings of Satukan, read from the environment once, as one frozen, typed object.

This is the only module that reads the environment. Each setting's name in the environment is its
upper-case name with the prefix ``SATUKAN_``, but for the addresses of the servers, which carry the
names that hosting platforms set: ``DATABASE_URL`` and ``REDIS_URL``.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can decide without touching code."""

    model_config = SettingsConfigDict(
        env_prefix="SATUKAN_",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,  # what is wrong is said, and not the addresses beside it
    )

    environment: Literal["development", "production"] = "development"

    # Servers. Without DATABASE_URL or REDIS_URL, `up` starts an embedded one. Their addresses hold
    # passwords, so they are left out where settings are printed.
    database_url: str | None = Field(
        default=None,
        repr=False,
        validation_alias=AliasChoices("DATABASE_URL", "SATUKAN_DATABASE_URL"),
    )
    database_app_url: str | None = Field(
        default=None,
        repr=False,
        validation_alias=AliasChoices("DATABASE_APP_URL", "SATUKAN_DATABASE_APP_URL"),
    )
    database_maintenance_url: str | None = Field(
        default=None,
        repr=False,
        validation_alias=AliasChoices(
            "DATABASE_MAINTENANCE_URL", "SATUKAN_DATABASE_MAINTENANCE_URL"
        ),
    )
    redis_url: str | None = Field(
        default=None, repr=False, validation_alias=AliasChoices("REDIS_URL", "SATUKAN_REDIS_URL")
    )
    data: Path | None = None
    database_pool_size: int | None = Field(default=None, ge=1)
    """Connections of one process at most. Unset: see `pool_size`."""
    processes: int = Field(default=1, ge=1)
    """How many gateway processes share this machine: `--workers` sets it for those it starts."""
    compiled: bool = True
    """Whether queries are compiled into one statement where that is known how; else all go the
    plain path, with the same answers."""
    statement_timeout_seconds: float = Field(default=30.0, gt=0)

    # Set by `migrate` for the roles that applications use; unset, a role's password stays as it is.
    app_password: SecretStr | None = None
    maintenance_password: SecretStr | None = None

    # The edge: what a request may ask for at most. See gateway/limits.py and gateway/costs.py.
    limit_body_bytes: int = Field(default=2 * 1024 * 1024, ge=1024)
    limit_body_seconds: float = Field(default=20.0, gt=0)
    limit_url_bytes: int = Field(default=16_384, ge=256)
    limit_request_seconds: float = Field(default=60.0, gt=0)
    limit_tokens: int = Field(default=4_000, ge=1)
    limit_depth: int = Field(default=15, ge=1)
    limit_aliases: int = Field(default=100, ge=0)
    limit_directives: int = Field(default=100, ge=0)
    limit_root_fields: int = Field(default=20, ge=1)
    limit_operations: int = Field(default=10, ge=1)
    limit_fragments: int = Field(default=50, ge=0)
    limit_repeats: int = Field(default=150, ge=0)
    limit_variables_depth: int = Field(default=20, ge=1)
    limit_cost: int = Field(default=30_000, ge=1)
    document_cache_characters: int = Field(default=400_000, ge=0)
    """Of the documents that are kept parsed; each takes 100 to 300 bytes of memory."""

    # Subscriptions, each number for one process. See gateway/subscriptions/.
    limit_sockets: int = Field(default=5_000, ge=1)
    limit_connections_per_key: int = Field(default=2_500, ge=1)
    limit_subscriptions_per_key: int = Field(default=5_000, ge=1)
    limit_subscriptions_per_socket: int = Field(default=500, ge=1)
    limit_messages_per_second: int = Field(default=50, ge=1)
    """Of one socket's client: beyond them it is read no faster."""
    subscription_init_seconds: float = Field(default=3.0, gt=0)
    subscription_check_seconds: float = Field(default=10.0, gt=0)
    """How often keys of open connections are looked up again. A revoked one ends them at once; this
    is for when Valkey is away."""
    subscription_send_seconds: float = Field(default=10.0, gt=0)
    """For how long a client may not read before its connection is closed."""
    subscription_waiting: int = Field(default=1_000, ge=1)
    """Events that may wait for one subscriber."""
    subscription_heartbeat_seconds: float = Field(default=12.0, gt=0)

    # Documents that are named instead of sent. See gateway/persisted.py and gateway/trusted.py.
    persisted_queries: bool = True
    persisted_queries_characters: int = Field(default=1_000_000, ge=0)
    persisted_queries_seconds: int = Field(default=7 * 86_400, ge=1)
    trusted_documents: Path | None = None
    """A folder of .graphql files, or a manifest in JSON."""
    trusted_documents_only: bool = False

    # The edge: what is shown. Unset, each is on in development and off in production.
    introspection: bool | None = None
    suggestions: bool | None = None
    explorer: bool | None = None
    metrics_token: SecretStr | None = None
    worker_metrics_port: int | None = Field(default=None, ge=1, le=65_535)
    """Where a worker answers with its metrics; unset: nowhere."""
    metrics_multiprocess: Path | None = Field(
        default=None, validation_alias=AliasChoices("PROMETHEUS_MULTIPROC_DIR")
    )
    health_timeout_seconds: float = Field(default=2.0, gt=0)

    caller_cache_seconds: float = Field(default=5.0, ge=0, le=60)
    """For how long a gateway remembers whose key or token it has seen; 0: not at all. A revoked key
    is forgotten at once; any other change of a user or a workspace shows after this time."""

    # Users' tokens (JWT). Without a JWKS address or file, only API keys are accepted.
    jwks_url: str | None = Field(default=None, repr=False)
    jwks_path: Path | None = None
    jwks_lifetime_seconds: float = Field(default=600.0, gt=0)
    jwks_refetch_seconds: float = Field(default=30.0, gt=0)
    jwks_timeout_seconds: float = Field(default=5.0, gt=0)
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    jwt_algorithms: tuple[str, ...] = ("RS256", "ES256", "EdDSA")
    jwt_leeway_seconds: float = Field(default=10.0, ge=0)
    jwt_workspace_claim: str = "workspace"
    jwt_subject_claim: str = "sub"

    # Webhooks. See services/webhooks.
    webhook_allow_private: bool = False
    """For development: also to loopback, private networks, and without TLS."""
    webhook_retry_seconds: Annotated[tuple[float, ...], NoDecode] | None = None
    """Seconds between attempts, with commas; unset: `services.webhooks.schedules`."""
    webhook_retention_days: int = Field(default=30, ge=1)
    """For how long deliveries are kept after they have ended."""

    # Files on their way in and out: uploads, exports, files of refused rows. See services/files.py.
    files: Path | None = None
    """A folder that all gateways and workers share; unset: `files` in the data folder."""
    limit_upload_bytes: int = Field(default=2 * 1024**3, ge=1024)
    limit_upload_seconds: float = Field(default=3_600.0, gt=0)
    upload_hours: int = Field(default=72, ge=1)
    """For how long a file that was sent in is kept, and one of refused rows."""
    export_hours: int = Field(default=72, ge=1)
    """For how long an exported file is kept."""
    download_minutes: int = Field(default=60, ge=1)
    """For how long a signed address lets its holder fetch a file."""
    public_url: str | None = None
    """The address of the gateway as clients know it, for addresses in answers; unset: these begin
    with a slash."""

    # Logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] | None = None
    """Unset: `console` in development, `json` in production."""

    @field_validator("webhook_retry_seconds", mode="before")
    @classmethod
    def _numbers_stand_between_commas(cls, value: Any) -> Any:
        return value.split(",") if isinstance(value, str) else value

    @property
    def production(self) -> bool:
        """Whether this installation serves others than those who develop it."""
        return self.environment == "production"

    @property
    def pool_size(self) -> int:
        """Connections of one process: four for each processor, shared by the processes, and not
        more than one process can keep busy."""
        if self.database_pool_size is not None:
            return self.database_pool_size
        return max(3, min(10, 4 * processors() // self.processes))

    @property
    def introspection_allowed(self) -> bool:
        """Whether a query may read the schema."""
        return not self.production if self.introspection is None else self.introspection

    @property
    def suggestions_allowed(self) -> bool:
        """Whether an error may say "did you mean", and so name what the caller did not know."""
        return not self.production if self.suggestions is None else self.suggestions

    @property
    def explorer_allowed(self) -> bool:
        """Whether a browser that opens /graphql gets the explorer."""
        return not self.production if self.explorer is None else self.explorer

    @property
    def files_folder(self) -> Path:
        """Where uploads, exports and files of refused rows are kept."""
        return self.files or (self.data or Path(__file__).resolve().parent / ".satukan") / "files"

    def with_addresses(self, addresses: Mapping[str, str]) -> Self:
        """These settings with servers' addresses, named as in the environment (DATABASE_URL…)."""
        return self.model_copy(update={name.lower(): url for name, url in addresses.items()})

    @model_validator(mode="after")
    def _tokens_are_signed_with_a_key_of_their_own(self) -> Self:
        """Only asymmetric algorithms: with HS256 whoever holds the public key could sign."""
        weak = [name for name in self.jwt_algorithms if name == "none" or name.startswith("HS")]
        if weak:
            raise ValueError(f"jwt_algorithms must be asymmetric: take out {', '.join(weak)}")
        if self.jwks_url is not None and self.jwks_path is not None:
            raise ValueError("set jwks_url or jwks_path, not both")
        return self

    @model_validator(mode="after")
    def _only_trusted_documents_need_some(self) -> Self:
        """Otherwise every request would be refused."""
        if self.trusted_documents_only and self.trusted_documents is None:
            raise ValueError("trusted_documents_only: set trusted_documents, too")
        return self


def processors() -> int:
    """The processors that this process may run on. A container's quota of time does not show."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux says
        return os.cpu_count() or 1


@lru_cache(maxsize=1)
def read_settings() -> Settings:
    """The settings of this process, read from the environment at the first call."""
    return Settings()


def child_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process of ours that we start: our own, with `additions`."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent), **additions}
