"""What clients say of a customer whom they add or change."""

from collections.abc import Sequence
from typing import Any

import strawberry

import models
from schema.givens import LEFT_OUT, given, given_id, given_ids, given_or_none
from schema.properties import PropertyValueInput
from services.customer_fields import CustomerChanges, NewCustomer
from services.given import UNSET, Given
from services.properties import PropertyEntry


def optional(description: str) -> Any:
    """An input's field that may be left out."""
    return strawberry.field(default=LEFT_OUT, description=description)


@strawberry.input
class CustomerValues:
    """The fields that may be given when adding and when changing a customer."""

    owner_id: strawberry.ID | None = optional("The user whose customer it is.")
    assignee_id: strawberry.ID | None = optional("The user who sees to them.")
    channel: models.ChannelKind | None = optional(
        "The platform that the customer comes from. They are connected to the workspace's default "
        "channel of this kind: by `phone` for WHATSAPP, SMS and PHONE, by `email` for EMAIL, by "
        "`username` for the rest."
    )
    username: str | None = optional("The name on the channel, without the @. At most 255 letters.")
    phone: str | None = optional(
        "A phone number in any spelling; without a country's code, one of the workspace's country."
    )
    email: str | None = optional("An e-mail address.")
    status: models.CustomerStatus | None = optional("How far on the way to buying.")
    job_title: str | None = optional("What the customer works as. At most 200 letters.")
    province: str | None = optional("The province. At most 200 letters.")
    regency_city: str | None = optional("The regency or city. At most 200 letters.")
    district: str | None = optional("The district (kecamatan). At most 200 letters.")
    subdistrict: str | None = optional("The subdistrict (kelurahan). At most 200 letters.")
    zip_code: str | None = optional("The postal code. At most 16 letters.")
    properties: list[PropertyValueInput] | None = optional(
        "Values of custom properties. A change touches only the properties that it names; null "
        "clears them all."
    )
    group_ids: list[strawberry.ID] | None = optional(
        "The groups that the customer is in: exactly these, at most 200."
    )
    tag_ids: list[strawberry.ID] | None = optional(
        "The tags that were given to the customer: exactly these, at most 200."
    )
    external_id: str | None = optional("The id in the connected system, of one customer only.")
    allow_duplicate: bool | None = optional(
        "Whether the phone and the e-mail may be those of another customer, which is else refused "
        "with DUPLICATE and that customer's id. A channel identity is always of one customer."
    )
    idempotency_key: str | None = optional(
        "A text of yours, at most 255 letters: repeated with the same key and input, the call "
        "changes nothing and answers with the customer of the first one. With another input it is "
        "refused: CONFLICT."
    )

    def common(self) -> dict[str, Any]:
        """The fields as services take them: an id is its row, and left out is UNSET."""
        return {
            "owner_id": given_id(self.owner_id, models.User, "ownerId"),
            "assignee_id": given_id(self.assignee_id, models.User, "assigneeId"),
            "group_ids": given_ids(self.group_ids, models.Group, "groupIds"),
            "tag_ids": given_ids(self.tag_ids, models.Tag, "tagIds"),
            "properties": entries_of(given(self.properties)),
            **{name: given(getattr(self, name)) for name in PLAIN},
            "allow_duplicate": bool(given_or_none(self.allow_duplicate)),
        }


PLAIN = (
    "channel",
    "username",
    "phone",
    "email",
    "status",
    "job_title",
    "province",
    "regency_city",
    "district",
    "subdistrict",
    "zip_code",
    "external_id",
)


def entries_of(
    values: Given[list[PropertyValueInput] | None],
) -> Given[Sequence[PropertyEntry] | None]:
    """Values of properties as services take them."""
    if values is UNSET or values is None:
        return values
    return [PropertyEntry(value.key, value.value) for value in values]


@strawberry.input(description="A customer to add. Null is as good as left out.")
class AddCustomerInput(CustomerValues):
    """A new customer."""

    full_name: str = strawberry.field(description="The name: 1 to 200 letters.")

    def new_customer(self) -> NewCustomer:
        """The customer as services take it."""
        fields: dict[str, Any] = {
            name: None if value is UNSET else value for name, value in self.common().items()
        }
        return NewCustomer(full_name=self.full_name, **fields)


@strawberry.input(
    description="What to change about a customer: left out is unchanged, null clears."
)
class UpdateCustomerInput(CustomerValues):
    """Changes of a customer."""

    customer_id: strawberry.ID = strawberry.field(
        description="The customer; an id that was merged away stands for the main customer."
    )
    expected_version: int | None = optional(
        "The version that you have read. Where the customer is at another one by now, nothing "
        "changes and the error STALE says what has changed since."
    )
    full_name: str | None = optional("The name: 1 to 200 letters. It cannot be cleared.")

    def changes(self) -> CustomerChanges:
        """The changes as services take them."""
        return CustomerChanges(full_name=given(self.full_name), **self.common())


@strawberry.input(description="Which customer to delete.")
class DeleteCustomerInput:
    """A customer to delete."""

    customer_id: strawberry.ID = strawberry.field(
        description="The customer; an id that was merged away stands for the main customer."
    )


@strawberry.input(description="Which deleted customer to bring back.")
class RestoreCustomerInput:
    """A customer to restore."""

    customer_id: strawberry.ID = strawberry.field(description="The deleted customer.")
