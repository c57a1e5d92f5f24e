"""Records of the table of customers: views, and rows of the contact log."""

from typing import Any

import models
from tests.records import Records


def view(records: Records, name: str = "Pelanggan", **values: Any) -> models.CustomerView:
    """A view of the table of customers, shared unless told."""
    return records.add(
        models.CustomerView,
        **{
            "name": name,
            "columns": ["fullName"],
            "shared": True,
            "filter_criteria": {"sources": ["WHATSAPP"]},
            "order_by": {"by": "FULL_NAME", "direction": "ASC"},
            "created_at": records.now,
            "updated_at": records.now,
            **values,
        },
    )


def contact_log(
    records: Records,
    customer: models.Customer,
    kind: models.ContactLogKind = models.ContactLogKind.ADDED,
    **values: Any,
) -> models.ContactLog:
    """A row of the contact log, which no day counts unless `count_anew` is called."""
    return records.add(
        models.ContactLog,
        **{
            "kind": kind,
            "contact_id": customer.id,
            "contact_name": customer.full_name,
            "source": models.LogSource.MANUAL,
            "created_at": records.now,
            **values,
        },
    )
