"""Companies, as connected systems report them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models import Company
from models.base import new_id
from services.associations import COMPANIES, associate_held, hold_associated
from services.contacts import normalize_phone
from services.given import UNSET, Given
from services.property_values import normalize_url
from services.records import Upsert, clean_external_id, find_record, write_record
from services.texts import clean_line, clean_optional_line, search_text
from services.transactions import Transaction


@dataclass(frozen=True, kw_only=True)
class CompanyReport:
    """A company as a connected system has it. Left out stays as it is; None clears."""

    external_id: str
    name: str
    industry: Given[str | None] = UNSET
    website: Given[str | None] = UNSET
    phone: Given[str | None] = UNSET
    customer_ids: Given[Sequence[UUID] | None] = UNSET


async def upsert_company(tx: Transaction, report: CompanyReport) -> Company:
    """Write a company by its external id, and associate it with these customers too.

    The phone, without a country's code, is one of the workspace's country. Raises a Refusal at the
    API's name of the field: INVALID for a value that will not do, NOT_FOUND for a customer; and
    RetryTransaction where another transaction got in first.
    """
    external_id = clean_external_id(report.external_id)
    customers = await hold_associated(tx, report.customer_ids or ())
    company = await find_record(tx, Company, external_id)
    upsert = Upsert(company or _new(tx, external_id), company is not None)
    upsert.put("name", clean_line(report.name, "name"))
    if report.industry is not UNSET:
        upsert.put("industry", clean_optional_line(report.industry, "industry"))
    if report.website is not UNSET:
        website = (report.website or "").strip()
        upsert.put("website", normalize_url(website, "website") if website else None)
    if report.phone is not UNSET:
        phone, country = (report.phone or "").strip(), tx.workspace.default_country
        upsert.put("phone", normalize_phone(phone, country, "phone") if phone else None)
    row = upsert.row
    digits = row.phone.removeprefix("+") if row.phone else None
    row.search_text = search_text(row.name, row.industry, row.website, digits, external_id)
    await write_record(tx, upsert)
    await associate_held(tx, COMPANIES, row.id, customers)
    return row


def _new(tx: Transaction, external_id: str) -> Company:
    return Company(
        id=new_id(),
        workspace_id=tx.workspace_id,
        external_id=external_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
