"""Every statement that a test sends through Tortoise is held to the rules of distribution.

A folder of tests takes part by naming the fixture in its conftest.
"""

import inspect
import logging
from collections.abc import Iterator
from functools import cache

import pytest

import models
from models.base import WorkspaceModel
from services import due_broadcasts, due_files, due_work
from tests.parsed import broken_rules

LOGGER = logging.getLogger("tortoise.db_client")
OVER_ALL_WORKSPACES = frozenset(
    value
    for module in (due_broadcasts, due_work, due_files)
    for value in vars(module).values()
    if isinstance(value, str) and "SELECT" in value
)
"""What the maintenance role asks to find work that is due, in whatever workspace."""
TABLES = frozenset(
    {"workspaces"}
    | {
        one._meta.db_table
        for one in vars(models).values()
        if inspect.isclass(one) and issubclass(one, WorkspaceModel)
    }
)


@cache
def broken_by(sql: str) -> tuple[str, ...]:
    """What a statement breaks; each text is parsed once."""
    return () if sql in OVER_ALL_WORKSPACES else tuple(broken_rules(sql, TABLES))


class Recorder(logging.Filter):
    """Keeps the statements that Tortoise reports, and nothing of them for the log."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: list[str] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep one: Tortoise gives the statement and its parameters."""
        if isinstance(record.args, tuple) and record.args and isinstance(record.args[0], str):
            self.statements.append(record.args[0])
        return False


@pytest.fixture
def recorded_statements() -> Iterator[list[str]]:
    """The statements that are sent while the test runs, in their order."""
    recorder, level = Recorder(), LOGGER.level
    LOGGER.setLevel(logging.DEBUG)
    LOGGER.addFilter(recorder)
    yield recorder.statements
    LOGGER.removeFilter(recorder)
    LOGGER.setLevel(level)


@pytest.fixture(autouse=True)
def statements_keep_to_the_rules(recorded_statements: list[str]) -> Iterator[None]:
    """Fails a test whose statements break a rule."""
    yield
    broken = {sql: rules for sql in {*recorded_statements} if (rules := broken_by(sql))}
    assert not broken, broken
