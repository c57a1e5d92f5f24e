"""Where in a statement a field stands."""

from dataclasses import dataclass

from tortoise.models import Model

from resolvers.declarations import Parts


@dataclass(frozen=True)
class Here:
    """Where a field stands: the row and its model, the row above, and an object's parts."""

    row: str = ""
    model: type[Model] | None = None
    parent: str | None = None
    parts: Parts | None = None
