"""The contact log: who was added, connected, deleted or merged, and when."""

import models
from models import ContactLogKind
from resolvers.loaders.collections import Collection, Order, OrderBy, within
from resolvers.loaders.statements import Statement


def of_kind(statement: Statement, kind: ContactLogKind) -> str:
    """Whether a row is of one log: said so that the log's index gives its rows in their order."""
    return f"r.kind = {statement.bind(kind.value, 'text')}"


CONTACT_LOGS = Collection(
    name="contactLog",
    model=models.ContactLog,
    filters={"kind": of_kind, "created": within("created_at")},
    orders={"CREATED_AT": Order("r.created_at", "timestamptz", "created_at")},
    default=OrderBy("CREATED_AT"),
)
