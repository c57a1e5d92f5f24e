"""What all tests of the gateway share."""

import os
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> Iterator[None]:
    """Log lines go nowhere, but are made: the library's default draws each traceback at length."""
    before = structlog.get_config()
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(default=str),
            ],
            logger_factory=structlog.PrintLoggerFactory(nowhere),
            cache_logger_on_first_use=False,
        )
        yield
        structlog.configure(**before)
