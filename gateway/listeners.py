"""The socket that the gateway answers on, taken before anything else is started."""

import errno
import socket

from gateway.failures import Failure

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; callers wait in it until the gateway answers.

    Raises Failure when the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        number = error.errno if isinstance(error, OSError) else None
        if number == errno.EADDRINUSE:
            sentence = (
                f"Port {port} is in use by another program. Stop that program, or choose another "
                "port with --port."
            )
        elif number == errno.EACCES:
            sentence = f"Port {port} is reserved for root. Choose one above 1023 with --port."
        else:
            sentence = f"Nothing can listen on {host}, port {port} ({error})."
        raise Failure(sentence) from error
    return listener
