"""Being asked to stop: Ctrl-C, SIGTERM, a closed terminal."""

import signal
from types import FrameType


class Interrupted(Exception):
    """Somebody asked this process to stop; it is stopping."""


class Interruptions:
    """Notes each request to stop, instead of breaking off what runs at that moment."""

    def __init__(self) -> None:
        """Listen from now on, in this process."""
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def check(self) -> None:
        """Raise Interrupted once somebody has asked to stop."""
        if self._asked:
            raise Interrupted

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
