"""A gateway process: uvicorn on the composed application."""

import argparse
import asyncio
import gc
import socket
import sys
from collections.abc import Awaitable, Callable

import uvicorn

from gateway.acceptors import Acceptor
from gateway.app import create_app
from gateway.failures import Failure
from gateway.listeners import BACKLOG, listen
from gateway.logging import configure_logging
from gateway.processes.connections import HttpConnection, SocketConnection
from settings import read_settings

# A subscription's messages are small; a larger frame is an attack.
LARGEST_MESSAGE_BYTES = 65_536
# Open subscriptions are told to come again; a request has this long to finish.
GRACE_SECONDS = 8


class Gateway(uvicorn.Server):
    """uvicorn's server, with the memory put in order before the first request."""

    def __init__(
        self, config: uvicorn.Config, *, alone: bool, leave: Callable[[], Awaitable[None]]
    ) -> None:
        """`alone`: no other process listens on the same socket. `leave` ends subscriptions."""
        super().__init__(config)
        self._alone = alone
        self._leave = leave

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start. What is there by now, the schema above all, stays for good: looking for cycles in
        it takes a third of a list's time, and makes single requests wait three times as long.
        (Looking less often, too, made them wait longer again: there is then more to look at.)"""
        await super().startup(sockets if self._alone else [])
        gc.collect()
        gc.freeze()
        if not self._alone:
            self.servers += [
                Acceptor(each, self._protocol, lambda: len(self.server_state.connections))  # type: ignore[misc]
                for each in sockets or ()
            ]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End. Who subscribes is told that they may come again, and is not waited for."""
        await self._leave()
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


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
            http=HttpConnection,
            ws=SocketConnection,
            ws_max_size=LARGEST_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_SECONDS,
        ),
        alone=settings.processes == 1,
        leave=app.state.leave,
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
