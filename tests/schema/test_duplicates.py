"""Duplicate suggestions over GraphQL: the list, its order and filters, who may see it, and saying
that two customers are two."""

from decimal import Decimal
from typing import Any

import pytest

import models
from models import Role, Workspace
from models.base import new_id
from resolvers.access import may_read, rule_of_root_field
from services.actors import Actor, Scope
from services.duplicates.scoring import DEFAULT_SCORE
from services.errors import ErrorCode
from services.ids import global_id
from tests.asking import an_actor, answer, ask, refusal
from tests.records import Records

LIST = """query($first: Int, $after: String, $last: Int, $before: String, $of: ID, $least: Float) {
    duplicateSuggestions(first: $first, after: $after, last: $last, before: $before,
        customerId: $of, minScore: $least) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { id score createdAt customers { id fullName }
            reasons { field kind weight } } } } }"""
DISMISS = """mutation($id: ID!) { dismissDuplicate(input: { suggestionId: $id }) {
    duplicateSuggestion { id score customers { id } } errors { code field message } } }"""


class Pairs:
    """A workspace whose customers are suggested two by two, with these scores."""

    def __init__(self, workspace: Workspace, *scores: str) -> None:
        self.workspace = workspace
        self.records = Records(workspace)
        self.customers = [self.records.customer(f"Siti {n}") for n in range(len(scores) + 1)]
        self.suggestions = [
            self.records.duplicate(self.customers[n], self.customers[n + 1], score)
            for n, score in enumerate(scores)
        ]

    def id(self, index: int) -> str:
        """The global id of a suggestion."""
        return global_id(models.DuplicateSuggestion, self.suggestions[index].id)

    def customer(self, index: int) -> str:
        """The global id of a customer."""
        return global_id(models.Customer, self.customers[index].id)


async def pairs(workspace: Workspace, *scores: str) -> Pairs:
    made = Pairs(workspace, *scores)
    await made.records.save()
    return made


async def listed(workspace: Workspace, **variables: Any) -> Any:
    return (await ask(workspace, LIST, **variables))["duplicateSuggestions"]


async def scores(workspace: Workspace, **variables: Any) -> list[float]:
    return [edge["node"]["score"] for edge in (await listed(workspace, **variables))["edges"]]


async def test_a_suggestion_says_who_how_sure_and_why(workspace: Workspace) -> None:
    made = await pairs(workspace, "0.9000")
    [edge] = (await listed(workspace))["edges"]
    assert edge["node"] == {
        "id": made.id(0),
        "score": 0.9,
        "createdAt": "2026-11-22T09:30:00.000000Z",
        "customers": [
            {"id": made.customer(0), "fullName": "Siti 0"},
            {"id": made.customer(1), "fullName": "Siti 1"},
        ],
        "reasons": [
            {"field": "phone", "kind": "SAME", "weight": 0.6},
            {"field": "fullName", "kind": "SIMILAR", "weight": 0.3},
        ],
    }
    node = "query($id: ID!) { node(id: $id) { ... on DuplicateSuggestion { id score } } }"
    assert (await ask(workspace, node, id=made.id(0)))["node"] == {"id": made.id(0), "score": 0.9}


async def test_the_surest_come_first_and_pages_go_through_all_both_ways(
    workspace: Workspace,
) -> None:
    given = ["0.8000", "1.0000", "0.9000", "0.9000", "0.9000", "0.7500", "0.9999"]
    await pairs(workspace, *given)
    found: list[str] = []
    after: str | None = None
    for _ in range(len(given)):
        page = await listed(workspace, first=2, after=after)
        assert page["totalCount"] == len(given)
        found += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    whole = await listed(workspace, first=100)
    ids = [edge["node"]["id"] for edge in whole["edges"]]
    assert found == ids
    assert len(set(found)) == len(given)
    assert await scores(workspace) == sorted(map(float, given), reverse=True)
    back = await listed(workspace, last=3, before=whole["edges"][5]["cursor"])
    assert [edge["node"]["id"] for edge in back["edges"]] == ids[2:5]


async def test_below_the_default_score_they_are_shown_to_who_asks_for_it(
    workspace: Workspace,
) -> None:
    just = Decimal(str(DEFAULT_SCORE))
    least = Decimal("0.0001")
    await pairs(workspace, str(just), str(just - least), "0.5000")
    assert await scores(workspace) == [float(just)]
    assert await scores(workspace, least=0) == [float(just), float(just - least), 0.5]
    assert await scores(workspace, least=0.5001) == [float(just), float(just - least)]
    assert await scores(workspace, least=1) == []


@pytest.mark.parametrize("least", [-0.1, 1.0001, 1e300])
async def test_a_score_is_from_0_to_1(workspace: Workspace, least: float) -> None:
    found = await refusal(workspace, LIST, least=least)
    assert (found.code, found.field) == (ErrorCode.INVALID, ("minScore",))


async def test_those_of_one_customer_and_of_who_they_became_part_of(workspace: Workspace) -> None:
    made = Pairs(workspace, "0.9000", "0.9100", "0.9200")
    member = made.records.customer("Siti lama")
    made.records.merge(made.customers[2], member)
    await made.records.save()
    assert await scores(workspace, of=made.customer(0)) == [0.9]
    assert await scores(workspace, of=made.customer(2)) == [0.92, 0.91]
    old = global_id(models.Customer, member.id)
    assert await scores(workspace, of=old) == [0.92, 0.91]
    assert await scores(workspace, of=global_id(models.Customer, new_id())) == []
    found = await refusal(workspace, LIST, of="tag_1")
    assert (found.code, found.field) == (ErrorCode.INVALID, ("customerId",))


async def test_customers_who_are_deleted_or_merged_away_are_in_no_suggestion(
    workspace: Workspace,
) -> None:
    made = Pairs(workspace, "0.9000", "0.9100", "0.9200", "0.9300")
    made.customers[0].deleted_at = made.records.now
    made.records.merge(made.customers[1], made.customers[4])
    await made.records.save()
    assert await scores(workspace) == [0.92, 0.91]
    assert (await listed(workspace))["totalCount"] == 2


async def test_dismissed_it_leaves_the_list_and_the_pair_for_good(workspace: Workspace) -> None:
    made = await pairs(workspace, "0.9000", "0.9100")
    payload = (await ask(workspace, DISMISS, id=made.id(0)))["dismissDuplicate"]
    customers = [{"id": made.customer(0)}, {"id": made.customer(1)}]
    assert payload == {
        "duplicateSuggestion": {"id": made.id(0), "score": 0.9, "customers": customers},
        "errors": [],
    }
    assert await scores(workspace) == [0.91]
    again = (await ask(workspace, DISMISS, id=made.id(0)))["dismissDuplicate"]
    assert again == payload


@pytest.mark.parametrize("kind", [models.DuplicateSuggestion, models.Customer])
async def test_what_is_no_suggestion_here_cannot_be_dismissed(
    workspace: Workspace, other_workspace: Workspace, kind: Any
) -> None:
    theirs = await pairs(other_workspace, "0.9000")
    expected = "NOT_FOUND" if kind is models.DuplicateSuggestion else "INVALID"
    ids = [global_id(kind, new_id())]
    ids += [theirs.id(0)] if kind is models.DuplicateSuggestion else [theirs.customer(0)]
    for id in ids:
        payload = (await ask(workspace, DISMISS, id=id))["dismissDuplicate"]
        [error] = payload["errors"]
        assert (error["code"], error["field"]) == (expected, ["suggestionId"])
        assert payload["duplicateSuggestion"] is None
    assert await scores(other_workspace) == [0.9]


async def test_another_workspace_sees_none_of_them(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    theirs = await pairs(other_workspace, "0.9000", "0.9500")
    await pairs(workspace, "0.9100")
    cursor = (await listed(other_workspace, first=1))["pageInfo"]["endCursor"]
    assert await scores(workspace, after=cursor) == [0.91]
    assert await scores(workspace, of=theirs.customer(0)) == []
    assert (await listed(workspace))["totalCount"] == 1


async def test_seeing_and_dismissing_take_the_rights_for_merges(workspace: Workspace) -> None:
    made = await pairs(workspace, "0.9000")
    reader = Actor(workspace.id, Role.PARTNER, frozenset({Scope.MERGES_READ}))
    stranger = Actor(workspace.id, Role.PARTNER, frozenset({Scope.CUSTOMERS_READ}))
    rule = rule_of_root_field("Query", "duplicateSuggestions")
    assert rule is not None
    assert rule.allows(reader)
    assert not rule.allows(stranger)
    assert may_read(reader, "DuplicateSuggestion")
    assert not may_read(stranger, "DuplicateSuggestion")
    found = await answer(workspace, DISMISS, actor=reader, id=made.id(0))
    [error] = found.data["dismissDuplicate"]["errors"]
    assert error["code"] == "FORBIDDEN"
    assert await scores(workspace) == [0.9]
    owner = an_actor(workspace)
    assert not (await answer(workspace, DISMISS, actor=owner, id=made.id(0))).errors
    assert await scores(workspace) == []
