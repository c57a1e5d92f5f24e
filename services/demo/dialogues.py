"""Dialogues: conversations on a person's channels, with their messages."""

from datetime import datetime, timedelta
from random import Random

import models
from models import ChannelKind, ConversationStatus, EventType, MessageDirection
from services.demo import catalog
from services.demo.ids import Kind, part_id
from services.demo.journeys import Journey
from services.demo.people import DAY, Identity
from services.demo.sheets import Sheets
from services.demo.shops import AGENTS
from services.messages import preview
from services.texts import search_text
from services.window_openings import window_opened
from services.windows import window_of

MOST_MESSAGES = 7
FRESH_SECONDS = 3 * DAY
COUNTS = (0, 1, 2, 3)
COUNT_SHARES = (15, 45, 25, 15)
Line = tuple[MessageDirection, str, int]
"""Who wrote, what, and how many seconds ago."""


def add_dialogues(sheets: Sheets, journey: Journey, window_hours: int, now: datetime) -> None:
    """Add a person's conversations on each of their channels."""
    random = journey.random
    place = 0
    for identity in journey.person.identities:
        if identity.kind is ChannelKind.API:
            continue
        for _ in range(random.choices(COUNTS, COUNT_SHARES)[0]):
            lines = draw_lines(journey, identity)
            add_conversation(sheets, journey, identity, place, lines)
            place += 1
    window = window_of(journey.last_inbound_at, window_hours, now)
    if window.status is models.WindowStatus.ACTIVE and window.last_inbound_at is not None:
        journey.tell(EventType.WINDOW_OPENED, window.last_inbound_at, window_opened(window))


def draw_lines(journey: Journey, identity: Identity) -> list[Line]:
    """What was said in one conversation, in order: the customer begins."""
    random = journey.random
    if random.random() < 0.06:
        seconds = random.randrange(600, 86_000)
    else:
        seconds = int(random.random() ** 2 * identity.seconds)
    seconds = max(60, min(seconds, identity.seconds))
    product = random.choice(catalog.PRODUCTS).name
    place = journey.person.place
    city = place.regency_city if place else "Jakarta"
    text = random.choice(catalog.ASKED).format(product=product, city=city)
    lines: list[Line] = [(MessageDirection.INBOUND, text, seconds)]
    for number in range(1, random.randrange(2, MOST_MESSAGES + 1)):
        seconds -= draw_pause(random)
        if seconds < 30:
            break
        if number % 2:
            lines.append((MessageDirection.OUTBOUND, random.choice(catalog.ANSWERED), seconds))
        else:
            lines.append((MessageDirection.INBOUND, random.choice(catalog.REPLIED), seconds))
    return lines


def draw_pause(random: Random) -> int:
    """Seconds until an answer: mostly minutes, now and then a night."""
    return random.randrange(20, 1_800) if random.random() < 0.9 else random.randrange(3_600, 40_000)


def add_conversation(
    sheets: Sheets, journey: Journey, identity: Identity, place: int, lines: list[Line]
) -> None:
    """Add one conversation with its messages, and note on the journey what was heard."""
    person, random = journey.person, journey.random
    id = part_id(Kind.CONVERSATION, person.number, place)
    external_id = f"demo-conversation-{person.number}-{place}"
    opened_at, last_at = journey.ago(lines[0][2]), journey.ago(lines[-1][2])
    status, resolved_at = draw_status(random, lines[-1][2], journey)
    assignee = None if status is ConversationStatus.UNASSIGNED else random.choice(AGENTS)
    shown = preview(lines[-1][1])
    for number, (direction, text, seconds) in enumerate(lines):
        outbound = direction is MessageDirection.OUTBOUND
        sheets.add(
            models.Message,
            id=part_id(Kind.MESSAGE, person.number, place * MOST_MESSAGES + number),
            external_id=f"demo-message-{person.number}-{place}-{number}",
            conversation_id=id,
            direction=direction,
            text=text,
            sent_at=journey.ago(seconds),
            agent_id=(assignee or AGENTS[0]) if outbound else None,
            created_at=journey.ago(seconds),
        )
    sheets.add(
        models.Conversation,
        id=id,
        external_id=external_id,
        channel_id=identity.channel_id,
        channel_kind=identity.kind,
        identity_id=identity.id,
        customer_id=person.id,
        origin_customer_id=person.id,
        status=status,
        assignee_id=assignee,
        last_message_preview=shown,
        last_message_at=last_at,
        unread_count=unread(lines),
        opened_at=opened_at,
        resolved_at=resolved_at,
        activity_at=last_at,
        search_text=search_text(
            person.name,
            identity.identifier.removeprefix("+"),
            identity.username,
            external_id,
            shown,
        ),
        created_at=opened_at,
        updated_at=resolved_at or last_at,
    )
    hear(journey, identity, lines)


def hear(journey: Journey, identity: Identity, lines: list[Line]) -> None:
    """Note when the person was first and last heard of."""
    opened_at = journey.ago(lines[0][2])
    first = journey.first_contacted_at
    journey.first_contacted_at = opened_at if first is None else min(first, opened_at)
    last_inbound = next(s for direction, _, s in reversed(lines) if direction == "INBOUND")
    at = journey.ago(last_inbound)
    journey.heard[identity.id] = max(journey.heard.get(identity.id, at), at)
    if identity.kind is ChannelKind.WHATSAPP:
        journey.last_inbound_at = max(journey.last_inbound_at or at, at)


def unread(lines: list[Line]) -> int:
    """Inbound messages since the latest outbound one."""
    count = 0
    for direction, _, _ in reversed(lines):
        if direction is MessageDirection.OUTBOUND:
            break
        count += 1
    return count


def draw_status(
    random: Random, seconds: int, journey: Journey
) -> tuple[ConversationStatus, datetime | None]:
    """Where a conversation stands whose last message is so old, and when it was resolved."""
    if random.random() < (0.3 if seconds < FRESH_SECONDS else 0.9):
        later = random.randrange(0, max(1, min(seconds, DAY)))
        return ConversationStatus.RESOLVED, journey.ago(seconds) + timedelta(seconds=later)
    if random.random() < 0.4:
        return ConversationStatus.UNASSIGNED, None
    return ConversationStatus.ASSIGNED, None
