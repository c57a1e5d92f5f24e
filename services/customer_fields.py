"""The fields of a customer that people and connected systems write, and how each is checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models import ChannelKind, Customer, CustomerStatus, Group, Tag, User
from services.contacts import normalize_email, normalize_phone
from services.errors import invalid
from services.given import UNSET, Given
from services.ids import global_id
from services.properties import PropertyEntry
from services.references import require_rows
from services.texts import clean_line, clean_optional_line
from services.transactions import Transaction

MOST_MEMBERSHIPS = 200


@dataclass(frozen=True, kw_only=True)
class CustomerFields:
    """What an input says of a customer. Left out stays as it is; None clears.

    `phone` may be in any spelling, without a country's code as one of the workspace's country.
    `groups` and `tags` are the whole sets that the customer is to be in.
    """

    full_name: Given[str | None] = UNSET
    owner_id: Given[UUID | None] = UNSET
    assignee_id: Given[UUID | None] = UNSET
    channel: Given[ChannelKind | None] = UNSET
    username: Given[str | None] = UNSET
    phone: Given[str | None] = UNSET
    email: Given[str | None] = UNSET
    status: Given[CustomerStatus | None] = UNSET
    job_title: Given[str | None] = UNSET
    province: Given[str | None] = UNSET
    regency_city: Given[str | None] = UNSET
    district: Given[str | None] = UNSET
    subdistrict: Given[str | None] = UNSET
    zip_code: Given[str | None] = UNSET
    external_id: Given[str | None] = UNSET
    properties: Given[Sequence[PropertyEntry] | None] = UNSET
    group_ids: Given[Sequence[UUID] | None] = UNSET
    tag_ids: Given[Sequence[UUID] | None] = UNSET
    allow_duplicate: bool = False


@dataclass(frozen=True, kw_only=True)
class NewCustomer(CustomerFields):
    """A customer to add; `full_name` is asked for."""


@dataclass(frozen=True, kw_only=True)
class CustomerChanges(CustomerFields):
    """What to change about a customer."""


API_NAMES = {
    "full_name": "fullName",
    "owner_id": "ownerId",
    "assignee_id": "assigneeId",
    "channel": "channel",
    "username": "username",
    "phone": "phone",
    "email": "email",
    "status": "status",
    "job_title": "jobTitle",
    "province": "province",
    "regency_city": "regencyCity",
    "district": "district",
    "subdistrict": "subdistrict",
    "zip_code": "zipCode",
    "external_id": "externalId",
}
"""The plain fields, in the order of the customer's page, with their names in the API."""

LENGTHS = {
    "username": 255,
    "job_title": 200,
    "province": 200,
    "regency_city": 200,
    "district": 200,
    "subdistrict": 200,
    "zip_code": 16,
    "external_id": 255,
}
USER_FIELDS = ("owner_id", "assignee_id")


def clean_fields(given: CustomerFields, country: str) -> dict[str, Any]:
    """The plain fields that were given, each in the form in which it is kept.

    The channel is that of the column `source`. Raises a Refusal (INVALID) at the API's name of the
    first field whose value will not do: a name that is missing or longer than 200 characters, what
    is no phone number or e-mail address, text that is too long or has control characters.
    """
    found: dict[str, Any] = {}
    for name, api_name in API_NAMES.items():
        value = getattr(given, name)
        if value is UNSET:
            continue
        column = "source" if name == "channel" else name
        found[column] = _cleaned(name, value, country, api_name)
    return found


def _cleaned(name: str, value: Any, country: str, api_name: str) -> Any:
    if name == "full_name":
        return clean_line(value or "", api_name)
    if name in LENGTHS:
        text = clean_optional_line(value, api_name, most=LENGTHS[name])
        return text.removeprefix("@") or None if text and name == "username" else text
    blank = isinstance(value, str) and not value.strip()
    if value is None or blank:
        return None
    checks: dict[str, Callable[[], Any]] = {
        "phone": lambda: normalize_phone(value, country, api_name),
        "email": lambda: normalize_email(value, api_name),
    }
    return checks[name]() if name in checks else value


def in_api(name: str, value: Any) -> Any:
    """A plain field's value as the API writes it, for histories."""
    if value is None:
        return None
    return global_id(User, value) if name in USER_FIELDS else str(value)


async def check_references(tx: Transaction, given: CustomerFields) -> None:
    """Raise a Refusal where the users, groups or tags that an input names are not there.

    NOT_FOUND names the path, such as ("groupIds", "1"); INVALID that there are more than 200.
    """
    users: dict[tuple[str, ...], UUID | None] = {
        (API_NAMES[name],): getattr(given, name) or None for name in USER_FIELDS
    }
    await require_rows(tx, User, users)
    for model, name, ids in (
        (Group, "groupIds", given.group_ids or ()),
        (Tag, "tagIds", given.tag_ids or ()),
    ):
        if len(ids) > MOST_MEMBERSHIPS:
            raise invalid(f"{name}: give at most {MOST_MEMBERSHIPS}.", name)
        await require_rows(tx, model, {(name, str(i)): id for i, id in enumerate(ids)})


def plain_values(customer: Customer) -> dict[str, Any]:
    """The customer's plain fields by column, as they stand."""
    columns = ("source" if name == "channel" else name for name in API_NAMES)
    return {column: getattr(customer, column) for column in columns}
