"""Companies that connected systems report."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models import Workspace
from services.companies import CompanyReport, upsert_company
from services.errors import ErrorCode
from tests.services.writing import NOW, change, count, refused, rows

LATER = NOW + timedelta(hours=1)


def report(**fields: Any) -> CompanyReport:
    """A company of the external id C-1."""
    return CompanyReport(**{"external_id": "C-1", "name": "PT Maju", **fields})


async def test_company_is_kept_in_normal_form(workspace: Workspace) -> None:
    given = report(
        name=" PT Café ", industry="Food", website="https://maju.example", phone="021-5551234"
    )
    company = await change(workspace, upsert_company, given)
    assert (company.name, company.industry) == ("PT Café", "Food")
    assert (company.website, company.phone) == ("https://maju.example", "+62215551234")
    assert (company.created_at, company.updated_at) == (NOW, NOW)
    assert company.search_text == "pt cafe food https://maju.example 62215551234 c-1"


async def test_sent_again_it_changes_what_is_given(workspace: Workspace) -> None:
    first = await change(workspace, upsert_company, report(industry="Food", phone="021-5551234"))
    again = report(name="PT Mundur", industry=None)
    second = await change(workspace, upsert_company, again, now=LATER)
    assert second.id == first.id
    assert (second.name, second.industry, second.phone) == ("PT Mundur", None, "+62215551234")
    assert (second.created_at, second.updated_at) == (NOW, LATER)
    third = await change(workspace, upsert_company, again, now=LATER + timedelta(hours=1))
    assert third.updated_at == LATER, "nothing has changed"
    found = await rows(workspace, "SELECT name, search_text FROM companies WHERE workspace_id = $1")
    assert found == [{"name": "PT Mundur", "search_text": "pt mundur 62215551234 c-1"}]


async def test_sent_twice_at_one_instant_it_is_one(workspace: Workspace) -> None:
    await asyncio.gather(*(change(workspace, upsert_company, report()) for _ in range(4)))
    assert await count(workspace, "companies") == 1


async def test_external_ids_of_two_workspaces_do_not_meet(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    ours = await change(workspace, upsert_company, report())
    theirs = await change(other_workspace, upsert_company, report(name="PT Lain"))
    assert ours.id != theirs.id
    found = await rows(workspace, "SELECT name FROM companies WHERE workspace_id = $1")
    assert found == [{"name": "PT Maju"}]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id": " "}, "externalId"),
        ({"external_id": "x" * 256}, "externalId"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x07"}, "name"),
        ({"website": "maju.example"}, "website"),
        ({"website": "ftp://maju.example"}, "website"),
        ({"phone": "12"}, "phone"),
    ],
)
async def test_bad_value_is_refused_at_its_field(
    workspace: Workspace, fields: dict[str, Any], field: str
) -> None:
    attempt = change(workspace, upsert_company, report(**fields))
    await refused(ErrorCode.INVALID, (field,), attempt)
    assert await count(workspace, "companies") == 0
