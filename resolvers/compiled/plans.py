"""Plans: the one SQL statement of an operation, where its parameters come from, and what its one
row becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from resolvers.compiled.pages import NOT_COUNTED


@dataclass(frozen=True)
class FromSite:
    """A parameter that stands at a place of a site's answer."""

    site: int
    place: int


@dataclass(frozen=True)
class Plan:
    """A statement. Each parameter is Late, or FromSite: a plan holds no value of a request.

    `template` is the answer's JSON with the places of columns in it.
    """

    sql: str
    parameters: tuple[Any, ...]
    template: tuple[str | int, ...]

    @cached_property
    def asks(self) -> bool:
        """Whether there is anything to ask PostgreSQL for."""
        return any(type(piece) is int for piece in self.template)

    def answered(self, row: Sequence[Any]) -> str:
        """The JSON of the answer, of the statement's one row: JSON text, or numbers."""
        pieces = []
        for piece in self.template:
            value = row[piece] if type(piece) is int else piece
            pieces.append("null" if value is None else str(value))
        return "".join(pieces)


MOST_PASSED_OVER = 64


@dataclass
class Hope:
    """Whether a brief statement is worth trying: the more often it did not do, the more requests
    pass it over, up to MOST_PASSED_OVER."""

    _failures: int = 0
    _passed_over: int = 0

    def worth_it(self) -> bool:
        """Whether to try it for this request."""
        if self._passed_over > 0:
            self._passed_over -= 1
            return False
        return True

    def learn(self, *, done: bool) -> None:
        """Take note of how it went."""
        if done:
            self._failures = max(0, self._failures - 1)
            return
        self._passed_over = min(MOST_PASSED_OVER, 2**self._failures)
        self._failures = min(self._failures + 1, MOST_PASSED_OVER.bit_length())


@dataclass(frozen=True)
class Plans:
    """The plan of an operation, and where there is one a brief plan to try first.

    Children are mostly fewer than a page; then the page has counted them. A statement that could
    count beyond it takes a quarter more of PostgreSQL's time even where it counts nothing, to be
    made ready. So the brief one cannot, and writes NOT_COUNTED where it would have to.
    """

    full: Plan
    brief: Plan | None = None
    hope: Hope = field(default_factory=Hope)

    @classmethod
    def of(cls, full: Plan, brief: Plan) -> "Plans":
        """Both, if the brief one is any briefer."""
        return cls(full, brief if NOT_COUNTED in brief.sql else None)

    @property
    def weight(self) -> int:
        """Characters of the statements."""
        return len(self.full.sql) + (len(self.brief.sql) if self.brief is not None else 0)


def is_whole(row: Sequence[Any]) -> bool:
    """Whether a brief plan's row has all that was asked for."""
    return not any(NOT_COUNTED in value for value in row if type(value) is str)
