"""Child processes that do not outlive their parent, however it ends."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gateway.embedded.accounts import Account
from gateway.embedded.watchdogs import Watchdog

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to run and how to end it. Without a log it prints where this process prints."""

    name: str
    command: Sequence[str | Path]
    log: Path | None
    folder: Path | None = None
    environment: Mapping[str, str] | None = None
    account: Account | None = None
    stdin: str = ""
    inherited: Sequence[int] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    # Sent by the kernel (or the watchdog) when the parent dies without stopping the child.
    orphan_signal: signal.Signals = signal.SIGKILL


@dataclass
class Child:
    """A program that was started."""

    program: Program
    process: subprocess.Popen[bytes]
    watchdog: Watchdog | None
    started: float = field(default_factory=time.monotonic)

    @property
    def is_running(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it with its own signal; after its time to stop, with SIGKILL. Safe to repeat."""
        if self.is_running:
            self.process.send_signal(self.program.stop_signal)
            try:
                self.process.wait(self.program.stop_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.watchdog is not None:
            self.watchdog.forget(self.process.pid)


def start(program: Program, watchdog: Watchdog | None = None) -> Child:
    """Start a program in a process group of its own, so that Ctrl-C reaches only the parent.

    On Linux the kernel ends it when the thread that started it dies: call this in the main
    thread. Elsewhere a `watchdog` does. What it prints is appended to its log.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are started from the main thread, or they die with another")
    with tempfile.TemporaryFile() as stdin, open_log(program.log) as log:
        stdin.write(program.stdin.encode())
        stdin.seek(0)
        account = program.account
        process = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env=program.environment,
            stdin=stdin,
            stdout=log,
            stderr=log,
            pass_fds=program.inherited,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            process_group=0,
            preexec_fn=end_with_parent(program.orphan_signal),
        )
    if watchdog is not None:
        watchdog.watch(process.pid, program.orphan_signal)
    return Child(program, process, watchdog)


def open_log(path: Path | None) -> AbstractContextManager[IO[bytes] | None]:
    """The log to append to; None stands for this process's own output."""
    return nullcontext() if path is None else path.open("ab")


def end_with_parent(orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """For `preexec_fn`: the child asks the kernel for this signal at its parent's death.

    It runs after the change of user, which would clear the request. None where there is no such
    request.
    """
    if _LIBC is None:
        return None
    prctl, parent = _LIBC.prctl, os.getpid()

    def ask() -> None:
        if prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(126)

    return ask
