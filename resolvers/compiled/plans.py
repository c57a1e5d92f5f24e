"""Plans: the one SQL statement of an operation, where its parameters come from, and what its one
row becomes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any


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
