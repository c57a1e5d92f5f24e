"""Records around a person: the company that they work for, tickets, deals and tasks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import models
from models import ApprovalStatus, PipelineKind, Priority, SlaStatus, TaskStatus
from models.base import WorkspaceModel
from services.demo import catalog
from services.demo.ids import Kind, demo_id, part_id
from services.demo.journeys import Journey
from services.demo.people import DAY, phone_of
from services.demo.sheets import Sheets
from services.demo.shops import AGENTS, CURRENCY, PIPELINES
from services.texts import search_text

COMPANY_EVERY = 12
"""Of so many customers that follow one another, the first three work for one company."""
COMPANY_SIZE = 3
COMPANY_PHONES = 50_000_000
"""Where the numbers begin of which customers have none."""
PRIORITIES = (Priority.LOW, Priority.MEDIUM, Priority.HIGH, Priority.URGENT)
PRIORITY_SHARES = (20, 50, 22, 8)
CLOSED_AFTER = 14 * DAY
TASK_STAGES = {
    TaskStatus.TODO: "Daftar",
    TaskStatus.IN_PROGRESS: "Dikerjakan",
    TaskStatus.DONE: "Selesai",
}
TASK_STATUSES = (*TASK_STAGES, TaskStatus.CANCELLED)
APPROVALS = tuple(ApprovalStatus)


def add_records(sheets: Sheets, journey: Journey) -> None:
    """Add what a person's company, tickets, deals and tasks are."""
    random = journey.random
    add_company(sheets, journey)
    if random.random() < 0.25:
        add_ticket(sheets, journey)
    if random.random() < 0.12:
        add_deal(sheets, journey)
    if random.random() < 0.2:
        add_task(sheets, journey)


def link(
    sheets: Sheets,
    journey: Journey,
    model: type[WorkspaceModel],
    kind: Kind,
    **record: Any,
) -> None:
    """Associate a record with its person."""
    sheets.add(
        model,
        id=part_id(kind, journey.person.number, 0),
        customer_id=journey.person.id,
        origin_customer_id=journey.person.id,
        **record,
    )


def add_company(sheets: Sheets, journey: Journey) -> None:
    """Associate one of the first of each dozen with their company; the very first makes it."""
    block, place = divmod(journey.person.number, COMPANY_EVERY)
    if place >= COMPANY_SIZE:
        return
    id = demo_id(Kind.COMPANY, block)
    created_at = journey.ago(journey.person.seconds)
    if place == 0:
        form = catalog.COMPANY_FORMS[block % 5]
        first = catalog.COMPANY_WORDS[block * 5 % 14]
        name = f"{form} {first} {catalog.COMPANY_ENDS[block * 3 % 10]}"
        name += f" {block // 140 + 1}" if block >= 140 else ""
        industry = catalog.INDUSTRIES[block % 7]
        website = f"https://perusahaan-{block + 1}.example"
        phone = phone_of(COMPANY_PHONES + block)
        external_id = f"demo-company-{block + 1}"
        sheets.add(
            models.Company,
            id=id,
            external_id=external_id,
            name=name,
            industry=industry,
            website=website,
            phone=phone,
            search_text=search_text(name, industry, website, phone.removeprefix("+"), external_id),
            created_at=created_at,
            updated_at=created_at,
        )
    link(
        sheets,
        journey,
        models.CustomerCompany,
        Kind.CUSTOMER_COMPANY,
        company_id=id,
        created_at=created_at,
    )


def add_ticket(sheets: Sheets, journey: Journey) -> None:
    """Add a ticket. Its number is given when it is written."""
    person, random = journey.person, journey.random
    id = part_id(Kind.TICKET, person.number, 0)
    seconds = max(600, int(random.random() ** 1.5 * person.seconds))
    pipeline_id = random.choice(PIPELINES.of_kind[PipelineKind.TICKET])
    stages = list(PIPELINES.stages[pipeline_id].values())
    closed = seconds > CLOSED_AFTER or random.random() < 0.4
    created_at = journey.ago(seconds)
    took = random.randrange(60, min(seconds, 5 * DAY))
    late = random.random() < 0.15
    due_at = created_at + timedelta(seconds=took - 60 if late else took + DAY)
    if closed:
        sla = SlaStatus.BREACHED if late else SlaStatus.MET
    elif due_at < journey.reference:
        sla = SlaStatus.BREACHED
    else:
        soon = due_at < journey.reference + timedelta(hours=12)
        sla = SlaStatus.DUE_SOON if soon else SlaStatus.ON_TRACK
    closed_at = created_at + timedelta(seconds=took) if closed else None
    sheets.add(
        models.Ticket,
        id=id,
        external_id=f"demo-ticket-{person.number}",
        subject=random.choice(catalog.SUBJECTS),
        pipeline_id=pipeline_id,
        stage_id=stages[-1] if closed else random.choice(stages[:-1]),
        priority=random.choices(PRIORITIES, PRIORITY_SHARES)[0],
        sla_status=sla,
        sla_due_at=due_at,
        reporter_id=random.choice(AGENTS),
        assignee_id=random.choice(AGENTS) if random.random() < 0.8 else None,
        created_at=created_at,
        updated_at=closed_at or created_at,
        closed_at=closed_at,
    )
    link(
        sheets,
        journey,
        models.CustomerTicket,
        Kind.CUSTOMER_TICKET,
        ticket_id=id,
        created_at=created_at,
    )


def add_deal(sheets: Sheets, journey: Journey) -> None:
    """Add a deal, won or lost where it is old enough."""
    person, random = journey.person, journey.random
    id = part_id(Kind.DEAL, person.number, 0)
    seconds = max(600, int(random.random() * person.seconds))
    pipeline_id = random.choice(PIPELINES.of_kind[PipelineKind.DEAL])
    stages = PIPELINES.stages[pipeline_id]
    closed = seconds > 3 * CLOSED_AFTER
    won = random.random() < 0.6 if closed else None
    created_at = journey.ago(seconds)
    closed_at = created_at + timedelta(seconds=int(seconds * 0.6)) if closed else None
    name, external_id = random.choice(catalog.DEALS), f"demo-deal-{person.number}"
    stage_id: UUID = (
        stages["Menang" if won else "Kalah"] if closed else random.choice([*stages.values()][:3])
    )
    sheets.add(
        models.Deal,
        id=id,
        external_id=external_id,
        name=name,
        amount=Decimal(random.randrange(10, 2_000) * 50_000).quantize(Decimal("0.01")),
        currency=CURRENCY,
        pipeline_id=pipeline_id,
        stage_id=stage_id,
        priority=random.choices(PRIORITIES, PRIORITY_SHARES)[0],
        approval_status=ApprovalStatus.APPROVED if won else random.choice(APPROVALS),
        owner_id=random.choice(AGENTS),
        expected_close_on=(created_at + timedelta(days=random.randrange(14, 90))).date(),
        closed_at=closed_at,
        won=won,
        search_text=search_text(name, external_id),
        created_at=created_at,
        updated_at=closed_at or created_at,
    )
    link(
        sheets,
        journey,
        models.CustomerDeal,
        Kind.CUSTOMER_DEAL,
        deal_id=id,
        created_at=created_at,
    )


def add_task(sheets: Sheets, journey: Journey) -> None:
    """Add a task of the team."""
    person, random = journey.person, journey.random
    id = part_id(Kind.TASK, person.number, 0)
    seconds = max(600, int(random.random() ** 2 * person.seconds))
    pipeline_id = PIPELINES.of_kind[PipelineKind.TASK][0]
    status = random.choices(
        TASK_STATUSES, (3, 2, 12, 1) if seconds > CLOSED_AFTER else (5, 3, 3, 1)
    )[0]
    created_at = journey.ago(seconds)
    done = status is TaskStatus.DONE
    completed_at = created_at + timedelta(seconds=seconds // 2) if done else None
    title, external_id = random.choice(catalog.TASKS), f"demo-task-{person.number}"
    stage = TASK_STAGES.get(status)
    sheets.add(
        models.Task,
        id=id,
        external_id=external_id,
        title=title,
        status=status,
        stage_id=PIPELINES.stages[pipeline_id][stage] if stage else None,
        priority=random.choices(PRIORITIES, PRIORITY_SHARES)[0],
        assignee_id=random.choice(AGENTS),
        due_at=created_at + timedelta(days=random.randrange(1, 30)),
        completed_at=completed_at,
        search_text=search_text(title, external_id),
        created_at=created_at,
        updated_at=completed_at or created_at,
    )
    link(
        sheets,
        journey,
        models.CustomerTask,
        Kind.CUSTOMER_TASK,
        task_id=id,
        created_at=created_at,
    )
