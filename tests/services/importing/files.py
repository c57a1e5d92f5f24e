"""What tests of importing begin with: a file on disk, and an import of it."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from models import ImportKind, Workspace
from services.importing.runs import ImportRequest, ImportSummary, run_import, try_import
from tests.services.writing import NOW

DATA = Path(__file__).resolve().parents[2] / "data"


def written(path: Path, *rows: Sequence[object]) -> Path:
    """A CSV of these rows, the header first."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def request(
    workspace: Workspace, kind: ImportKind, path: Path, *mapping: tuple[str, str], **more: Any
) -> ImportRequest:
    """An import of a file."""
    return ImportRequest(workspace.id, kind, path, mapping, **more)


async def imported(
    workspace: Workspace, kind: ImportKind, path: Path, *mapping: tuple[str, str], **more: Any
) -> ImportSummary:
    """Import a file to its end, or go on with that."""
    return await run_import(request(workspace, kind, path, *mapping, **more), clock=lambda: NOW)


async def customers(
    workspace: Workspace, path: Path, *mapping: tuple[str, str], **more: Any
) -> ImportSummary:
    """Import customers."""
    return await imported(workspace, ImportKind.CUSTOMERS, path, *mapping, **more)


async def orders(
    workspace: Workspace, path: Path, *mapping: tuple[str, str], **more: Any
) -> ImportSummary:
    """Import orders."""
    return await imported(workspace, ImportKind.ORDERS, path, *mapping, **more)


async def tried(
    workspace: Workspace, kind: ImportKind, path: Path, *mapping: tuple[str, str]
) -> ImportSummary:
    """Dry-run an import."""
    return await try_import(request(workspace, kind, path, *mapping), clock=lambda: NOW)


class Killed(Exception):
    """Stands for a process that ends in the middle."""


async def killed_after(rows: int, of: ImportRequest) -> None:
    """Import until at least so many rows are done, and end there as a killed process does."""

    def progress(done: int, total: int) -> None:
        if done >= rows:
            raise Killed

    try:
        await run_import(replace(of), clock=lambda: NOW, progress=progress)
    except Killed:
        return
    raise AssertionError("the import came to its end")


def failures(summary: ImportSummary) -> list[dict[str, str]]:
    """The rows of the file of failed rows."""
    if summary.failures_path is None:
        return []
    with summary.failures_path.open(newline="") as file:
        return list(csv.DictReader(file))


def numbers(summary: ImportSummary) -> tuple[int, int, int, int, int]:
    """Rows done, added, updated, unchanged, failed."""
    counts = summary.counts
    return counts.done, counts.added, counts.updated, counts.skipped, counts.failed


def lines(found: Iterable[dict[str, str]]) -> list[tuple[int, str]]:
    """The lines and columns of failed rows."""
    return [(int(row["line"]), row["column"]) for row in found]
