"""Companies, and the customers who belong to them."""

from tortoise import fields

from models.base import WorkspaceModel, reference


class Company(WorkspaceModel):
    """A company that customers belong to."""

    external_id = fields.CharField(max_length=255, null=True)
    name = fields.CharField(max_length=200)
    industry = fields.CharField(max_length=200, null=True)
    website = fields.CharField(max_length=2048, null=True)
    phone = fields.CharField(max_length=16, null=True)
    search_text = fields.TextField()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "companies"


class CustomerCompany(WorkspaceModel):
    """A customer belongs to a company."""

    customer_id = reference("customers")
    origin_customer_id = reference("customers")
    company_id = reference("companies")
    created_at = fields.DatetimeField()

    class Meta:
        table = "customer_companies"
