"""A gateway process: uvicorn on the composed application."""

import argparse
import gc
import socket
import sys

import uvicorn

from gateway.app import create_app
from gateway.failures import Failure
from gateway.listeners import BACKLOG, listen
from gateway.logging import configure_logging
from settings import read_settings

# A subscription's messages are small; a larger frame is an attack.
LARGEST_MESSAGE_BYTES = 65_536
# Open subscriptions are told to come again; a request has this long to finish.
GRACE_SECONDS = 8

COLLECT_EVERY = (20_000, 20, 50)
"""Objects made between two looks for cycles, and how often the older ones are looked at. Unless
told, Python looks after 700, which is several times in the answer to one list."""


class Gateway(uvicorn.Server):
    """uvicorn's server, with the memory put in order before the first request."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start. What is there by now, the schema above all, stays: it is not looked at again."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_EVERY)


def main() -> None:
    """Answer on the inherited `--socket`, or on `--host` and `--port`, until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=int, help="number of an inherited, listening socket")
    parser.add_argument("--gate", type=int, help="number of an inherited pipe: wait for its end")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    if arguments.gate is not None:
        with open(arguments.gate, "rb") as gate:
            gate.read()
    settings = read_settings()
    configure_logging(settings)
    try:
        app = create_app(settings)
    except Failure as failure:
        sys.exit(str(failure))
    server = Gateway(
        uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    listener = (
        listen(arguments.host, arguments.port)
        if arguments.socket is None
        else socket.socket(fileno=arguments.socket)
    )
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
