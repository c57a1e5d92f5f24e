"""Workbooks: an XLSX turned into a text table by a process of its own.

What a workbook unpacks to is known only when it is unpacked, and the library that reads it holds a
whole sheet in memory. So a child does it, under limits: what it cannot hold ends the child, and the
worker goes on.
"""

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services.errors import Refusal, invalid
from settings import child_environment

LARGEST_UNPACKED = 512 << 20
SECONDS = 600.0
DONE, REFUSED = 0, 3


@dataclass(frozen=True, slots=True)
class Converted:
    """A sheet as a text table: tabs between cells, the row's number in the first one.

    The file is gone when this is.
    """

    file: IO[bytes]

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.file.name)


def convert_workbook(path: Path, name: str) -> Converted:
    """The first sheet of a workbook that shows anything.

    Raises a Refusal (INVALID) with a sentence where there is none that can be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, EOFError):
        raise invalid(
            f"{name} is damaged: it is no whole XLSX file. Save it anew, or as CSV.",
            "file",
        ) from None
    if unpacked > LARGEST_UNPACKED:
        raise too_large(name)
    table = tempfile.NamedTemporaryFile(prefix="satukan-sheet-", suffix=".tsv")  # noqa: SIM115 - kept
    command = [sys.executable, "-m", "services.importing.conversion", str(path)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=table,
            stderr=subprocess.PIPE,
            env=child_environment({}),
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise too_large(name) from None
    if done.returncode == REFUSED:
        sentence = done.stderr.decode(errors="replace").strip().splitlines()[-1]
        raise invalid(f"{name} {sentence}", "file")
    if done.returncode != DONE:
        raise too_large(name)
    return Converted(table)


def too_large(name: str) -> Refusal:
    """What is said of a workbook that cannot be held."""
    return invalid(
        f"{name} unpacks to more than an XLSX may ({LARGEST_UNPACKED >> 20} MB). Save it as CSV.",
        "file",
    )
