"""Tags: words that customers carry, by hand or by their lifetime value."""

from tortoise import fields

from models.base import WorkspaceModel, reference


class Tag(WorkspaceModel):
    """A tag. With a range of lifetime value, customers in the range carry it by themselves."""

    name = fields.CharField(max_length=100)
    search_text = fields.TextField()
    ltv_min = fields.DecimalField(max_digits=20, decimal_places=2, null=True)
    ltv_max = fields.DecimalField(max_digits=20, decimal_places=2, null=True)
    created_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "tags"


class CustomerTag(WorkspaceModel):
    """A customer carries a tag that somebody gave them."""

    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    tag_id = reference("tags")
    added_by_id = reference("users", null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "customer_tags"
