"""Channels: the workspace's connected accounts."""

from typing import ClassVar

import strawberry

import models
from schema.nodes import Node


@strawberry.type(description="An account of the workspace on a platform, such as a phone number.")
class Channel(Node):
    """A view over models.Channel."""

    shows: ClassVar = models.Channel

    kind: models.ChannelKind = strawberry.field(description="The platform.")
    name: str = strawberry.field(description="The account's name in the workspace.")
    external_id: str | None = strawberry.field(description="The account's id on the platform.")
