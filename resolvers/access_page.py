"""The access table as a page for its readers: `docs/access.md`, printed by `./satukan access`."""

from collections.abc import Mapping
from uuid import UUID

from models import Role
from resolvers.access import MUTATIONS, QUERIES, SUBSCRIPTIONS, Rule
from services.actors import Actor, Scope, granted_scopes

ROLES = (Role.OWNER, Role.ADMIN, Role.AGENT)
NOBODY = UUID(int=0)
HEAD = """\
# Who may do what

Made by `./satukan access` from the table that requests are held to (`resolvers/access.py`); tests
ask every cell of it through HTTP. A row is a field of the API. The first columns are the roles of
users, and of keys that are made for a role without scopes; the others are a partner's key with that
scope alone. A partner's key with several scopes may do what each of them may, and one without may
ask for `viewer` only. Scopes on a key of another role narrow it: it may do what its role and one of
its scopes both may. A key never does more than who made it.

What a field answers with is held to the same scopes, type by type: `duplicateSuggestions` is asked
with `merges:read`, and the customers in it are read with `customers:read`. What one may not do is
answered with `FORBIDDEN` and what it needs; what is of another workspace, as if it were not there.
"""


def callers() -> dict[str, Actor]:
    """Those who have a column, by its heading."""
    roles = {role.value: Actor(NOBODY, role, granted_scopes(role, ())) for role in ROLES}
    partners = {
        scope.value: Actor(NOBODY, Role.PARTNER, granted_scopes(Role.PARTNER, [scope]))
        for scope in Scope
    }
    return roles | partners


def page() -> str:
    """The page, in Markdown."""
    parts = [HEAD]
    for title, table in (
        ("Reading", QUERIES),
        ("Changing", MUTATIONS),
        ("Subscribing", SUBSCRIPTIONS),
    ):
        parts.append(f"\n## {title}\n\n{_rows(table)}")
    return "".join(parts)


def _rows(table: Mapping[str, Rule]) -> str:
    columns = callers()
    lines = [f"| field | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for field, rule in table.items():
        cells = ["yes" if rule.allows(actor) else "" for actor in columns.values()]
        lines.append(f"| `{field}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
