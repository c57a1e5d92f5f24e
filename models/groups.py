"""Groups: customers put together by hand."""

from tortoise import fields

from models.base import WorkspaceModel, reference


class Group(WorkspaceModel):
    """A named group of customers."""

    name = fields.CharField(max_length=200)
    search_text = fields.TextField()
    created_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "groups"


class CustomerGroup(WorkspaceModel):
    """A customer is in a group."""

    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    group_id = reference("groups")
    added_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "customer_groups"
