"""Every statement that a test sends is held to the rules of distribution.

The fixture that does it is used by every test (`tests/conftest.py`). Processes that a test starts
send theirs unseen; what they do is called in-process by the tests of its module.
"""

import inspect
import logging
from collections.abc import Iterator
from functools import cache

import pytest

import models
from models import connections
from models.base import WorkspaceModel
from models.statements import note
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
LISTED = 'FROM "workspaces" ORDER BY "created_at" ASC,"workspace_id" ASC'
"""How the operator's list of all workspaces ends."""
OF_TESTS = frozenset(
    {
        "test_the_policy_binds_where_the_statement_does_not",
        "test_row_level_security_holds_without_the_workspace_in_the_statement",
        "test_a_statement_that_postgresql_refuses_is_left_to_the_plain_path",
    }
)
"""Tests that break statements themselves, to see what the database does then."""
FILES_OF_TESTS = frozenset({"test_row_level_security.py", "test_connections.py"})
"""Files whose tests send statements of their own, for the same."""
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
    return (
        ()
        if sql in OVER_ALL_WORKSPACES or sql.endswith(LISTED)
        else tuple(broken_rules(sql, TABLES))
    )


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


class Sent:
    """The texts of all statements that this process sends over connections of the pools."""

    def __init__(self) -> None:
        self._fresh: set[str] = set()
        self._known: set[str] = set()

    def begin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hear of each, beside whoever counts them."""

        def note_and_keep(query: str) -> None:
            note(query)
            if query not in self._known:
                self._fresh.add(query)

        monkeypatch.setattr(connections, "note", note_and_keep)

    def fresh(self) -> list[str]:
        """Those that were not sent before the last time."""
        found = list(self._fresh)
        self._known |= self._fresh
        self._fresh.clear()
        return found


@pytest.fixture(scope="session")
def sent_statements() -> Iterator[Sent]:
    """What is sent, from the first test to the last."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        made = Sent()
        made.begin(monkeypatch)
        yield made


@pytest.fixture(autouse=True)
def statements_keep_to_the_rules(
    sent_statements: Sent, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Fails a test after which a statement was sent that breaks a rule: of the whole suite, and of
    what it sets up. Each text is looked at once in a process."""
    yield
    fresh = sent_statements.fresh()
    name = getattr(request.node, "originalname", request.node.name)
    if name not in OF_TESTS and request.path.name not in FILES_OF_TESTS:
        broken = {sql: rules for sql in fresh if (rules := broken_by(sql))}
        assert not broken, broken
