"""Duplicate suggestions: which are shown, and the two customers of each."""

from decimal import Decimal
from typing import Any

import models
from resolvers.loaders.collections import Collection, Order, OrderBy
from resolvers.loaders.statements import WORKSPACE, Statement
from services.duplicates.refusals import refused, separated

REFUSED = refused("r.first_customer_id", "r.second_customer_id", WORKSPACE)
SEPARATED = separated("r.first_customer_id", "r.second_customer_id", WORKSPACE)
# Who is part of whom matters only where somebody is: most suggestions are of two customers alone.
SHOWN = f"""r.status = 'OPEN' AND EXISTS (SELECT 1 FROM customers a CROSS JOIN customers b
    WHERE a.workspace_id = {WORKSPACE} AND a.id = r.first_customer_id
        AND a.deleted_at IS NULL AND a.merged_into_id IS NULL
        AND b.workspace_id = {WORKSPACE} AND b.id = r.second_customer_id
        AND b.deleted_at IS NULL AND b.merged_into_id IS NULL
        AND (a.member_count + b.member_count = 0 OR NOT {REFUSED}))
    AND NOT {SEPARATED}"""


def shown(_statement: Statement) -> str:
    """A suggestion is shown while both are in lists, and nobody has said that they are two."""
    return SHOWN


def of_customer(statement: Statement, id: Any) -> str:
    """Whether one of the two is the customer that an id stands for."""
    bound = statement.bind(id, "uuid")
    main = (
        "(SELECT coalesce(c.merged_into_id, c.id) FROM customers c "
        f"WHERE c.workspace_id = {WORKSPACE} AND c.id = {bound})"
    )
    return f"(r.first_customer_id = {main} OR r.second_customer_id = {main})"


def at_least(statement: Statement, score: Decimal) -> str:
    """Whether the score is at least so high."""
    return f"r.score >= {statement.bind(score, 'numeric')}"


SUGGESTIONS = Collection(
    name="duplicateSuggestions",
    model=models.DuplicateSuggestion,
    visible=shown,
    filters={"customer_id": of_customer, "min_score": at_least},
    orders={"SCORE": Order("r.score", "numeric", "score")},
    default=OrderBy("SCORE"),
)
# An array, so that the customers are found by their key and not looked through.
OF_SUGGESTION = Collection(
    name="duplicateSuggestion.customers",
    model=models.Customer,
    parent=f"""r.id = ANY (ARRAY(SELECT unnest(ARRAY[d.first_customer_id, d.second_customer_id])
        FROM duplicate_suggestions d WHERE d.workspace_id = {WORKSPACE} AND d.id = p.id))""",
    orders={"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")},
    default=OrderBy("CREATED_AT", descending=False),
)
REASONS = """SELECT x.reason ->> 'field' AS field, x.reason ->> 'kind' AS kind,
        (x.reason ->> 'weight')::float8 AS weight
    FROM jsonb_array_elements(p.reasons) WITH ORDINALITY AS x(reason, place) ORDER BY x.place"""
"""The reasons of suggestion `p`, as they are kept: the weightiest first."""
REASON = {"field": "r.field", "kind": "r.kind", "weight": "r.weight"}
