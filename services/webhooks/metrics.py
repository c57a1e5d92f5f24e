"""Numbers of the deliveries for Prometheus. No address and no workspace is a label: there are too
many of either."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter(
    "satukan_webhook_attempts",
    "Attempts to deliver webhooks, by what came of them: delivered, failed (another one follows), "
    "dead (none does).",
    ["outcome"],
)
SECONDS = Histogram(
    "satukan_webhook_attempt_seconds",
    "Time that an attempt took, by what came of it.",
    ["outcome"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15),
)
WAITED = Histogram(
    "satukan_webhook_wait_seconds",
    "How long after it was due the first attempt of a delivery was begun.",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
MADE = Counter("satukan_webhook_deliveries", "Deliveries that were made from the log of events.")
DISABLED = Counter("satukan_webhook_endpoints_disabled", "Endpoints that were disabled as dead.")
SENDING = Gauge("satukan_webhook_sending", "Attempts under way.", multiprocess_mode="livesum")
