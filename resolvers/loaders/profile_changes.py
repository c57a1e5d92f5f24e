"""Changes of profiles: who changed which field of a customer, and when."""

from resolvers.loaders.statements import WORKSPACE

CHANGES = """SELECT one ->> 'field' AS field, one -> 'old' AS old, one -> 'new' AS new
    FROM jsonb_array_elements(p.changes) WITH ORDINALITY AS c(one, place) ORDER BY place"""
"""The fields that a change `p` has changed, in their order."""
FIELDS = {"field": "r.field", "old": "r.old", "new": "r.new"}

KEY_NAME = f"""(SELECT k.name FROM api_keys k
    WHERE k.workspace_id = {WORKSPACE} AND k.id = r.api_key_id)"""
"""What the API key of a change `r` is called."""
