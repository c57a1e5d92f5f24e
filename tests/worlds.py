"""Whole workspaces for tests: customers who have everything around them that the graph shows."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import models
from models import ChannelKind, Workspace
from tests.partners import api_key, webhook
from tests.records import Records
from tests.rows import NOW
from tests.tabled import contact_log, view


@dataclass
class World:
    """A workspace and its records."""

    workspace: Workspace
    records: Records
    customers: list[models.Customer]

    def of(self, model: Any) -> list[Any]:
        """All rows of a model."""
        return self.records.rows[model]


async def build_world(workspace: Workspace, customers: int = 2) -> World:
    """A workspace whose customers each have at least one record of every kind, a member too."""
    records = Records(workspace)
    shared = Shared(records)
    made = [a_whole_customer(records, shared, number) for number in range(1, customers + 1)]
    for one, other in pairwise(made):
        records.duplicate(one, other)
    await records.save()
    return World(workspace, records, made)


class Shared:
    """What the customers of a world have in common."""

    def __init__(self, records: Records) -> None:
        self.whatsapp = records.channel(ChannelKind.WHATSAPP, "WhatsApp")
        self.email = records.channel(ChannelKind.EMAIL, "Surel")
        self.pipelines = {kind: records.pipeline(kind) for kind in models.PipelineKind}
        self.company = records.company("PT Bersama")
        self.ticket = records.ticket("Bersama")
        records.property("size", models.PropertyType.SINGLE_SELECT, ["S", "M", "L"])
        records.property("score", models.PropertyType.NUMBER)
        records.tag("Besar", ltv_min=Decimal("100000.00"))


def a_whole_customer(records: Records, shared: Shared, number: int) -> models.Customer:
    """A customer with every scalar set and every collection filled."""
    user = records.user(f"Sari {number}")
    at = NOW - timedelta(minutes=number)
    customer = records.customer(
        f"Budi Santoso {number}",
        owner_id=user.id,
        assignee_id=user.id,
        added_by_id=user.id,
        phone=f"+6281200{number:06}",
        email=f"budi{number}@example.com",
        username=f"budi{number}",
        source=ChannelKind.WHATSAPP,
        status=models.CustomerStatus.CUSTOMER,
        job_title="Pedagang",
        province="Jawa Barat",
        regency_city="Kota Bandung",
        district="Coblong",
        subdistrict="Dago",
        zip_code="40135",
        properties={"size": "M", "score": number},
        first_contacted_at=at - timedelta(days=9),
        last_inbound_at=at,
        window_status=models.WindowStatus.ACTIVE,
        lifetime_value=Decimal("150000.00"),
        paid_order_count=1,
        updated_at=at,
    )
    with_records_around(records, shared, customer, user, number)
    with_a_member(records, shared, customer, user, number)
    return customer


def with_records_around(
    records: Records,
    shared: Shared,
    customer: models.Customer,
    user: models.User,
    number: int,
) -> None:
    """A record of every kind."""
    identity = records.identity(
        customer, shared.whatsapp, customer.phone, main=True, last_inbound_at=NOW
    )
    conversation = records.conversation(
        customer, identity, assignee_id=user.id, last_message_preview=f"Halo {number}"
    )
    for text in ("Halo", "Selamat siang"):
        records.message(conversation, text=text, agent_id=user.id)
    records.interaction(records.campaign(f"Promo {number}"), customer)
    staged: dict[models.PipelineKind, dict[str, Any]] = {
        kind: {"pipeline_id": pipeline.id, "stage_id": stages[0].id}
        for kind, (pipeline, stages) in shared.pipelines.items()
    }
    task_stage: dict[str, Any] = {"stage_id": staged[models.PipelineKind.TASK]["stage_id"]}
    records.associate(
        customer,
        shared.company,
        shared.ticket,
        records.company(f"PT Maju {number}"),
        records.ticket(
            reporter_id=user.id, assignee_id=user.id, **staged[models.PipelineKind.TICKET]
        ),
        records.deal(owner_id=user.id, **staged[models.PipelineKind.DEAL]),
        records.task(assignee_id=user.id, **task_stage),
        records.group(f"Grup {number}"),
        records.tag(f"Setia {number}"),
    )
    records.enter(customer, records.segment(f"Segmen {number}"))
    records.order(customer, [("Kopi", 2, "50000.00"), ("Teh", 1, "50000.00")])
    records.profile_change(customer, user_id=user.id)
    records.bulk_change(customer, user_id=user.id)
    view(records, f"Tampilan {number}", columns=["fullName", "size", "phone"], owner_id=user.id)
    contact_log(records, customer, user_id=user.id, channel=ChannelKind.WHATSAPP)
    event = records.event(models.EventType.CUSTOMER_ADDED, customer_id=customer.id, user_id=user.id)
    webhook(records, event, created_by_id=user.id)
    api_key(records, f"Mitra {number}", created_by_id=user.id)
    records.add(
        models.Upload,
        file_name=f"{number}.csv",
        size=100,
        sha256=f"{number:064x}",
        path=f"upload-{number}.csv",
        created_at=NOW,
        created_by_id=user.id,
        expires_at=NOW + timedelta(days=9_000),
    )
    records.an_import(
        added_by_id=user.id,
        error_file_path=f"{number}.csv",
        download_key=f"{number:064x}",
        columns=[{"column": "Nama", "fields": ["fullName"]}],
        problems=[{"line": 2, "column": "Nama", "message": "fullName is empty."}],
        started_at=NOW,
    )
    records.an_export(
        status=models.ExportStatus.FINISHED,
        added_by_id=user.id,
        total=1,
        done=1,
        size=100,
        path=f"{number}.csv",
        download_key=f"{number:064x}",
        started_at=NOW,
        finished_at=NOW,
    )


def with_a_member(
    records: Records,
    shared: Shared,
    customer: models.Customer,
    user: models.User,
    number: int,
) -> None:
    """Somebody who was merged into the customer, and came with an e-mail address."""
    member = records.customer(f"B. Santoso {number}")
    records.identity(customer, shared.email, f"b{number}@example.com", origin=member)
    records.merge(customer, member, user_id=user.id)
