"""People: who each customer is, and by which channels they are known.

A customer is drawn from their number alone, so that any of them can be drawn again at any time.
Every twentieth is somebody who has come in before: the same person with another channel, or with
their name spelled another way.
"""

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from models import Acquisition, ChannelKind
from services.contacts import PHONE_KINDS
from services.demo import catalog
from services.demo.ids import Kind, part_id
from services.demo.lists import words
from services.demo.names import full_name, respelled
from services.demo.places import PLACES, PROVINCE_SHARES, PROVINCES, Place
from services.demo.shops import CHANNEL_IDS, SECOND_WHATSAPP_ID
from services.texts import fold

DAY = 86_400
OLDEST_DAYS = 720
NEWEST_SECONDS = 3_600
TWIN_EVERY = 20

OPERATORS = words(
    "811 812 813 814 815 816 817 818 819 821 822 823 831 832 833 838 851 852 853 855 856 857 858 "
    "859 877 878 879 881 882 895 896 897 898 899"
)
"""Prefixes of Indonesia's mobile operators, without the 0."""
NUMBERS = 10**8
STEP = 48_271
"""Shares no factor with NUMBERS: each customer gets another number."""

SOURCES = (
    (ChannelKind.WHATSAPP, 50),
    (ChannelKind.INSTAGRAM, 12),
    (ChannelKind.TOKOPEDIA, 9),
    (ChannelKind.SHOPEE, 9),
    (ChannelKind.FACEBOOK_MESSENGER, 4),
    (ChannelKind.EMAIL, 4),
    (ChannelKind.TELEGRAM, 3),
    (ChannelKind.LINE, 2),
    (ChannelKind.LAZADA, 2),
    (ChannelKind.WEBCHAT, 2),
    (ChannelKind.SMS, 1),
    (ChannelKind.PHONE, 1),
    (ChannelKind.API, 1),
)
KINDS = tuple(kind for kind, _ in SOURCES)
SHARES = tuple(share for _, share in SOURCES)
SECOND_KINDS = (ChannelKind.WHATSAPP, ChannelKind.INSTAGRAM, ChannelKind.TOKOPEDIA)
TWIN_KINDS = (ChannelKind.INSTAGRAM, ChannelKind.TOKOPEDIA, ChannelKind.SHOPEE)
ACQUISITIONS = (Acquisition.INBOUND, Acquisition.MANUAL, Acquisition.IMPORT, Acquisition.API)
ACQUISITION_SHARES = (70, 10, 12, 8)
MAIL_DOMAINS = ("example.com", "example.net", "example.org")
"""Reserved for examples (RFC 2606): a letter to them reaches nobody."""


@dataclass(slots=True)
class Identity:
    """A channel by which somebody is known; `seconds` ago it was connected."""

    id: UUID
    kind: ChannelKind
    channel_id: UUID
    identifier: str
    username: str | None
    seconds: int


@dataclass(slots=True)
class Person:
    """A customer as they are known; `seconds` ago they came in."""

    number: int
    id: UUID
    name: str
    acquisition: Acquisition
    seconds: int
    phone: str | None
    email: str | None
    username: str | None
    external_id: str | None
    place: Place | None
    identities: list[Identity] = field(default_factory=list)

    @property
    def source(self) -> ChannelKind | None:
        """The channel that they came in by."""
        return self.identities[0].kind if self.identities else None


def draw_person(number: int) -> Person:
    """The customer of this number."""
    random = Random(number * 7_919 + 17)  # noqa: S311 - nothing here is secret
    name = full_name(random)
    days = int(OLDEST_DAYS * random.random() ** 1.4)
    acquisition = random.choices(ACQUISITIONS, ACQUISITION_SHARES)[0]
    person = Person(
        number=number,
        id=part_id(Kind.CUSTOMER, number, 0),
        name=name,
        acquisition=acquisition,
        seconds=max(NEWEST_SECONDS, days * DAY + random.randrange(DAY)),
        phone=phone_of(number) if random.random() < 0.65 else None,
        email=email_of(name, number, random) if random.random() < 0.45 else None,
        username=None,
        external_id=f"TN-C{number:07d}" if acquisition is not Acquisition.INBOUND else None,
        place=draw_place(random) if random.random() < 0.8 else None,
    )
    if is_twin(number):
        become_twin(person, draw_person(number - 1), random)
    elif acquisition is Acquisition.INBOUND or random.random() < 0.5:
        connect(person, random.choices(KINDS, SHARES)[0], person.seconds)
        if random.random() < 0.3:
            kind = random.choice(SECOND_KINDS)
            if kind not in (PHONE_KINDS if person.source in PHONE_KINDS else {person.source}):
                connect(person, kind, random.randrange(NEWEST_SECONDS // 2, person.seconds))
    if not person.identities and person.phone is None and person.email is None:
        person.phone = phone_of(number)
    return person


def is_twin(number: int) -> bool:
    """Whether the customer of this number is the one before them once more."""
    return number % TWIN_EVERY == TWIN_EVERY - 1


def become_twin(person: Person, first: Person, random: Random) -> None:
    """Make a customer the same person as the one before them, seen through another channel."""
    person.place = first.place if random.random() < 0.7 else None
    how = random.randrange(3)
    person.name = first.name if how == 0 else respelled(first.name, random)
    person.phone = (first.phone or phone_of(first.number)) if how != 2 else None
    person.email = first.email if how == 2 else None
    connect(person, random.choice(TWIN_KINDS), person.seconds, owner=first)


def connect(person: Person, kind: ChannelKind, seconds: int, owner: Person | None = None) -> None:
    """Have a person be known by one more channel. The first names them, as their main one."""
    username = None
    if kind in PHONE_KINDS:
        person.phone = person.phone or phone_of(person.number)
        identifier = person.phone
    elif kind is ChannelKind.EMAIL:
        person.email = person.email or plain_email(person.name, person.number)
        identifier = person.email
    else:
        username = identifier = handle((owner or person).name, person.number)
    second = kind is ChannelKind.WHATSAPP and person.number % 9 == 0
    identity = Identity(
        id=part_id(Kind.IDENTITY, person.number, len(person.identities)),
        kind=kind,
        channel_id=SECOND_WHATSAPP_ID if second else CHANNEL_IDS[kind],
        identifier=identifier,
        username=username,
        seconds=seconds,
    )
    if not person.identities:
        person.username = username
    person.identities.append(identity)


def phone_of(number: int) -> str:
    """A mobile number that no other customer has, in E.164."""
    operator = OPERATORS[number % len(OPERATORS)]
    return f"+62{operator}{(number * STEP + 12_345_678) % NUMBERS:08d}"


def slug(name: str) -> str:
    """A name as it begins a handle or an address."""
    letters = "".join(c if c.isalnum() else " " for c in fold(name))
    return ".".join(letters.split()[-2:])


def handle(name: str, number: int) -> str:
    """A name on a platform that no other customer has."""
    return f"{slug(name)}_{number:x}"


def plain_email(name: str, number: int) -> str:
    """An address that no other customer has."""
    return f"{slug(name)}.{number:x}@{MAIL_DOMAINS[number % 3]}"


def email_of(name: str, number: int, random: Random) -> str:
    """An address that no other customer has, now and then with another beginning."""
    return plain_email(name if random.random() < 0.8 else "toko", number)


def draw_place(random: Random) -> Place:
    """Where somebody lives."""
    return random.choice(PLACES[random.choices(PROVINCES, PROVINCE_SHARES)[0]])


def draw_note(random: Random) -> str:
    """What somebody of the shop has noted."""
    return random.choice(catalog.NOTES)
