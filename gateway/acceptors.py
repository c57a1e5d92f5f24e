"""Taking connections from a socket that several processes listen on.

Left to the event loop, the process that wakes first takes all connections that wait: of a proxy's
sixteen it may get fifteen. Here a process takes one at a time, after a pause that is the longer the
more connections it has already, so that those with fewer come first.
"""

import asyncio
import socket
from collections.abc import Callable

import structlog

PAUSE_SECONDS = 0.0002
"""For each connection that a process has, before it takes another one."""
LONGEST_PAUSE_SECONDS = 0.002
TROUBLE_SECONDS = 0.2
"""After a connection that could not be taken, as when there are too many open files."""

log = structlog.get_logger("satukan.connections")


class Acceptor:
    """Takes connections until it is closed. What uvicorn asks of a server, and no more."""

    def __init__(
        self,
        listener: socket.socket,
        make_protocol: Callable[[], asyncio.BaseProtocol],
        count: Callable[[], int],
    ) -> None:
        """Begin, in the running event loop. The listener is the caller's; `count` says how many
        connections this process has."""
        listener.setblocking(False)
        self._listener = listener
        self._make_protocol = make_protocol
        self._count = count
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._connecting: set[asyncio.Task[object]] = set()
        self._watch()

    def close(self) -> None:
        """Take no further connection."""
        self._loop.remove_reader(self._listener)
        if self._pause is not None:
            self._pause.cancel()

    async def wait_closed(self) -> None:
        """Wait for connections that are being taken."""
        await asyncio.gather(*self._connecting, return_exceptions=True)

    def _watch(self) -> None:
        self._loop.add_reader(self._listener, self._approach)

    def _approach(self) -> None:
        """A connection waits: take it, or give those who have fewer the time to."""
        pause = min(LONGEST_PAUSE_SECONDS, PAUSE_SECONDS * self._count())
        if pause == 0:
            self._take()
            return
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(pause, self._take_and_watch)

    def _take_and_watch(self) -> None:
        if self._take():
            self._watch()

    def _take(self) -> bool:
        """Take the connection that waits longest; False where that has to be left for a while."""
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return True  # another process was faster, or the caller has gone
        except OSError as error:
            log.warning("connection_not_taken", error=error.strerror)
            self._loop.remove_reader(self._listener)
            self._pause = self._loop.call_later(TROUBLE_SECONDS, self._watch)
            return False
        connection.setblocking(False)
        task: asyncio.Task[object] = self._loop.create_task(
            self._loop.connect_accepted_socket(self._make_protocol, connection)
        )
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return True
