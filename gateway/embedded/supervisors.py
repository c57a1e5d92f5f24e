"""Starts programs, waits for them, starts those again that die, and ends them all."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.embedded.children import Child, Program, start
from gateway.embedded.logs import failure_of, keep_short, mark, written_since
from gateway.embedded.watchdogs import Watchdog
from gateway.failures import Failure

_POLL_SECONDS = 0.02
_WATCH_SECONDS = 0.2
# A program that ran this long has started well; what follows counts as a new trouble.
_STEADY_SECONDS = 60.0
_LARGEST_PAUSE_SECONDS = 8.0
_MOST_FAILURES = 6


@dataclass
class _Kept:
    """A program that is to be running."""

    child: Child
    log_position: int
    failures: int = 0
    due: float | None = None


class Supervisor:
    """The programs of one installation, in the order in which they were started."""

    def __init__(
        self, check_interrupted: Callable[[], None] = lambda: None, watchdog: bool | None = None
    ) -> None:
        """`check_interrupted` raises when this process is asked to stop.

        `watchdog` decides whether a watchdog process ends the children of a killed parent: where
        the kernel does not, unless told.
        """
        self._check_interrupted = check_interrupted
        wanted = sys.platform != "linux" if watchdog is None else watchdog
        self._watchdog = Watchdog() if wanted else None
        self._kept: list[_Kept] = []

    def start(self, program: Program) -> Child:
        """Start a program. From now on it belongs to what `watch` keeps and `stop` ends."""
        keep_short(program.log)
        position = mark(program.log)
        child = start(program, self._watchdog)
        self._kept.append(_Kept(child, position))
        return child

    def wait_until(
        self, ready: Callable[[], bool], child: Child, seconds: float, *, beside: bool = False
    ) -> None:
        """Wait for a child that was just started to be ready; `beside` all others running.

        Raises Failure, with what its log says, when it ends or is not ready in time.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            self._check_interrupted()
            for kept in self._kept:
                if not kept.child.is_running and (beside or kept.child is child):
                    raise self._failure(kept)
            if time.monotonic() > deadline:
                raise self._failure(self._find(child))
            time.sleep(_POLL_SECONDS)

    def said(self, child: Child) -> str:
        """What the child has written into its log."""
        return written_since(child.program.log, self._find(child).log_position)

    def finish(self, child: Child) -> int:
        """Wait for a child that ends by itself; its exit code."""
        while child.is_running:
            self._check_interrupted()
            time.sleep(_POLL_SECONDS)
        self.drop(child)
        return child.process.returncode

    def drop(self, child: Child) -> None:
        """End a child and keep it no longer."""
        child.stop()
        self._kept = [kept for kept in self._kept if kept.child is not child]

    def watch(self, tell: Callable[[str], None]) -> None:
        """Keep all programs running until this process is asked to stop.

        A program that dies is started again, after a pause that grows. Raises Failure when it
        dies time after time.
        """
        while True:
            self._check_interrupted()
            now = time.monotonic()
            for kept in self._kept:
                keep_short(kept.child.program.log)
                if kept.due is None and not kept.child.is_running:
                    self._plan_restart(kept, now, tell)
                elif kept.due is not None and now >= kept.due:
                    kept.log_position = mark(kept.child.program.log)
                    kept.child = start(kept.child.program, self._watchdog)
                    kept.due = None
                    tell(f"{kept.child.program.name} was started again.")
            time.sleep(_WATCH_SECONDS)

    def stop(self) -> None:
        """End all programs, the last one started first."""
        while self._kept:
            self._kept.pop().child.stop()
        if self._watchdog is not None:
            self._watchdog.close()
            self._watchdog = None

    def _find(self, child: Child) -> _Kept:
        return next(kept for kept in self._kept if kept.child is child)

    def _failure(self, kept: _Kept) -> Failure:
        what = "is not ready" if kept.child.is_running else "did not start"
        return failure_of(kept.child.program.name, what, kept.child.program.log, kept.log_position)

    def _plan_restart(self, kept: _Kept, now: float, tell: Callable[[str], None]) -> None:
        program, code = kept.child.program, kept.child.process.returncode
        steady = now - kept.child.started >= _STEADY_SECONDS
        kept.failures = 1 if steady else kept.failures + 1
        if kept.failures > _MOST_FAILURES:
            what = f"ended {kept.failures} times in a row, so everything is stopped"
            raise failure_of(program.name, what, program.log, kept.log_position)
        pause = min(2.0 ** (kept.failures - 2), _LARGEST_PAUSE_SECONDS)
        kept.due = now + pause
        ending = f"signal {-code}" if code < 0 else f"exit code {code}"
        see = "" if program.log is None else f" See {program.log}"
        tell(f"{program.name} ended ({ending}) and starts again in {pause:g} s.{see}")
