"""Writing companies."""

from typing import Annotated, Any

import strawberry

import models
from resolvers.context import Context
from schema.companies import Company
from schema.givens import LEFT_OUT, given, given_ids
from schema.payloads import Payload, change
from services.companies import CompanyReport, upsert_company
from services.transactions import Transaction


@strawberry.input(
    description="A company as the connected system has it: left out is unchanged, null clears."
)
class CompanyInput:
    """A company that is reported."""

    external_id: str = strawberry.field(
        description="Its id in the connected system: the same one again changes the company."
    )
    name: str = strawberry.field(description="The company's name: 1 to 200 letters.")
    industry: str | None = strawberry.field(default=LEFT_OUT, description="What it does.")
    website: str | None = strawberry.field(
        default=LEFT_OUT, description="Its http or https address."
    )
    phone: str | None = strawberry.field(
        default=LEFT_OUT, description="Its phone number, in any spelling."
    )
    customer_ids: list[strawberry.ID] | None = strawberry.field(
        default=LEFT_OUT,
        description="Customers who belong to it, too: at most 1,000. None are taken away.",
    )

    def report(self) -> CompanyReport:
        """The company as services take it."""
        return CompanyReport(
            external_id=self.external_id,
            name=self.name,
            industry=given(self.industry),
            website=given(self.website),
            phone=given(self.phone),
            customer_ids=given_ids(self.customer_ids, models.Customer, "customerIds"),
        )


@strawberry.type(description="A company after a change.")
class CompanyPayload(Payload):
    """A company, or why nothing was changed."""

    company: Company | None = strawberry.field(description="The company as it is now.")


@strawberry.type
class CompanyMutations:
    """The root fields that write companies."""

    @strawberry.mutation(description="Make or change the company of an external id.")
    async def upsert_company(
        self,
        info: strawberry.Info,
        input: Annotated[CompanyInput, strawberry.argument(description="The company.")],
    ) -> CompanyPayload:
        """Write one."""

        async def verb(_: Context, tx: Transaction) -> dict[str, Any]:
            return {"company": await upsert_company(tx, input.report())}

        return await change(info, CompanyPayload, verb, company=None)
