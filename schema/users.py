"""Users: the people who work in the workspace."""

from typing import ClassVar

import strawberry

import models
from schema.nodes import Node


@strawberry.type(description="Somebody who works in the workspace.")
class User(Node):
    """A view over models.User."""

    shows: ClassVar = models.User

    name: str = strawberry.field(description="The user's name.")
    email: str = strawberry.field(description="The user's e-mail address.")
    role: models.Role = strawberry.field(description="What the user may do.")
