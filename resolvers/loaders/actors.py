"""Who is asking: no row of a table, but what the request is known to come from."""

from resolvers.loaders.statements import WORKSPACE

ASKING = f"SELECT {WORKSPACE}::uuid AS workspace_id, {{user_id}} AS user_id"
"""The request as a row. What stands in braces is told by the request."""

FIELDS = {
    "api_key_name": "{api_key_name}",
    "role": "{role}",
    "scopes": "to_json({scopes})",
}
"""How the caller is written."""
