"""What an operator does with a base of customers, through HTTP: properties, an import with damaged
rows, the errors file, a view, an edit, tags for all that match, an export, and the export imported
into a second workspace."""

import csv
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models import Workspace
from services.batches import always
from services.bulk.runs import run_bulk_change
from services.exporting.runs import run_export
from services.files import Files
from services.ids import decode_id
from services.importing.queued import run_queued_import
from tests.journeys.conftest import Client, Connect
from workers.registrations import present

DATA = Path(__file__).parents[1] / "data" / "febrl1.csv"
MAPPING = {
    "rec_id": "externalId",
    "given_name": "fullName",
    "surname": "fullName",
    "address_1": "street",
    "suburb": "district",
    "postcode": "zipCode",
    "state": "province",
    "date_of_birth": "birthDate",
    "soc_sec_id": "ssn",
}
PROPERTIES = (("street", "TEXT"), ("birthDate", "DATE"), ("ssn", "TEXT"))

SAVE_PROPERTY = """mutation($input: PropertyInput!) {
    saveProperty(input: $input) { property { key } errors { message } } }"""
IMPORT = """mutation($input: ImportInput!) {
    importCustomers(input: $input) { import { id status dryRun } errors { message field } } }"""
PROGRESS = """query($id: ID!) { import(id: $id) { status total done added updated skipped failed
    failure errorFileUrl columns { column fields } problems { line column message } } }"""
EXPORT = """mutation($input: ExportInput!) {
    exportCustomers(input: $input) { export { id status url } errors { message } } }"""
EXPORTED = "query($id: ID!) { export(id: $id) { status url total done size failure } }"
EVERYBODY = """query($after: String) { customers(first: 100, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { externalId fullName phone email status jobTitle province district zipCode
        tags { name } properties { key value } } } }"""
SAVE_VIEW = """mutation($input: CustomerViewInput!) {
    saveCustomerView(input: $input) { customerView { id } errors { message } } }"""
OF_VIEW = """query($view: ID!, $after: String) { customers(view: $view, first: 100, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id } } }"""
EDIT = """mutation($input: UpdateCustomerInput!) {
    updateCustomer(input: $input) { customer { jobTitle } errors { message } } }"""
SAVE_TAG = """mutation($input: TagInput!) {
    saveTag(input: $input) { tag { id } errors { message } } }"""
TAG = """mutation($input: TagCustomersInput!) {
    tagCustomers(input: $input) { bulkChange { id status } errors { message } } }"""


@pytest.fixture
def hire(connect: Connect, tmp_path: Path) -> "Hire":
    """Makes operators of workspaces, on one folder of files."""

    async def make(workspace: Workspace) -> Operator:
        client = await connect(workspace, files=tmp_path / "files")
        for key, type in PROPERTIES:
            told = {"key": key, "label": key, "type": type}
            saved = await client.ask(SAVE_PROPERTY, input=told)
            assert saved["saveProperty"]["errors"] == []
        return Operator(client, Files(tmp_path / "files"))

    return make


class Operator:
    """Somebody at a page that speaks HTTP, with a worker behind it."""

    def __init__(self, client: Client, files: Files) -> None:
        self.client = client
        self._files = files

    async def upload(self, data: bytes, name: str) -> str:
        """Send a file in."""
        response = await self.client.http.post("/uploads", params={"name": name}, content=data)
        assert response.status_code == 201, response.text
        id: str = response.json()["id"]
        return id

    async def import_file(self, data: bytes, name: str, **told: Any) -> dict[str, Any]:
        """Import a file to its end; how it stands then."""
        upload = await self.upload(data, name)
        asked = await self.client.ask(IMPORT, input={"uploadId": upload, **told})
        assert asked["importCustomers"]["errors"] == [], asked
        id = asked["importCustomers"]["import"]["id"]
        await run_queued_import(
            self.client.workspace.id, row_of(id), files=self._files, clock=present, proceed=always
        )
        found = await self.client.ask(PROGRESS, id=id)
        assert isinstance(found["import"], dict)
        return found["import"]

    async def export(self, format: str, **told: Any) -> bytes:
        """Export customers; the file."""
        asked = await self.client.ask(EXPORT, input={"format": format, **told})
        assert asked["exportCustomers"]["errors"] == [], asked
        id = asked["exportCustomers"]["export"]["id"]
        await run_export(
            self.client.workspace.id, row_of(id), files=self._files, clock=present, proceed=always
        )
        found = (await self.client.ask(EXPORTED, id=id))["export"]
        assert found["status"] == "FINISHED", found
        assert found["total"] == found["done"]
        return await self.fetch(found["url"])

    async def fetch(self, url: str) -> bytes:
        """A file behind a signed address, without a key."""
        response = await self.client.http.get(url, headers={"Authorization": ""})
        assert response.status_code == 200, response.text
        return response.content

    async def everybody(self) -> list[dict[str, Any]]:
        """All customers of the workspace by name and external id, as the API has them."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = (await self.client.ask(EVERYBODY, after=after))["customers"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                assert len(found) == page["totalCount"]
                return sorted(found, key=lambda one: (one["externalId"] or "", one["fullName"]))
            after = page["pageInfo"]["endCursor"]


Hire = Callable[[Workspace], Awaitable[Operator]]


def row_of(id: str) -> UUID:
    """The row behind a global id."""
    found = decode_id(id)
    assert found is not None
    return found[1]


DAMAGES = 8


def damaged(rows: list[list[str]]) -> tuple[list[list[str]], dict[int, str]]:
    """Forty rows damaged in eight ways; the columns that are wrong, by line."""
    header = [name.strip() for name in rows[0]]
    place = {name: header.index(name) for name in header}
    wrong: dict[int, str] = {}
    for number in range(40):
        at = 1 + number * 20
        row, line = rows[at], at + 1
        match number % DAMAGES:
            case 0:
                row[place["given_name"]] = row[place["surname"]] = ""
                wrong[line] = "given_name + surname"
            case 1:
                row[place["date_of_birth"]] = "19991345"
                wrong[line] = "date_of_birth"
            case 2:
                row[place["postcode"]] = "2" * 17
                wrong[line] = "postcode"
            case 3:
                row[place["state"]] = "x" * 201
                wrong[line] = "state"
            case 4:
                row.append("one cell too many")
                wrong[line] = ""
            case 5:
                del row[-3:]
                wrong[line] = ""
            case 6:
                row[place["suburb"]] = "two\x07bells"
                wrong[line] = "suburb"
            case 7:
                row[place["rec_id"]] = "r" * 256
                wrong[line] = "rec_id"
    return rows, wrong


def written(rows: list[list[str]]) -> bytes:
    """A CSV of rows."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def read(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


async def edit_and_tag(operator: Operator) -> None:
    """Save a view of those with a birthday, page through it, edit the first, and tag them all."""
    client = operator.client
    filter = {"properties": [{"key": "birthDate", "op": "GTE", "value": "1950-01-01"}]}
    view = {"name": "Lahir", "columns": ["street", "birthDate"], "filter": filter}
    saved = (await client.ask(SAVE_VIEW, input=view))["saveCustomerView"]
    assert saved["errors"] == []
    ids: list[str] = []
    after = None
    while True:
        told = {"view": saved["customerView"]["id"], "after": after}
        page = (await client.ask(OF_VIEW, **told))["customers"]
        ids += [one["id"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(set(ids)) == len(ids) == page["totalCount"] > 100
    edited = await client.ask(EDIT, input={"customerId": ids[0], "jobTitle": "Guru"})
    assert edited["updateCustomer"]["errors"] == []
    tag = (await client.ask(SAVE_TAG, input={"name": "Prioritas"}))["saveTag"]["tag"]["id"]
    tagged = await client.ask(TAG, input={"tagId": tag, "filter": filter})
    assert tagged["tagCustomers"]["errors"] == []
    change = row_of(tagged["tagCustomers"]["bulkChange"]["id"])
    await run_bulk_change(client.workspace.id, change, clock=present, proceed=always)
    people = await operator.everybody()
    assert sum(1 for one in people if one["tags"]) == len(ids)
    assert [one["jobTitle"] for one in people if one["jobTitle"]] == ["Guru"]


async def test_an_operator_imports_mends_exports_and_imports_again(
    hire: Hire, workspace: Workspace, other_workspace: Workspace
) -> None:
    operator = await hire(workspace)
    rows, wrong = damaged([list(map(str.strip, row)) for row in csv.reader(DATA.open(newline=""))])
    mapping = [{"column": column, "field": field} for column, field in MAPPING.items()]
    file = written(rows)

    trial = await operator.import_file(file, "febrl1.csv", mapping=mapping, dryRun=True)
    done = await operator.import_file(file, "febrl1.csv", mapping=mapping)
    counted = ("status", "total", "done", "added", "updated", "skipped", "failed", "problems")
    assert {name: trial[name] for name in counted} == {name: done[name] for name in counted}
    # Three rows of the data have days that do not exist, as they are.
    errors = read(await operator.fetch(done["errorFileUrl"]))
    by_line = {int(row["line"]): row["column"] for row in errors}
    own = {line: "date_of_birth" for line in by_line if line not in wrong}
    assert by_line == wrong | own
    assert len(own) == 3
    assert (done["status"], done["done"], done["failed"]) == ("FINISHED", 1_000, len(by_line))
    assert done["added"] == 1_000 - len(by_line)
    assert [one["line"] for one in done["problems"]] == sorted(by_line)[:20]
    assert len(await operator.everybody()) == done["added"]
    await edit_and_tag(operator)
    people = await operator.everybody()

    exported = await operator.export("CSV")
    again = await operator.import_file(exported, "export.csv", onDuplicate="UPDATE")
    assert (again["updated"], again["added"], again["failed"]) == (0, 0, 0), again["problems"]
    assert again["skipped"] == len(people)

    second = await hire(other_workspace)
    await second.client.ask(SAVE_TAG, input={"name": "Prioritas"})
    copied = await second.import_file(exported, "export.csv")
    assert (copied["added"], copied["failed"]) == (len(people), 0), copied["problems"]
    assert await second.everybody() == people


async def test_every_format_brings_the_same_customers_over(
    hire: Hire, workspace: Workspace, other_workspace: Workspace
) -> None:
    operator, second = await hire(workspace), await hire(other_workspace)
    rows = [
        ["Nama", "No. HP", "Alamat E-mail", "Kota", "street"],
        ["=cmd|' /C calc'!A0", "0812 3456 7890", "siti@example.com", "'=1+1", "-5"],
        ["@Dewi", "+62 811 111 222", "DEWI@Example.com", 'Kota <b> & "c"', "a\nb"],
        ["Budi", "", "", "'quoted'", ""],
    ]
    done = await operator.import_file(written(rows), "orang.csv")
    assert done["added"] == 3, done
    people = await operator.everybody()
    assert {one["fullName"] for one in people} == {"=cmd|' /C calc'!A0", "@Dewi", "Budi"}
    table = await operator.export("CSV")
    for row in csv.reader(io.StringIO(table.decode(), newline="")):
        assert not [cell for cell in row if cell[:1] in tuple("=+-@\t\r")]
    for format in ("CSV", "XLSX"):
        data = table if format == "CSV" else await operator.export(format)
        copied = await second.import_file(data, f"export.{format.lower()}", onDuplicate="UPDATE")
        assert copied["failed"] == 0, copied["problems"]
        assert (await second.everybody())[-3:] == people or format == "XLSX"
    lines = (await operator.export("JSONL")).splitlines()
    assert len(lines) == 3
