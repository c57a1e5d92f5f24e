"""Exceptions as clients see them, wrapped or not, and what stays in the log."""

import asyncpg
import pytest
from graphql import GraphQLError
from tortoise.exceptions import OperationalError

from gateway.errors import Failures
from models import Customer
from models.base import new_id
from resolvers.ids import global_id
from services.errors import ErrorCode, Refusal


def wrapped(cause: Exception) -> OperationalError:
    """The exception as the models' library passes it on."""
    outer = OperationalError(cause)
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize(
    ("exception", "code"),
    [
        (asyncpg.QueryCanceledError("canceling statement due to statement timeout"), "TIMEOUT"),
        (asyncpg.LockNotAvailableError("canceling statement due to lock timeout"), "TIMEOUT"),
        (TimeoutError(), "TIMEOUT"),
        (ConnectionRefusedError(111, "refused"), "UNAVAILABLE"),
        (asyncpg.ConnectionDoesNotExistError("connection was closed"), "UNAVAILABLE"),
        (asyncpg.AdminShutdownError("terminating connection"), "UNAVAILABLE"),
        (asyncpg.TooManyConnectionsError("too many clients"), "UNAVAILABLE"),
        (asyncpg.InterfaceError("pool is closing"), "UNAVAILABLE"),
        (wrapped(asyncpg.CharacterNotInRepertoireError("0x00")), "BAD_USER_INPUT"),
        # faults of ours, whatever class they share with the above
        (asyncpg.InterfaceError("cannot perform operation: another is in progress"), "INTERNAL"),
        (asyncpg.DataError("invalid input for query argument $1: 'x'"), "INTERNAL"),
        (wrapped(asyncpg.UndefinedColumnError("column does not exist")), "INTERNAL"),
        (KeyError("name"), "INTERNAL"),
    ],
    ids=str,
)
def test_what_kind_of_failure_it_is(exception: Exception, code: str) -> None:
    error = GraphQLError("raw", path=["customer"], original_error=exception)
    shown = Failures("request").present_one(error)
    assert shown.extensions is not None
    assert shown.extensions["code"] == code
    assert ("id" in shown.extensions) is (code == "INTERNAL")
    assert shown.original_error is None
    assert "raw" not in shown.message
    assert shown.path == ["customer"]


def test_a_refusal_names_what_stands_in_the_way() -> None:
    other = new_id()
    refusal = Refusal(ErrorCode.DUPLICATE, "Taken.", ("input", "phone"), (Customer, other))
    shown = Failures("request").present_one(
        GraphQLError("raw", path=["customer"], original_error=refusal)
    )
    assert shown.message == "Taken."
    assert shown.extensions == {
        "code": "DUPLICATE",
        "field": ["input", "phone"],
        "conflictingId": global_id(Customer, other),
    }


def test_one_exception_has_one_id_in_a_request() -> None:
    failures, fault = Failures("request"), RuntimeError()
    shown = failures.present(
        [GraphQLError("raw", path=[name], original_error=fault) for name in ("a", "b")]
    )
    ids = {(error.extensions or {})["id"] for error in shown}
    assert len(ids) == 1
