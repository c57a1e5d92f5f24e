"""What the demo's customers count as, on each day that their data tell of."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import models
from models import AudienceKind, ChannelKind, MessageDirection, OrderStatus
from services.audience_sizes import count_members
from services.demo.sheets import Sheets
from services.monitoring_days import count_standing
from services.transactions import Transaction


def count_demo(tx: Transaction, sheets: Sheets) -> None:
    """Count the customers of a batch as if all had happened when its rows say so.

    They count from their making on, as productive from their first paid order, and as active while
    the window of one of their messages was open.
    """
    made: dict[UUID, datetime] = {}
    for row in sheets.rows.get(models.Customer, []):
        made[row["id"]] = row["created_at"]
        count_standing(tx, row["created_at"], {"total": 1})
    for id, at in first_paid(sheets.rows.get(models.Order, [])).items():
        count_standing(tx, max(at, made[id]), {"productive": 1})
    hours = timedelta(hours=tx.workspace.window_hours)
    for id, times in heard(sheets).items():
        for opened, closed in open_times(times, hours):
            if closed <= made[id]:
                continue
            count_standing(tx, max(opened, made[id]), {"active": 1})
            if closed <= tx.now:
                count_standing(tx, closed, {"active": -1})
    pairs = {
        (row["customer_id"], row["group_id"]) for row in sheets.rows.get(models.CustomerGroup, [])
    }
    count_members(tx, AudienceKind.GROUP, [group_id for _, group_id in pairs])


def first_paid(orders: Iterable[dict[str, Any]]) -> dict[UUID, datetime]:
    """When each customer first paid for an order."""
    found: dict[UUID, datetime] = {}
    for row in orders:
        if row["status"] is OrderStatus.PAID:
            at = row["paid_at"] or row["ordered_at"]
            found[row["customer_id"]] = min(found.get(row["customer_id"], at), at)
    return found


def heard(sheets: Sheets) -> dict[UUID, list[datetime]]:
    """When each customer wrote on WhatsApp."""
    whose = {
        row["id"]: row["customer_id"]
        for row in sheets.rows.get(models.Conversation, [])
        if row["channel_kind"] is ChannelKind.WHATSAPP
    }
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for row in sheets.rows.get(models.Message, []):
        if row["direction"] is MessageDirection.INBOUND and row["conversation_id"] in whose:
            found[whose[row["conversation_id"]]].append(row["sent_at"])
    return found


def open_times(times: Iterable[datetime], hours: timedelta) -> list[tuple[datetime, datetime]]:
    """From when until when a window was open to which messages of these times came."""
    found: list[tuple[datetime, datetime]] = []
    for at in sorted(times):
        if found and at < found[-1][1]:
            found[-1] = (found[-1][0], at + hours)
        else:
            found.append((at, at + hours))
    return found
