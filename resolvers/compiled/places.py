"""Where in a statement a field stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tortoise.models import Model


@dataclass(frozen=True)
class Here:
    """Where a field stands: the row and its model, the row above, what the row's own statement says
    of fields (`parts`), and the joins of the statement that the row is read by.

    Without `joins` there is no such statement: what would be joined becomes a sub-query.
    """

    row: str = ""
    model: type[Model] | None = None
    parent: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    joins: list[str] | None = None

    @property
    def joined(self) -> str:
        """The joins as SQL, behind the statement's first table."""
        return " ".join(["", *self.joins]) if self.joins else ""
