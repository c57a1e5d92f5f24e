"""Limits on documents and their cost: what they let through, what they refuse, and in what time."""

import time

import pytest
from graphql import get_introspection_query

from gateway.admission import Admission, GraphQLRequest
from gateway.documents import parse_document
from gateway.refusals import Refused
from settings import Settings
from tests.gateway.toys import actor, toy_gateway, toy_schema

ADMISSION = Admission(toy_schema()._schema, Settings())


def admit(
    query: str, variables: dict[str, object] | None = None, admission: Admission = ADMISSION
) -> int:
    """The cost of an operation that an owner sends; raises Refused."""
    request = GraphQLRequest(query, None, variables or {})
    return admission.admit(request, *admission.resolve(request), actor()).cost


def refused(
    query: str, variables: dict[str, object] | None = None, admission: Admission = ADMISSION
) -> tuple[str, object]:
    """The code and the limit by which an operation is refused."""
    with pytest.raises(Refused) as caught:
        admit(query, variables, admission)
    extensions = caught.value.errors[0].extensions or {}
    return str(extensions["code"]), extensions.get("limit")


def limited(**settings: object) -> Admission:
    """Admission with other limits."""
    return Admission(toy_schema()._schema, Settings.model_validate(settings))


def chain(count: int, body: str, last: str = "id") -> str:
    """Fragments F0 … F<count>, each of which spreads the next one as `body` says."""
    fragments = [
        f"fragment F{n} on Customer {{ {body.replace('NEXT', f'...F{n + 1}')} }}"
        for n in range(count)
    ]
    return "\n".join([*fragments, f"fragment F{count} on Customer {{ {last} }}"])


# ── shape ──────────────────────────────────────────────────────────────────────────────────────


def test_tokens() -> None:
    few = limited(limit_tokens=9)
    assert admit("{ customers { nodes { id } } }", admission=few) > 0
    assert refused("{ customers { nodes { id fullName } } }", admission=few) == (
        "DOCUMENT_LIMIT",
        "tokens",
    )
    comments = "# a\n" * 20
    assert refused(comments + "{ __typename }", admission=few) == ("DOCUMENT_LIMIT", "tokens")


def test_depth_counts_fields_and_not_inline_fragments() -> None:
    shallow = limited(limit_depth=3)
    assert admit("{ customers { nodes { ... { ... on Customer { id } } } } }", admission=shallow)
    assert refused("{ customers { nodes { tags { id } } } }", admission=shallow) == (
        "DOCUMENT_LIMIT",
        "depth",
    )


def test_depth_goes_through_fragments() -> None:
    shallow = limited(limit_depth=4)
    query = "{ customers { nodes { ...A } } } fragment A on Customer { tags { ...B } }"
    assert admit(query + " fragment B on Customer { id }", admission=shallow)
    deeper = " fragment B on Customer { tags { id } }"
    assert refused(query + deeper, admission=shallow) == ("DOCUMENT_LIMIT", "depth")


def test_aliases_count_as_often_as_they_are_spread() -> None:
    few = limited(limit_aliases=4)
    query = "{ customers { nodes { ...A tags { ...A } } } } fragment A on Customer "
    assert admit(query + "{ a: id b: id }", admission=few)
    assert refused(query + "{ a: id b: id c: id }", admission=few) == ("DOCUMENT_LIMIT", "aliases")


def test_directives_count_wherever_they_stand() -> None:
    few = limited(limit_directives=2)
    keep = "@include(if: true)"
    assert admit(f"{{ customers {keep} {{ nodes {{ id {keep} }} }} }}", admission=few)
    assert refused(
        f"{{ customers {keep} {{ ... {keep} {{ nodes {{ id {keep} }} }} }} }}", admission=few
    ) == ("DOCUMENT_LIMIT", "directives")
    assert refused("query " + "@a" * 3 + "{ __typename }", admission=few) == (
        "DOCUMENT_LIMIT",
        "directives",
    )


def test_root_fields_count_inside_fragments() -> None:
    few = limited(limit_root_fields=2)
    assert admit("{ a: __typename b: __typename }", admission=few) == 1
    query = "{ a: __typename ...R } fragment R on Query { b: __typename ... { c: __typename } }"
    assert refused(query, admission=few) == ("DOCUMENT_LIMIT", "root_fields")


def test_operations_and_fragments() -> None:
    few = limited(limit_operations=2, limit_fragments=2)
    query = " ".join(f"query Q{n} {{ __typename }}" for n in range(3))
    assert refused(query, admission=few) == ("DOCUMENT_LIMIT", "operations")
    query = "{ customers { nodes { ...F0 } } }" + chain(2, "NEXT")
    assert refused(query, admission=few) == ("DOCUMENT_LIMIT", "fragments")


def test_fields_repeated_beside_themselves() -> None:
    few = limited(limit_repeats=2)
    assert admit("{ customers { nodes { id id ... { id } tags { id } } } }", admission=few)
    for selection in ("id id id ... { id }", "tags { id } tags { id }"):
        assert refused(f"{{ customers {{ nodes {{ {selection} }} }} }}", admission=few) == (
            "DOCUMENT_LIMIT",
            "repeats",
        )


@pytest.mark.parametrize("value", [[[[1]]], {"a": {"b": {"c": 1}}}, [{"a": [1]}]])
def test_depth_of_variables(value: object) -> None:
    query = "query($i: ID!) { customer(id: $i) { id } }"
    assert admit(query, {"i": value}, limited(limit_variables_depth=3)) > 0
    assert refused(query, {"i": value}, limited(limit_variables_depth=2)) == (
        "DOCUMENT_LIMIT",
        "variables_depth",
    )


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{ customer(id: "a\\u0000") { id } }', {}),
        ("query($i: ID!) { customer(id: $i) { id } }", {"i": "a\0"}),
        ("query($i: ID!) { customer(id: $i) { id } }", {"i": [{"x": "\0"}]}),
    ],
)
def test_the_character_that_no_text_can_have(query: str, variables: dict[str, object]) -> None:
    assert refused(query, variables) == ("BAD_USER_INPUT", None)


def test_introspection_is_not_too_deep_or_dear() -> None:
    assert admit(get_introspection_query(input_value_deprecation=True)) == 1_000


def test_introspection_and_suggestions_are_off_in_production() -> None:
    production = limited(environment="production")
    for query in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
        assert refused(query, admission=production) == ("GRAPHQL_VALIDATION_FAILED", None)
    for admission, suggested in ((production, False), (ADMISSION, True)):
        with pytest.raises(Refused) as caught:
            admit("{ customerz { nodes { id } } }", admission=admission)
        assert ("Did you mean" in caught.value.errors[0].message) is suggested


# ── documents made to hurt ─────────────────────────────────────────────────────────────────────

DOUBLING = {
    "flat": chain(20, "NEXT NEXT") + "{ customers { nodes { ...F0 } } }",
    "nested": chain(20, "a: tags { NEXT } b: tags { NEXT }") + "{ customers { nodes { ...F0 } } }",
    "inline": chain(20, "... { NEXT } ... on Customer { NEXT }")
    + "{ customers { nodes { ...F0 } } }",
    "aliased": chain(20, "NEXT NEXT", "a: id") + "{ customers { nodes { ...F0 } } }",
    "circle": chain(20, "NEXT", "...F0") + "{ customers { nodes { ...F0 } } }",
    "itself": "{ customers { nodes { ...F } } } fragment F on Customer { tags { ...F } }",
    "unused circle": "{ __typename }"
    " fragment A on Customer { ...B } fragment B on Customer { ...A }",
    "long chain": chain(900, "NEXT") + "{ customers { nodes { ...F0 } } }",
    "deep fields": "{ customers { nodes " + "{ tags " * 180 + "{ id }" + "}" * 182,
    "deep inline": "{ customers { nodes " + "{ ... " * 180 + "{ id }" + "}" * 182,
    "deeper than the parser goes": "{ a " * 1_500 + "}" * 1_500,
    "deep list": "{ customer(id: " + "[" * 1_900 + "]" * 1_900 + ") { id } }",
    "deep object": "{ customer(id: " + "{a: " * 900 + "1" + "}" * 900 + ") { id } }",
    "deep type": "query($a: " + "[" * 1_900 + "ID" + "]" * 1_900 + ") { __typename }",
    "same field": "{ customers { nodes {" + " id" * 3_900 + "} } }",
    "same object": "{" + " customers { nodes { id } }" * 500 + "}",
    "same object, few times": "{ customers { nodes {"
    + " tags { tags { tags { tags { id } } } }" * 150
    + "} } }",
    "aliases": "{" + "".join(f" a{n}: __typename" for n in range(1_300)) + "}",
    "unknown fields": "{" + "".join(f" customerz{n}" for n in range(3_900)) + "}",
    "unknown directives": "{ __typename " + "@a" * 1_900 + "}",
    "variables": "query(" + "".join(f"$v{n}: ID " for n in range(900)) + ") { __typename }",
    "long number": "{ customers(first: " + "9" * 50_000 + ") { nodes { id } } }",
    "fragments over one another": "{ customers { nodes {"
    + "".join(f" ...G{n}" for n in range(50))
    + "} } }"
    + "".join(
        f" fragment G{n} on Customer {{" + " tags { id fullName" * 8 + "}" * 9 for n in range(50)
    ),
    "overlapping fragments": "{ customers { nodes {"
    + "".join(f" ...G{n}" for n in range(50))
    + "} } }"
    + "".join(f" fragment G{n} on Customer {{" + " id fullName" * 8 + "}" for n in range(50)),
}


@pytest.mark.parametrize("name", DOUBLING)
def test_a_document_made_to_hurt_is_answered_in_no_time(name: str) -> None:
    """Whatever becomes of it, it takes little of the processor: 0.3 s at most when measured."""
    began = time.process_time()
    try:
        outcome = str(admit(DOUBLING[name]))
    except Refused as error:
        outcome = str(error.code)
    took = time.process_time() - began
    assert outcome != ""
    assert took < 1, f"{name}: {outcome} after {took:.3f} s"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("flat", ("COST_LIMIT", "cost")),
        ("nested", ("DOCUMENT_LIMIT", "aliases")),
        ("inline", ("COST_LIMIT", "cost")),
        ("aliased", ("DOCUMENT_LIMIT", "aliases")),
        ("circle", ("GRAPHQL_VALIDATION_FAILED", None)),
        ("itself", ("GRAPHQL_VALIDATION_FAILED", None)),
        ("unused circle", ("GRAPHQL_VALIDATION_FAILED", None)),
        ("long chain", ("DOCUMENT_LIMIT", "tokens")),
        ("deep fields", ("DOCUMENT_LIMIT", "depth")),
        ("deeper than the parser goes", ("GRAPHQL_PARSE_FAILED", None)),
        ("same field", ("DOCUMENT_LIMIT", "repeats")),
    ],
)
def test_a_document_made_to_hurt_is_refused_for_what_it_does(
    name: str, expected: tuple[str, object]
) -> None:
    assert refused(DOUBLING[name]) == expected


def test_fragments_come_out_after_those_that_they_spread() -> None:
    document = parse_document(chain(30, "NEXT ... { NEXT }"), 4_000)
    assert [fragment.name.value for fragment in document.fragments] == [
        f"F{n}" for n in reversed(range(31))
    ]


# ── cost ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        # a value is a tenth, rounded up at the end
        ("{ __typename }", 1),
        ('{ customer(id: "1") { id } }', 2),
        # a connection and its rows, 20 unless told
        ("{ customers { nodes { id } } }", 1 + 20 + 2),
        ("{ customers(first: 5) { nodes { id } } }", 1 + 5 + 1),
        ("{ customers(last: 5) { nodes { id } } }", 1 + 5 + 1),
        ("{ customers(first: 5, last: 7) { nodes { __typename } } }", 1 + 7 + 1),
        ("{ customers(first: null) { nodes { id } } }", 1 + 20 + 2),
        ("{ customers(first: 0) { nodes { id } } }", 1),
        ("{ customers(first: -5) { nodes { id } } }", 1),
        # a list of ids counts them, any other list ten
        ('{ nodes(ids: ["1", "2", "3"]) { __typename } }', 3 + 1),
        ('{ customer(id: "1") { tags { __typename } } }', 1 + 10 + 1),
        # pages multiply down the path
        (
            "{ customers(first: 10) { nodes { conversations(first: 5) { nodes { id } } } } }",
            1 + 10 * (1 + 1 + 5) + 5,
        ),
        (
            "{ customers(first: 2) { nodes { conversations(first: 10) {"
            " edges { cursor node { id customer { id } } } totalCount } } } }",
            1 + 2 * (1 + 1 + 10 * (1 + 1 + 1)) + 6 + 1,
        ),
        # a mutation counts for ten
        ('mutation { addCustomer(name: "x") { customer { id } } }', 10 + 1 + 1 + 1),
    ],
)
def test_cost(query: str, cost: int) -> None:
    assert admit(query) == cost


def test_cost_takes_page_sizes_from_variables_and_their_defaults() -> None:
    query = "query($n: Int) { customers(first: $n) { nodes { __typename } } }"
    assert admit(query, {"n": 50}) == 1 + 50 + 5
    assert admit(query, {"n": 50.0}) == 1 + 50 + 5
    assert admit(query, {"n": None}) == admit(query, {}) == 1 + 20 + 2
    assert admit(query, {"n": "50"}) == 1 + 20 + 2
    assert admit(query.replace("Int)", "Int = 30)"), {}) == 1 + 30 + 3
    assert admit(query.replace("Int)", "Int = 30)"), {"n": 5}) == 1 + 5 + 1
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
    assert admit(query, {"ids": ["1"] * 70}) == 70 + 7


def test_cost_is_the_same_through_fragments() -> None:
    plain = """{
        a: customers(first: 7) { nodes { id conversations(first: 3) { nodes { id } } } }
        b: customers(first: 9) { nodes { id conversations(first: 4) { nodes { id } } } }
    }"""
    spread = """{
        a: customers(first: 7) { ...Page3 } b: customers(first: 9) { ...Page4 }
    }
    fragment Page3 on CustomerConnection { nodes { ...Id conversations(first: 3) { ...Rows } } }
    fragment Page4 on CustomerConnection { nodes { ...Id conversations(first: 4) { ...Rows } } }
    fragment Rows on ConversationConnection { nodes { id } }
    fragment Id on Customer { id }"""
    assert admit(spread) == admit(plain)


def test_cost_counts_what_the_operation_asks_and_not_the_others() -> None:
    query = "query A { __typename } query B { customers(first: 100) { nodes { id } } }"
    request = GraphQLRequest(query, "A")
    assert ADMISSION.admit(request, *ADMISSION.resolve(request), actor()).cost == 1


def test_a_cost_beyond_all_numbers_is_reported_as_the_largest_that_json_keeps() -> None:
    query = "{ customers { nodes { ...F0 } } }" + chain(30, "... { NEXT } " * 20)
    with pytest.raises(Refused) as caught:
        admit(query, admission=limited(limit_tokens=9_000))
    assert caught.value.cost == {"requested": 2**53 - 1, "limit": 30_000}


def test_a_hundred_of_a_hundred_of_a_hundred_is_refused() -> None:
    query = """query($n: Int!) { customers(first: $n) { nodes {
        conversations(first: $n) { nodes { messages(first: $n) { nodes { id } } } } } } }"""
    assert refused(query, {"n": 100}) == ("COST_LIMIT", "cost")
    assert admit(query, {"n": 20}) < Settings().limit_cost


async def test_the_cost_stands_in_every_answer() -> None:
    async with toy_gateway() as toy:
        answer = (await toy.post("{ customers(first: 5) { nodes { id } } }")).json()
        assert answer["extensions"]["cost"] == {"requested": 7, "limit": 30_000}


async def test_what_is_refused_for_its_cost_does_not_run() -> None:
    async with toy_gateway(Settings(limit_cost=6)) as toy:
        response = await toy.post("{ customers(first: 5) { nodes { id } } }")
        assert response.status_code == 400
        answer = response.json()
        assert answer["errors"][0]["extensions"]["code"] == "COST_LIMIT"
        assert answer["extensions"]["cost"] == {"requested": 7, "limit": 6}
        assert toy.contexts == []
