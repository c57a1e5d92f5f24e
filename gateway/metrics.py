"""Metrics for Prometheus.

A gateway is one process, so each answers with its own numbers and more gateways are more targets.
Where several processes share one port, set PROMETHEUS_MULTIPROC_DIR to an empty folder for all of
them: the client library then keeps the numbers in files there, and any of the processes answers for
all (gauges then carry the process's id).
"""

from functools import lru_cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST

REQUESTS = Counter(
    "satukan_requests",
    "HTTP requests to the GraphQL endpoint, by type of operation (none where it was refused "
    "before that was known) and HTTP status.",
    ["operation", "status"],
)
SECONDS = Histogram(
    "satukan_request_seconds",
    "Time from a request's headers to the end of its answer, by type of operation.",
    ["operation"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
STATEMENTS = Histogram(
    "satukan_request_statements",
    "SQL statements that a GraphQL request ran, authentication included, by type of operation.",
    ["operation"],
    buckets=(2, 4, 8, 12, 16, 24, 32, 48, 64, 100),
)
COST = Histogram(
    "satukan_request_cost",
    "Static cost of the operations that were admitted, in objects.",
    ["operation"],
    buckets=(1, 10, 100, 300, 1_000, 3_000, 10_000, 30_000),
)
REFUSED = Counter(
    "satukan_refused",
    "GraphQL requests refused before anything of them ran, by code and, for limits, which.",
    ["code", "limit"],
)
PATHS = Counter(
    "satukan_queries",
    "Queries by the path that answered them: compiled into one statement, or plain.",
    ["path"],
)
UPLOADED = Counter("satukan_uploaded_bytes", "Bytes of files that were taken in.")
DOWNLOADS = Counter("satukan_downloads", "Answers to signed addresses of files, parts included.")
ERRORS = Counter("satukan_errors", "Unexpected exceptions, each with an id in the log.")
SOCKETS = Gauge(
    "satukan_sockets",
    "Open WebSockets, those included that have not said who they are.",
    multiprocess_mode="livesum",
)
SUBSCRIPTIONS = Gauge(
    "satukan_subscriptions",
    "Running subscriptions, by what carries them (websocket, sse).",
    ["transport"],
    multiprocess_mode="livesum",
)
SUBSCRIPTIONS_ENDED = Counter(
    "satukan_subscriptions_ended",
    "Subscriptions that have ended, by what carried them and why.",
    ["transport", "reason"],
)
TOLD_SECONDS = Histogram(
    "satukan_subscription_delay_seconds",
    "From the instant of an event to its being handed to a subscriber's connection. Events of the "
    "time before, which who resumes is told of, count with their age.",
    ["transport"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30, 300),
)
LOG_READS = Counter("satukan_log_reads", "Statements that read the log of events for followers.")
LOG_EVENTS = Counter("satukan_log_events", "Events that these statements have read.")
POOL = Gauge(
    "satukan_database_connections",
    "Connections of this process to the database, by pool and state.",
    ["pool", "state"],
    multiprocess_mode="all",
)


@lru_cache(maxsize=256)
def _count(operation: str, status: int) -> Counter:
    return REQUESTS.labels(operation, str(status))


@lru_cache(maxsize=8)
def _measures(operation: str) -> tuple[Histogram, Histogram, Histogram]:
    return SECONDS.labels(operation), STATEMENTS.labels(operation), COST.labels(operation)


def observe_request(
    operation: str, status: int, seconds: float, statements: int, cost: int | None
) -> None:
    """Count a request to the GraphQL endpoint. `cost`: None where it was refused before."""
    _count(operation, status).inc()
    times, counts, costs = _measures(operation)
    times.observe(seconds)
    counts.observe(statements)
    if cost is not None:
        costs.observe(cost)


@lru_cache(maxsize=8)
def _delay(transport: str) -> Histogram:
    return TOLD_SECONDS.labels(transport)


def observe_told(transport: str, seconds: float) -> None:
    """Count an event that a subscriber was told of, so many seconds after its instant."""
    _delay(transport).observe(max(0.0, seconds))


def observe_read(events: int) -> None:
    """Count a read of the log, and what it has found."""
    LOG_READS.inc()
    LOG_EVENTS.inc(events)


def render(multiprocess: Path | None) -> bytes:
    """All metrics in Prometheus' text format: of this process, or of all that share the folder."""
    if multiprocess is None:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(multiprocess))  # type: ignore[no-untyped-call]
    return generate_latest(registry)
