"""The interface of everything that has an id."""

from typing import Any, ClassVar

import strawberry

from resolvers.ids import global_id


@strawberry.interface(description="Anything that has an id.")
class Node:
    """A type that implements it names its model: that is how a loaded row is told apart."""

    shows: ClassVar[type[Any]]

    @strawberry.field(description="Opaque, the same for ever, different from that of any other.")
    def id(root: strawberry.Parent[Any]) -> strawberry.ID:
        """The global id of the row."""
        return strawberry.ID(global_id(type(root), root.id))

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Whether a value is a row of the type's model."""
        return isinstance(value, cls.shows)
