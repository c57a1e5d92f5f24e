"""A workspace with everything in it that two ways of writing an answer could write differently."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import models
from models import ChannelKind, PropertyType, Workspace
from tests.records import DAY, HOUR, Records
from tests.resolvers.listed import many_records
from tests.rows import NOW
from tests.worlds import Shared, World, a_whole_customer

TEXTS = (
    'Ñandú "Si" O\'Neil \\ back\\\\slash',
    "baris\nbaru\ttab\r\x01\x1f\x7f\u2028",
    "😀 ᄀ가 \u200fעברית ﷽",
    "$1 {now} r.id p.name %s %% _ --' /* \\u0041 </script>",
    "",
    " ",
)
AMOUNTS = ("0.00", "-0.01", "0.10", "999999999999999999.99", "-5.50", "100.00")
VALUES: dict[PropertyType, list[Any]] = {
    PropertyType.TEXT: [TEXTS[0], TEXTS[2], "budi"],
    PropertyType.NUMBER: [0, -7, 12345678901234567],
    PropertyType.DECIMAL: ["0.10", "29.330", "-1"],
    PropertyType.BOOLEAN: [True, False, True],
    PropertyType.DATE: ["2026-11-22", "2024-02-29", "1999-12-31"],
    PropertyType.DATETIME: ["2026-11-22T09:00:00.000000Z", "2026-11-22T02:00:00.000000Z", None],
    PropertyType.MULTI_SELECT: [["S"], ["S", "M"], []],
}
"""Values of custom properties, by type: of three customers."""


async def build_odd_world(workspace: Workspace) -> World:
    """Whole customers, many rows with ties and missing values, and odd texts and numbers."""
    records, one, conversation = many_records(workspace)
    shared = Shared(records)
    whole = [a_whole_customer(records, shared, number) for number in (101, 102)]
    define_properties(records)
    odd = [odd_customer(records, number) for number in range(len(TEXTS))]
    with_odd_records(records, shared, whole[0], odd)
    with_odd_merges(records, shared, odd)
    with_odd_history(records, one, conversation)
    await records.save()
    return World(workspace, records, [one, *whole, *odd])


def define_properties(records: Records) -> None:
    """A property of each type with values, and two that are not in use."""
    for type in VALUES:
        options = ("S", "M") if type is PropertyType.MULTI_SELECT else ()
        records.property(type.value.lower(), type, options)
    records.property("archived", archived_at=NOW)
    records.property("disabled", enabled=False)
    records.property("builtin", built_in=True)


def odd_customer(records: Records, number: int) -> models.Customer:
    """A customer with one of the texts everywhere, and little else."""
    text = TEXTS[number]
    properties = {
        type.value.lower(): values[number]
        for type, values in VALUES.items()
        if number < len(values) and values[number] is not None
    }
    if number == 0:
        properties |= {"archived": "x", "disabled": "x", "undefined": "x"}
        for key in ("undefined",):
            records.definitions.setdefault(key, records.definitions["text"])
    return records.customer(
        text,
        external_id=f"odd {number} {text}",
        username=text,
        job_title=text or None,
        properties=properties,
        lifetime_value=Decimal(AMOUNTS[number]),
        last_inbound_at=NOW - 24 * HOUR + timedelta(microseconds=number - 2),
        created_at=NOW.replace(microsecond=number * 100_000),
        deleted_at=NOW if number == 4 else None,
        erased_at=NOW if number == 5 else None,
    )


def with_odd_records(
    records: Records, shared: Shared, whole: models.Customer, odd: list[models.Customer]
) -> None:
    """Records with odd texts and amounts, at the edges of what is visible."""
    channel = records.channel(ChannelKind.WEBCHAT, TEXTS[1], external_id=None)
    for number, customer in enumerate(odd):
        text = TEXTS[number]
        identity = records.identity(customer, channel, f"web-{number}", main=number % 2 == 0)
        talk = records.conversation(
            customer, identity, last_message_preview=text or None, external_id=None
        )
        records.message(talk, text=text or None, direction=models.MessageDirection.OUTBOUND)
        things = [
            records.company(text, external_id=None, website=text),
            records.ticket(text, external_id=None, closed_at=NOW),
            records.deal(
                text, amount=Decimal(AMOUNTS[number]), won=[True, False, None][number % 3]
            ),
            records.task(text, completed_at=NOW, status=models.TaskStatus.DONE),
            records.group(f"{number} {text}"),
            records.tag(f"{number} {text}", ltv_max=Decimal(AMOUNTS[number])),
        ]
        records.associate(customer, *things)
        records.associate(whole, *things)
        records.interaction(
            records.campaign(text, template=text, external_id=None),
            customer,
            visible_until=NOW + timedelta(microseconds=number - 1),
            failure_reason=text,
        )
    with_odd_orders(records, odd)
    _, stages = shared.pipelines[models.PipelineKind.TICKET]
    stages[1].archived_at = NOW


def with_odd_orders(records: Records, odd: list[models.Customer]) -> None:
    """Orders of each status, in two currencies, and one of a product without a number."""
    for number, customer in enumerate(odd):
        status = list(models.OrderStatus)[number % 4]
        items = [(TEXTS[number], 3, "0.33"), ("Kopi", 1, "1.00")]
        records.order(customer, items, status=status)
        records.order(customer, [("Kopi", number + 1, AMOUNTS[0])], currency="USD")
    first = records.order(odd[0], ordered_at=NOW - DAY)
    records.add(
        models.OrderItem,
        order_id=first.id,
        position=1,
        product="Kopi",
        quantity=1,
        unit_price=Decimal("0.10"),
    )


def with_odd_merges(records: Records, shared: Shared, odd: list[models.Customer]) -> None:
    """One who was merged, one who was merged into somebody erased, and a merge that was undone.

    What a member brought along hangs on the main customer as well: twice, where both had it.
    """
    main, member, late, undone = odd[0], *(records.customer(f"Anggota {n}") for n in range(3))
    records.associate(main, shared.ticket, shared.company)
    for thing, column, model in (
        (shared.ticket, "ticket_id", models.CustomerTicket),
        (shared.company, "company_id", models.CustomerCompany),
    ):
        records.add(
            model,
            **{column: thing.id},
            customer_id=main.id,
            origin_customer_id=member.id,
            created_at=NOW,
        )
    records.identity(main, shared.email, "anggota@example.com", origin=member)
    records.merge(main, member, late, merged_at=NOW - DAY)
    records.merge(odd[5], records.customer("Anggota yang dihapus"))
    records.merge(main, undone, undone_at=NOW)
    undone.merged_into_id = None
    records.rows[models.MergeMember][-1].unmerged_at = NOW


def with_odd_history(
    records: Records, one: models.Customer, conversation: models.Conversation
) -> None:
    """Changes and events whose text is missing or strange."""
    records.profile_change(one, changes=[])
    records.profile_change(one, changes=[{"field": text} for text in TEXTS])
    payload = {"a": [1.5, None, {"b": TEXTS[0]}], "": 12345678901234567890, "z": 1e-7, "y": 1.0}
    records.event(models.EventType.CUSTOMER_UPDATED, customer_id=one.id, payload=payload)
    records.message(conversation, text=None, agent_id=records.rows[models.User][0].id)
    records.segment("Aneh", criteria=payload)
    records.campaign("Terjadwal", scheduled_at=NOW + DAY, audience=payload)
