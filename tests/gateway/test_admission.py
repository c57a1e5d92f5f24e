"""Admission: what is kept of a document for the next request, and that nobody gains by it."""

from gateway.admission import GraphQLRequest
from gateway.refusals import Refused
from models import Role
from services.actors import Scope
from tests.gateway.test_limits import admit, limited, refused
from tests.gateway.toys import actor


def test_what_is_known_of_a_cost_depends_on_the_sizes_alone() -> None:
    query = """query($n: Int, $ids: [ID!]!) {
        customers(first: $n) { nodes { __typename } } nodes(ids: $ids) { __typename } }"""
    fresh = limited()
    asked: list[tuple[object, list[str]]] = [
        (3, ["1"]), (5, ["1"]), (3, ["1", "2"]), ([1, 2], ["1"]), ([], ["1"]), (2, ["1"]),
        (True, ["1"]), (-3, ["1"]), (None, ["1"]), ("9", ["1"]), (3.0, ["9"]),
    ]  # fmt: skip
    for n, ids in [*asked, *reversed(asked)]:
        variables: dict[str, object] = {"n": n, "ids": ids}
        assert admit(query, variables, fresh) == admit(query, variables, limited())


def test_what_is_known_of_costs_is_bounded() -> None:
    query = "query($n: Int) { customers(first: $n) { nodes { __typename } } }"
    small = limited()
    for n in range(1, 200):
        assert admit(query, {"n": n}, small) == 1 + n + -(-n // 10)
    [findings] = small._documents[query].findings.values()
    assert len(findings.costs) <= 32


def test_who_may_run_an_operation_is_known_by_role_and_scopes() -> None:
    request = GraphQLRequest("{ customers { nodes { id } } }")
    fresh = limited()

    def may(role: Role, *scopes: Scope) -> bool:
        try:
            fresh.admit(request, *fresh.resolve(request), actor(role, *scopes))
        except Refused as refused:
            return refused.status != 403
        return True

    for _ in range(2):
        assert may(Role.OWNER)
        assert not may(Role.OWNER, Scope.EVENTS_READ)
        assert not may(Role.PARTNER, Scope.MERGES_READ)
        assert may(Role.PARTNER, Scope.CUSTOMERS_READ)


def test_documents_are_kept_within_the_size_of_the_cache() -> None:
    small = limited(document_cache_characters=200)
    texts = [f"{{ a{n}: __typename }}" for n in range(100)]
    for text in texts:
        admit(text, admission=small)
    assert sum(len(text) for text in small._documents) <= 200
    assert texts[-1] in small._documents
    assert texts[0] not in small._documents


def test_nothing_refused_is_kept() -> None:
    small = limited()
    for query in ("{", "{ nothing }", "{ customers { nodes {" + " id" * 200 + "} } }"):
        refused(query, admission=small)
    assert not small._documents
