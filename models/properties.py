"""Customer properties: the fields of a customer's page, built in or the workspace's own."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from models.base import WorkspaceModel, reference


class PropertyType(StrEnum):
    """The type of a property's values."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DECIMAL = "DECIMAL"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    DATETIME = "DATETIME"
    SINGLE_SELECT = "SINGLE_SELECT"
    MULTI_SELECT = "MULTI_SELECT"
    URL = "URL"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    USER = "USER"


class PropertyDefinition(WorkspaceModel):
    """A custom property, or the setting of a built-in one that can be switched off."""

    key = fields.CharField(max_length=64)
    label = fields.CharField(max_length=200)
    type = fields.CharEnumField(PropertyType, max_length=16)
    options = ArrayField(element_type="text", default=list)
    required = fields.BooleanField(default=False)
    built_in = fields.BooleanField(default=False)
    enabled = fields.BooleanField(default=True)
    position = fields.IntField()
    archived_at = fields.DatetimeField(null=True)
    conversion: fields.JSONField[Any] = fields.JSONField(null=True)
    """What is left to be done of a change of type or options that converts values; null: nothing.
    See `services.property_conversions`."""
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "property_definitions"


class PropertyIndexEntry(WorkspaceModel):
    """A customer's value of a custom property as filters and orders look it up.

    Derived from `customers.properties`, and written with it: one row a value, so a multi-select
    has one for each option. The column that fits the property's type is set.
    """

    property_id = reference("property_definitions")
    customer_id = reference("customers")
    text_value = fields.TextField(null=True)
    """Case and accents folded, its first 200 characters."""
    number_value = fields.DecimalField(max_digits=38, decimal_places=10, null=True)
    time_value = fields.DatetimeField(null=True)

    class Meta:
        table = "property_index_entries"
