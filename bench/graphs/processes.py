"""What processes take: CPU time and memory, read from the kernel's /proc (Linux)."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Status:
    """The parent of a process, and the CPU time of it and of its ended children in seconds."""

    parent: int
    seconds: float


def status_of(pid: int) -> Status | None:
    """The status of a process; None where it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return Status(int(fields[1]), sum(map(int, fields[11:15])) / TICKS)


def tree(root: int) -> dict[int, Status]:
    """A process and all that descend from it."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    found = {pid: status for pid in pids if (status := status_of(pid)) is not None}
    kept = {root: found[root]} if root in found else {}
    grown = True
    while grown:
        below = {
            pid: status
            for pid, status in found.items()
            if status.parent in kept and pid not in kept
        }
        kept.update(below)
        grown = bool(below)
    return kept


def cpu_seconds(root: int) -> float:
    """The CPU time that a process tree has taken so far, with those of it that have ended."""
    return sum(status.seconds for status in tree(root).values())


def resident_megabytes(root: int) -> float:
    """The resident memory of the largest process of a tree: of several workers, one."""
    return max((_resident(pid) for pid in tree(root)), default=0.0)


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    told = [line.split()[1] for line in lines if line.startswith("VmRSS")]
    return int(told[0]) / 1024 if told else 0.0


def parent_of(pid: int) -> int:
    """The parent of a process; 0 where it is not on this machine."""
    status = status_of(pid)
    return 0 if status is None else status.parent
