"""What a part's log tells the person at the terminal."""

import shutil
from pathlib import Path

from gateway.failures import Failure

LARGEST_BYTES = 50 * 1024 * 1024
_TAIL_BYTES = 4096
_CAUSES = {
    "No space left on device": "The disk is full. Free some space and start again.",
    "Disk quota exceeded": "Your disk quota is used up. Free some space and start again.",
    "Read-only file system": "The disk is read-only. Choose a folder elsewhere with --data DIR.",
    "could not look up effective user ID": (
        "This process runs under a user number without a name, which PostgreSQL refuses. "
        "Start as a user that the system knows, or set DATABASE_URL."
    ),
}


def mark(log: Path | None) -> int:
    """The log's length now, to tell later what was written since."""
    return log.stat().st_size if log is not None and log.exists() else 0


def written_since(log: Path | None, position: int) -> str:
    """The end of what was written into the log after `position`."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(position, mark(log) - _TAIL_BYTES))
        return file.read().decode(errors="replace")


def explain(output: str) -> str:
    """A sentence for a known cause, else the last words themselves."""
    for words, sentence in _CAUSES.items():
        if words in output:
            return sentence
    last_words = [line for line in output.strip().splitlines() if line.strip()][-6:]
    return "It said:\n" + "\n".join(f"  {line}" for line in last_words) if last_words else ""


def keep_short(log: Path | None) -> None:
    """Move a log that has grown too long aside, once; the part goes on appending to it."""
    if log is None or mark(log) <= LARGEST_BYTES:
        return
    shutil.copyfile(log, log.with_suffix(".log.1"))
    with log.open("r+b") as file:
        file.truncate(0)


def failure_of(name: str, what: str, log: Path | None, position: int) -> Failure:
    """What has happened to a part, with what its log says since `position`."""
    sentence = f"{name} {what}. {explain(written_since(log, position))}".rstrip()
    return Failure(sentence if log is None else f"{sentence}\nThe whole log: {log}")
