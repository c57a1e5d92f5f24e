"""Parameters that are known only when a request comes: its workspace, its instant, its caller."""

from collections.abc import Callable
from typing import Any

from resolvers.access import hidden_events
from resolvers.loaders.registry import Loaders

Late = Callable[[Any], Any]
"""Takes a request's context and gives the parameter."""


def workspace(context: Any) -> Any:
    """The workspace of the request."""
    return context.workspace_id


def now(context: Any) -> Any:
    """The instant of the request."""
    return context.now


BRACES: dict[str, tuple[Late, str]] = {
    "{now}": (now, "timestamptz"),
    "{window_hours}": (lambda context: context.workspace.window_hours, "int"),
    "{user_id}": (lambda context: context.actor.user_id, "uuid"),
    "{api_key_id}": (lambda context: context.actor.api_key_id, "uuid"),
    "{api_key_name}": (lambda context: context.actor.api_key_name, "text"),
    "{role}": (lambda context: context.actor.role.value, "text"),
    "{hidden_events}": (lambda context: hidden_events(context.actor), "text[]"),
    "{scopes}": (lambda context: sorted(context.actor.scopes), "text[]"),
}
"""What SQL of declarations calls them, and their PostgreSQL types."""


class KnownOnlyThen(Exception):
    """What a field asks for depends on what the workspace has: it is asked in each request."""


class LateContext:
    """Stands for the context of a request that is still to come: questions made with it hold the
    functions above in the place of parameters."""

    def __init__(self) -> None:
        self.workspace_id: Any = workspace
        self.now: Any = now
        self.loaders = Loaders(self, now)  # type: ignore[arg-type]

    async def plan_by_values(self) -> None:
        """Raise KnownOnlyThen: whoever plans by values is about to read."""
        raise KnownOnlyThen


LATE_CONTEXT = LateContext()
