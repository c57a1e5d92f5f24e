"""Given or left out: what tells a field that a caller did not name from one set to nothing."""

from enum import Enum
from typing import Final, Literal, TypeAlias, TypeVar


class Unset(Enum):
    """The type of `UNSET`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
"""A field that was left out: it stays as it is. None is a value: it clears."""

Value = TypeVar("Value")
Given: TypeAlias = Value | Literal[Unset.UNSET]


def given_or(value: "Given[Value]", default: Value) -> Value:
    """The value, or `default` where it was left out."""
    return default if value is UNSET else value
