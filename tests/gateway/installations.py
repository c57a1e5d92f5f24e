"""Real installations for tests: `up` as a process, and what the system says of its processes."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.installations import PROJECT

READY_SECONDS = 90.0
END_SECONDS = 20.0
# The run's own servers must not take the place of the ones under test.
FOREIGN = ("DATABASE_URL", "DATABASE_APP_URL", "DATABASE_MAINTENANCE_URL", "REDIS_URL")


def command(*arguments: str) -> list[str]:
    """`./satukan …`, in the environment that the tests run in."""
    return [sys.executable, "-P", "-m", "gateway.cli", *arguments]


def bare_environment(additions: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of somebody who has set nothing."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, "PYTHONPATH": str(PROJECT), **(additions or {})}


def satukan(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a subcommand to its end."""
    return subprocess.run(
        command(*arguments),
        env=bare_environment(environment),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=READY_SECONDS,
    )


@dataclass
class Up:
    """A running `up`."""

    process: subprocess.Popen[str]
    port: int
    data: Path
    printed: list[str]

    @property
    def addresses(self) -> dict[str, str]:
        """Where its servers listen."""
        found: dict[str, str] = json.loads((self.data / "running.json").read_text())
        return found

    def pids(self) -> list[int]:
        """Every process that descends from it, itself not included."""
        return descendants(self.process.pid)

    def program(self, name: str) -> int:
        """The process number of a child whose command line has this word in it."""
        found = [pid for pid in self.pids() if name in command_line(pid)]
        return min(found)

    def end(self, number: signal.Signals) -> int:
        """Send it a signal; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(END_SECONDS)

    def read_error(self, words: str) -> str:
        """Read its standard error up to a line with these words."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if words in line:
                return line
        raise AssertionError(f"it ended without saying “{words}”")


@contextmanager
def up(data: Path, *options: str, **environment: str) -> Iterator[Up]:
    """`up` on a free port, from its `ready:` line on; killed at the end if it still runs."""
    port = free_port()
    process = subprocess.Popen(
        command("up", "--port", str(port), "--data", str(data), *options),
        env=bare_environment(environment),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line.rstrip("\n"))
            if line.startswith("ready: "):
                break
        else:
            assert process.stderr is not None
            raise AssertionError(process.stderr.read())
        yield Up(process, port, data, printed)
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def descendants(pid: int) -> list[int]:
    """All processes below this one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def command_line(pid: int) -> str:
    """What the process was called with."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def still_running(pids: list[int], seconds: float = END_SECONDS) -> list[int]:
    """Those of the processes that have not ended within the time. A zombie has ended."""
    left: list[int] = []
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([handle], [], [], seconds)
        os.close(handle)
        if not ended:
            left.append(pid)
    return left
