"""Logs: one structured line an event, ours and the libraries' alike.

What a line may say of a request: its id, method, path without the query, status, time, operation,
workspace, and the ids of the key or user. Never a variable, a header, a token or what the database
said about a value: exceptions are printed with their traceback, but with such values taken out.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, TextIO

import orjson
import structlog

from settings import Settings

# PostgreSQL and asyncpg name the offending value in these places.
DETAIL = re.compile(r"^DETAIL:.*$", re.MULTILINE)
ARGUMENT = re.compile(r"(invalid input for query argument \$\d+): .*", re.DOTALL)
QUOTED = re.compile(
    r"((?:invalid input|invalid value|out of range|malformed)[^\"\n]*: )\".*?\"(?=\n|$)", re.DOTALL
)
BEYOND = re.compile(r"\bvalue \".*?\"(?= is out of range)", re.DOTALL)
SECRET = re.compile(r"\b(sk_[A-Za-z0-9_-]{6})[A-Za-z0-9_-]{20,}|\beyJ[A-Za-z0-9_-]{10,}[\w.-]*")

MARKS = (
    *("sk_", "eyJ", "DETAIL:", "query argument"),
    *("invalid input", "invalid value", "out of range", "malformed"),
)
"""One of these is in all that is taken out."""

REQUESTS = "satukan.requests"
QUIET = {
    # Each prints what passes through it: statements with their values, queries with their errors.
    "tortoise": logging.WARNING,
    "asyncio": logging.WARNING,
    "httpx": logging.WARNING,
    "strawberry.execution": logging.CRITICAL,
    "uvicorn.access": logging.CRITICAL,
}


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (without one: standard output), in the form
    that the settings say.

    Call once, before the server starts; give uvicorn `log_config=None`.
    """
    output = stream or sys.stdout
    shown = settings.log_level in ("DEBUG", "INFO")
    json_lines = (settings.log_format or ("json" if settings.production else "console")) == "json"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=encode)
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=output.isatty())
    )
    _requests.output = output if json_lines and shown else None
    # Ours are written straight to the stream; the standard library's way would cost each request
    # more than all else that the gateway does for it.
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=partial(Lines, output),
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)


class _Requests:
    """Where the lines of requests go as JSON; None where structlog is to write them."""

    output: TextIO | None = None


_requests = _Requests()


def log_request(request_id: str, fields: dict[str, object]) -> None:
    """Log that a request was answered.

    The same line as structlog's, in a fifth of the time: every request has one. `fields` are ours,
    but for the path and the operation's name, which a client may have put anything in.
    """
    output = _requests.output
    if output is None:
        structlog.get_logger(REQUESTS).info("request", **fields)
        return
    for name in ("path", "operation_name"):
        if name in fields:
            fields[name] = scrub_text(str(fields[name]))
    fields["event"] = "request"
    fields["request_id"] = request_id
    fields["logger"] = REQUESTS
    fields["level"] = "info"
    fields["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    output.write(f"{encode(fields)}\n")
    output.flush()


class Lines:
    """Writes the lines of one logger, each as it comes."""

    def __init__(self, output: TextIO, name: str = "") -> None:
        self._output = output
        self.name = name

    def write(self, line: str) -> None:
        """Write a line."""
        self._output.write(f"{line}\n")
        self._output.flush()

    debug = info = warning = error = critical = write


def encode(event: Mapping[str, Any], **options: Any) -> str:
    """A line as JSON. What JSON does not know is written as Python shows it."""
    try:
        return orjson.dumps(event, default=repr).decode()
    except TypeError:  # halves of characters that UTF-16 writes as two
        return json.dumps(event, default=repr)


def scrub(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take values that the database quotes, and anything that looks like a key, out of a line."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = scrub_text(value)
    return event


def scrub_text(text: str) -> str:
    """`text` without values that the database quotes and without keys and tokens."""
    # Looking for these takes a tenth of the time.
    if not any(mark in text for mark in MARKS):
        return text
    text = DETAIL.sub("DETAIL: (left out)", text)
    text = ARGUMENT.sub(r"\1 (left out)", text)
    text = BEYOND.sub("value (left out)", QUOTED.sub(r"\1(left out)", text))
    return SECRET.sub(lambda found: f"{found[1] or 'eyJ'}…", text)
