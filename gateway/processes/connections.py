"""uvicorn's connections, with what it does not have: a way to cut one whose client does not read.

What is sent waits until the client has read, and so does the end of a connection: a client that
never reads again would hold what was sent to it for ever.
"""

from contextlib import suppress
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request

from gateway.subscriptions.sockets import ABORT

LINGER_SECONDS = 5.0
"""A client that reads again within this time still finds out why its connection was cut."""
MOST_UNREAD_BYTES = 262_144
"""What may wait for a client that sends pings and does not read the answers."""


class SocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket's connection. Its scope has the extension ABORT: called with a code and a reason,
    it cuts the connection."""

    def handle_connect(self, event: Request) -> None:
        """The handshake."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[ABORT] = self.cut

    def handle_ping(self) -> None:
        """Answer a ping, unless the answers are not read."""
        if self.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            self.transport.abort()
            return
        super().handle_ping()

    def cut(self, code: int, reason: str) -> None:
        """Say why behind all that was sent, and wait only a little for its being read."""
        with suppress(InvalidState):
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self.transport.close()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


class HttpConnection(HttpToolsProtocol):
    """An HTTP connection. Its scopes have the extension ABORT, which cuts it."""

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        extensions: dict[str, Any] = {ABORT: self.cut}
        self.scope["extensions"] = extensions

    def cut(self) -> None:
        """Cut the connection at once."""
        self.transport.abort()
