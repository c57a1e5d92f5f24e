"""Merges: who became part of whom, and what the values were before."""

from enum import StrEnum
from typing import Any

from tortoise import fields

from models.base import WorkspaceModel, reference


class MergeSource(StrEnum):
    """Where a merge was asked for."""

    CUSTOMER_PAGE = "CUSTOMER_PAGE"
    INBOX = "INBOX"
    SUGGESTION = "SUGGESTION"
    API = "API"
    IMPORT = "IMPORT"


class SurvivorshipStrategy(StrEnum):
    """Which customer's value the main customer has after a merge."""

    MAIN_WINS = "MAIN_WINS"
    FILL_GAPS = "FILL_GAPS"
    MOST_RECENT = "MOST_RECENT"


class Merge(WorkspaceModel):
    """One merge into a main customer."""

    main_id = reference("customers")
    source = fields.CharEnumField(MergeSource, max_length=16)
    strategy = fields.CharEnumField(SurvivorshipStrategy, max_length=16)
    overrides: fields.JSONField[Any] = fields.JSONField(default=list)
    values_before: fields.JSONField[Any] = fields.JSONField()
    """The main customer's fields that the merge changed, as they were before it."""
    user_id = reference("users", null=True)
    api_key_id = reference("api_keys", null=True)
    merged_at = fields.DatetimeField()
    undone_at = fields.DatetimeField(null=True)
    """When the last of its members was unmerged."""

    class Meta:
        table = "merges"


class MergeMember(WorkspaceModel):
    """A customer who became part of another.

    It stands, as at most one row of a customer does, while it has neither an `unmerged_at` nor a
    `carried_on_at`.
    """

    merge_id = reference("merges")
    main_id = reference("customers")
    customer_id = reference("customers")
    values: fields.JSONField[Any] = fields.JSONField()
    """The values that this member gave to the main customer, by field."""
    merged_at = fields.DatetimeField()
    merged_by_id = reference("users", null=True)
    unmerged_at = fields.DatetimeField(null=True)
    """When they became a customer of their own again, whoever they were merged into by then."""
    carried_on_at = fields.DatetimeField(null=True)
    """When their main customer was merged into another one and brought them along: from then on
    the row of that merge stands."""

    class Meta:
        table = "merge_members"


class MergeValue(WorkspaceModel):
    """A value that a merge put on a main customer and nobody has edited since.

    Those of one field are a stack: each keeps what was there before it, and the last one's value is
    what the main customer has. None is kept of a field that was edited.
    """

    merge_id = reference("merges")
    main_id = reference("customers")
    customer_id = reference("customers")
    """Whose value it is: it goes when they are unmerged."""
    field = fields.CharField(max_length=80)
    """By the name that the field has on the API's Customer; "properties.<key>" for a custom one."""
    position = fields.IntField()
    """Its place in the stack, from 1; places may be empty."""
    value_before: fields.JSONField[Any] = fields.JSONField(null=True)
    value: fields.JSONField[Any] = fields.JSONField(null=True)
    contact_before = fields.CharField(max_length=320, null=True)
    """Of a phone and an e-mail: `value_before` in lower case, by which its customer is found."""

    class Meta:
        table = "merge_values"
