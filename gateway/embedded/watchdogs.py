"""A small process that ends the children of a dead parent, where the kernel does not.

Linux has PR_SET_PDEATHSIG; macOS has nothing like it. The watchdog reads from a pipe whose other
end only the parent holds: when the parent dies, however it dies, the pipe ends. This file is run
as a program by `Watchdog`, with nothing but the standard library.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

_GRACE_SECONDS = 10.0


class Watchdog:
    """The parent's end of the pipe."""

    def __init__(self) -> None:
        """Start the watching process."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__], stdin=subprocess.PIPE, process_group=0
        )

    def watch(self, pid: int, orphan_signal: signal.Signals) -> None:
        """From now on send this signal to this process when the parent dies."""
        self._tell(f"watch {pid} {int(orphan_signal)}\n")

    def forget(self, pid: int) -> None:
        """The process has ended; its number may soon be another's."""
        self._tell(f"forget {pid}\n")

    def close(self) -> None:
        """End the watching process; what it still watches is ended with it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


def follow(lines: Iterable[str]) -> dict[int, int]:
    """The processes to end, each with its signal, after all that the parent has told."""
    watched: dict[int, int] = {}
    for line in lines:
        verb, pid, *rest = line.split()
        if verb == "watch":
            watched[int(pid)] = int(rest[0])
        else:
            watched.pop(int(pid), None)
    return watched


def end(watched: dict[int, int]) -> None:
    """Send each process its signal, and SIGKILL to those that are still there 10 s later."""
    for pid, number in watched.items():
        _send(pid, number)
    deadline = time.monotonic() + _GRACE_SECONDS
    while any(_send(pid, 0) for pid in watched) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in watched:
        _send(pid, signal.SIGKILL)


def _send(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    # Ctrl-C at the terminal is for the parent, which then ends its children itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end(follow(sys.stdin))
