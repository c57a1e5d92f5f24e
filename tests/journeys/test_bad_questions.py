"""Bad input to questions: each has a clear error with a code, and none is an internal one."""

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

import models
from models import Workspace
from services.ids import global_id
from tests.journeys.conftest import Client, Connect
from tests.records import Records

UNKNOWN = global_id(models.Customer, UUID(int=1))
USER = global_id(models.User, UUID(int=2))
CUSTOMER = "query($id: ID!) { customer(id: $id) { id } }"
NODE = "query($id: ID!) { node(id: $id) { id } }"
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
FILTERED = "query($f: CustomerFilter) { customers(filter: $f) { totalCount } }"
SEARCHED = "query($s: String) { customers(search: $s) { totalCount } }"
PAGED = "query($n: Int) { customers(first: $n) { nodes { id } } }"
REACHED = """query($channel: ChannelKind!, $identifier: String!) {
    customerByIdentity(channel: $channel, identifier: $identifier) { id } }"""

OWN = {type.value.lower(): f"our_{type.value.lower()}" for type in models.PropertyType}
"""The key of a property of each type: some types are called like a built-in property."""


@pytest_asyncio.fixture
async def client(workspace: Workspace, connect: Connect) -> Client:
    """An owner of a workspace with one customer and a property of each type."""
    records = Records(workspace)
    for type in models.PropertyType:
        options = ["S", "M"] if "SELECT" in type else []
        records.property(OWN[type.value.lower()], type, options)
    records.property("gone", archived_at=records.now)
    records.customer("Budi", properties={OWN["text"]: "abc"})
    await records.save()
    return await connect(workspace)


@pytest.mark.parametrize(
    ("query", "variables", "code", "says"),
    [
        (CUSTOMER, {"id": "42"}, "INVALID", "no id"),
        (CUSTOMER, {"id": ""}, "INVALID", "no id"),
        (CUSTOMER, {"id": "cus_" + "0" * 31}, "INVALID", "no id"),
        (CUSTOMER, {"id": UNKNOWN.upper()}, "INVALID", "no id"),
        (CUSTOMER, {"id": "zzz_" + "0" * 32}, "INVALID", "no id"),
        (CUSTOMER, {"id": USER}, "INVALID", "is the id of a User; give one of a Customer"),
        (CUSTOMER, {"id": "x" * 1_000_000}, "INVALID", "no id"),
        (CUSTOMER, {"id": None}, "BAD_USER_INPUT", "$id"),
        (CUSTOMER, {"id": 1.5}, "BAD_USER_INPUT", "$id"),
        (CUSTOMER, {"id": ["a"]}, "BAD_USER_INPUT", "$id"),
        (NODE, {"id": "42"}, "INVALID", "no id"),
        (NODES, {"ids": [UNKNOWN] * 101}, "INVALID", "at most 100"),
        (NODES, {"ids": [UNKNOWN, "42"]}, "INVALID", "no id"),
        (PAGED, {"n": 0}, "INVALID", "give 1 to 100"),
        (PAGED, {"n": -1}, "INVALID", "give 1 to 100"),
        (PAGED, {"n": 101}, "INVALID", "give 1 to 100"),
        (PAGED, {"n": 1000}, "INVALID", "give 1 to 100"),
        (PAGED, {"n": 2**31}, "COST_LIMIT", "costs"),
        (PAGED, {"n": 10**30}, "COST_LIMIT", "costs"),
        (PAGED, {"n": 10**400}, "BAD_REQUEST", "no JSON"),
        (PAGED, {"n": "10"}, "BAD_USER_INPUT", "$n"),
        (PAGED, {"n": 1.5}, "BAD_USER_INPUT", "$n"),
        (PAGED, {"n": True}, "BAD_USER_INPUT", "$n"),
        ("{ customers(first: 1, last: 1) { nodes { id } } }", {}, "INVALID", "not both"),
        ("{ customers(last: 0) { nodes { id } } }", {}, "INVALID", "give 1 to 100"),
        ('{ customers(after: "x") { nodes { id } } }', {}, "INVALID", "no cursor"),
        ('{ customers(before: "") { nodes { id } } }', {}, "INVALID", "no cursor"),
        (
            "{ customers(filter: { statuses: [RICH] }) { totalCount } }",
            {},
            "GRAPHQL_VALIDATION_FAILED",
            "RICH",
        ),
        (FILTERED, {"f": {"statuses": ["RICH"]}}, "BAD_USER_INPUT", "RICH"),
        (FILTERED, {"f": {"window": "OPEN"}}, "BAD_USER_INPUT", "OPEN"),
        (FILTERED, {"f": {"colour": "red"}}, "BAD_USER_INPUT", "colour"),
        (FILTERED, {"f": {"ownerIds": ["42"]}}, "INVALID", "no id"),
        (FILTERED, {"f": {"ownerIds": [UNKNOWN]}}, "INVALID", "give one of a User"),
        (FILTERED, {"f": {"groupIds": [USER]}}, "INVALID", "give one of a Group"),
        (FILTERED, {"f": {"segmentIds": [USER]}}, "INVALID", "give one of a Segment"),
        (FILTERED, {"f": {"tagIds": [USER]}}, "INVALID", "give one of a Tag"),
        (FILTERED, {"f": {"created": {"day": "2026-02-29"}}}, "BAD_USER_INPUT", "no date"),
        (FILTERED, {"f": {"created": {"day": "2026-W01-1"}}}, "BAD_USER_INPUT", "no date"),
        (FILTERED, {"f": {"created": {"day": "29-02-2024"}}}, "BAD_USER_INPUT", "no date"),
        (FILTERED, {"f": {"created": {"day": 20260101}}}, "BAD_USER_INPUT", "no date"),
        (FILTERED, {"f": {"created": {"day": "9999-12-31"}}}, "INVALID", "out of range"),
        (FILTERED, {"f": {"created": {"day": "0001-01-01"}}}, "INVALID", "out of range"),
        (FILTERED, {"f": {"created": {"month": "2026-13"}}}, "INVALID", "no month"),
        (FILTERED, {"f": {"created": {"month": "2026-1"}}}, "INVALID", "no month"),
        (FILTERED, {"f": {"created": {"month": "0000-01"}}}, "INVALID", "no month"),
        (FILTERED, {"f": {"created": {"month": "0001-01"}}}, "INVALID", "no month"),
        (FILTERED, {"f": {"created": {"month": "9999-12"}}}, "INVALID", "no month"),
        (FILTERED, {"f": {"created": {"month": "٢٠٢٦-٠١"}}}, "INVALID", "no month"),
        (FILTERED, {"f": {"created": {}}}, "BAD_USER_INPUT", "exactly one"),
        (FILTERED, {"f": {"created": {"day": None}}}, "BAD_USER_INPUT", "null"),
        (
            FILTERED,
            {"f": {"created": {"day": "2026-01-01", "month": "2026-01"}}},
            "BAD_USER_INPUT",
            "exactly one",
        ),
        (
            '{ customers(filter: { created: { day: "2026-01-01", preset: TODAY } })'
            " { totalCount } }",
            {},
            "GRAPHQL_VALIDATION_FAILED",
            "exactly one",
        ),
        (
            FILTERED,
            {
                "f": {
                    "created": {
                        "between": {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
                    }
                }
            },
            "INVALID",
            "from must come before to",
        ),
        *(
            (
                FILTERED,
                {"f": {"created": {"between": {"from": at, "to": "2030-01-01T00:00:00Z"}}}},
                "BAD_USER_INPUT",
                "no instant",
            )
            for at in (
                "2026-01-01",
                "2026-01-01T00:00:00",
                "2026-02-29T00:00:00Z",
                "2026-01-01T24:00:00Z",
                "2026-W01-1T00:00:00Z",
                "0001-01-01T00:00:00+23:00",
                "yesterday",
                "",
            )
        ),
        (REACHED, {"channel": "PIGEON", "identifier": "x"}, "BAD_USER_INPUT", "PIGEON"),
        (REACHED, {"channel": "WHATSAPP", "identifier": "12"}, "INVALID", "no phone number"),
        (REACHED, {"channel": "WHATSAPP", "identifier": "9" * 5000}, "INVALID", "too long"),
        (REACHED, {"channel": "EMAIL", "identifier": "a@b@c"}, "INVALID", "no e-mail"),
        (REACHED, {"channel": "LINE", "identifier": " "}, "INVALID", "empty"),
        (REACHED, {"channel": "LINE", "identifier": "x" * 400}, "INVALID", "at most 320"),
        (REACHED, {"channel": "LINE", "identifier": "a\x07b"}, "INVALID", "control character"),
        (REACHED, {"channel": "LINE", "identifier": "a\x00b"}, "BAD_USER_INPUT", "U+0000"),
        (SEARCHED, {"s": "a\x00b"}, "BAD_USER_INPUT", "U+0000"),
        ('{ customers(search: "\\u0000") { totalCount } }', {}, "BAD_USER_INPUT", "U+0000"),
        ("{ customers(search: 7) { totalCount } }", {}, "GRAPHQL_VALIDATION_FAILED", "String"),
        ("{ customers { nodes { name } } }", {}, "GRAPHQL_VALIDATION_FAILED", "name"),
    ],
)
async def test_a_bad_question_is_told_what_is_wrong(
    client: Client, query: str, variables: dict[str, Any], code: str, says: str
) -> None:
    error = await client.error(query, **variables)
    assert error["extensions"]["code"] == code, error
    assert says in error["message"]
    assert len(error["message"]) < 600


@pytest.mark.parametrize(
    ("key", "op", "value", "field", "says"),
    [
        ("nothing", "EQ", "x", "key", "No property “nothing” is defined"),
        ("gone", "EQ", "x", "key", "No property “gone” is defined"),
        ("x" * 9999, "EQ", "x", "key", "is defined"),
        ("text", "GT", "x", "op", "GT does not fit our_text, a TEXT property"),
        ("text", "EQ", 7, "value", "give a string"),
        ("text", "EQ", "a\x07", "value", "control character"),
        ("text", "EQ", None, "value", "IS_NOT_SET"),
        ("text", "CONTAINS", "  ", "value", "IS_NOT_SET"),
        ("text", "IN", "x", "value", "list of 1 to 200"),
        ("text", "IN", [], "value", "list of 1 to 200"),
        ("text", "IN", ["x"] * 201, "value", "list of 1 to 200"),
        ("number", "EQ", "7", "value", "not in quotes"),
        ("number", "EQ", True, "value", "give a number"),
        ("number", "EQ", 2**53, "value", "at most"),
        ("number", "GT", 1e300, "value", "at most"),
        ("number", "BETWEEN", [1], "value", "list of two"),
        ("number", "BETWEEN", [2, 1], "value", "lowest comes first"),
        ("number", "CONTAINS", 1, "op", "does not fit"),
        ("decimal", "EQ", 1.5, "value", "a string such as"),
        ("decimal", "EQ", "NaN", "value", "28 digits"),
        ("decimal", "EQ", "1e5", "value", "28 digits"),
        ("decimal", "EQ", "9" * 29, "value", "28 digits"),
        ("decimal", "EQ", "٣", "value", "28 digits"),
        ("boolean", "EQ", "true", "value", "true or false"),
        ("boolean", "GT", True, "op", "does not fit"),
        ("date", "EQ", "2026-02-30", "value", "a day that exists"),
        ("date", "EQ", "2026-W01-1", "value", "a day that exists"),
        ("date", "WITHIN_LAST_DAYS", 0, "value", "1 to 36500"),
        ("date", "WITHIN_LAST_DAYS", "7", "value", "1 to 36500"),
        ("datetime", "EQ", "2026-01-01", "value", "with its offset"),
        ("datetime", "EQ", "0001-01-01T00:00:00+23:00", "value", "with its offset"),
        ("single_select", "EQ", "XXL", "value", "one of S, M"),
        ("multi_select", "CONTAINS", "XXL", "value", "one of S, M"),
        ("multi_select", "EQ", ["S"], "value", "give a string"),
        ("url", "EQ", "javascript:1", "value", "no web address"),
        ("email", "EQ", "x", "value", "no e-mail"),
        ("phone", "EQ", "12", "value", "no phone number"),
        ("user", "EQ", UNKNOWN, "value", "id of a user"),
    ],
)
async def test_a_bad_condition_on_a_property_is_told_which_part_is_wrong(
    client: Client, key: str, op: str, value: Any, field: str, says: str
) -> None:
    condition = {"key": OWN.get(key, key), "op": op, "value": value}
    error = await client.error(FILTERED, f={"properties": [condition]})
    assert error["extensions"]["code"] == "INVALID"
    assert says in error["message"]
    assert error["extensions"]["field"] == ["filter", "properties", "0", field]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("decimal", "9" * 28),
        ("decimal", "-" + "9" * 28 + "." + "9" * 10),
        ("number", 2**53 - 1),
        ("number", 5e-324),
        ("text", "x" * 5000),
        ("date", "0001-01-01"),
        ("date", "9999-12-31"),
        ("datetime", "9999-12-31T23:59:59.999999Z"),
    ],
)
async def test_the_largest_values_are_compared_with(client: Client, key: str, value: Any) -> None:
    condition = {"key": OWN[key], "op": "EQ", "value": value}
    data = await client.ask(FILTERED, f={"properties": [condition]})
    assert data["customers"]["totalCount"] == 0


@pytest.mark.parametrize("query", [CUSTOMER, NODE])
async def test_an_id_that_names_nothing_answers_with_nothing(client: Client, query: str) -> None:
    assert list((await client.ask(query, id=UNKNOWN)).values()) == [None]
    assert (await client.ask(NODES, ids=[UNKNOWN, USER]))["nodes"] == [None, None]


@pytest.mark.parametrize("text", ["a\x01b", "a\u0085b", "\u202e", "\ufffe", "😀", "a\tb", "\x7f"])
async def test_any_other_character_is_searched_for(client: Client, text: str) -> None:
    assert (await client.ask(SEARCHED, s=text))["customers"]["totalCount"] == 0


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_searching_for_nothing_is_no_search(client: Client, text: str) -> None:
    assert (await client.ask(SEARCHED, s=text))["customers"]["totalCount"] == 1


async def test_a_text_of_two_megabytes_is_too_large_a_request(client: Client) -> None:
    error = await client.error(SEARCHED, s="x" * 2 * 1024 * 1024)
    assert error["extensions"]["code"] == "PAYLOAD_TOO_LARGE"


async def test_a_text_of_a_megabyte_is_refused_before_it_is_searched_for(client: Client) -> None:
    error = await client.error(SEARCHED, s="x" * 1024 * 1024)
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID", ["search"])


async def test_half_a_character_is_no_text(client: Client) -> None:
    body = b'{"query": "query($s: String) { customers(search: $s) { totalCount } }",'
    response = await client.http.post(
        "/graphql",
        content=body + b' "variables": {"s": "\\ud800"}}',
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_half_a_character_in_a_document_is_no_text(client: Client) -> None:
    error = await client.error('{ customers(search: "\\uD800") { totalCount } }')
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


@pytest.mark.parametrize(
    "query",
    [
        '{ tickets { nodes { id } } customers(after: "x") { nodes { id } } }',
        '{ customers(after: "x") { nodes { id } } tickets { nodes { id } } }',
        '{ tickets { nodes { id } } companies { nodes { id } } node(id: "x") { id } viewer { role }'
        ' customers { nodes { conversations { totalCount } deals(after: "x") { totalCount } } } }',
    ],
)
async def test_one_bad_field_ends_a_request_cleanly_while_others_are_read(
    client: Client, query: str
) -> None:
    response = await client.send(query)
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert (response.status_code, codes) == (200, {"INVALID"})
