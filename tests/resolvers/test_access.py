"""The access table: nothing in the schema is without a rule, and each lets in whom it should."""

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType

from gateway.admission import Admission, GraphQLRequest
from gateway.refusals import Refused
from models import Role
from resolvers import access
from schema.root import schema
from services.actors import Actor, Scope
from services.errors import ErrorCode, Refusal
from settings import Settings
from tests.gateway.toys import WORKSPACE, actor, toy_gateway, toy_schema

SCHEMA = schema._schema
ADMISSION = Admission(toy_schema()._schema, Settings())
PARTNER = Role.PARTNER


def forbidden(query: str, *scopes: Scope) -> list[str]:
    """The messages with which a partner of these scopes is refused; none where they are let in."""
    request = GraphQLRequest(query)
    try:
        ADMISSION.admit(request, *ADMISSION.resolve(request), actor(PARTNER, *scopes))
    except Refused as refused:
        return [error.message for error in refused.errors if refused.code == "FORBIDDEN"]
    return []


# ── nothing is left out ────────────────────────────────────────────────────────────────────────

ROOTS = [
    kind for kind in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type) if kind
]


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.name)
def test_every_root_field_has_a_rule(root: GraphQLObjectType) -> None:
    missing = [name for name in root.fields if access.rule_of_root_field(root.name, name) is None]
    assert missing == []


def test_every_type_has_a_rule() -> None:
    composite = (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType)
    kinds = [kind for kind in SCHEMA.type_map.values() if isinstance(kind, composite)]
    assert len(kinds) > 20
    assert [kind.name for kind in kinds if access.rule_of_type(kind.name) is None] == []


def test_what_the_table_does_not_know_is_refused() -> None:
    assert access.rule_of_type("Secret") is None
    assert access.rule_of_type("SecretConnection") is None
    assert access.rule_of_root_field("Query", "secrets") is None
    assert not access.may_read(actor(Role.OWNER), "Secret")
    with pytest.raises(Refusal):
        access.require(actor(Role.OWNER), "dropEverything")


# ── who is let in ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_who_administers_may_do_everything(role: Role) -> None:
    tables = (access.QUERIES, access.MUTATIONS, access.SUBSCRIPTIONS, access.TYPES)
    assert all(rule.allows(actor(role)) for table in tables for rule in table.values())


def test_an_agent_reads_all_but_what_sets_the_workspace_up() -> None:
    agent = actor(Role.AGENT)
    assert {name for name, rule in access.QUERIES.items() if not rule.allows(agent)} == {
        "webhookEndpoints"
    }
    assert {name for name, rule in access.MUTATIONS.items() if not rule.allows(agent)} == {
        "eraseCustomer",
        "exportCustomerData",
        "saveProperty",
        "archiveProperty",
        "restoreProperty",
        "saveWebhookEndpoint",
        "deleteWebhookEndpoint",
        "replayWebhook",
        "createApiKey",
        "revokeApiKey",
        "inviteUser",
    }


def test_a_partner_without_scopes_sees_who_they_are_and_nothing_else() -> None:
    nobody = Actor(WORKSPACE.id, PARTNER, frozenset())
    assert {name for name, rule in access.QUERIES.items() if rule.allows(nobody)} == {"viewer"}
    assert not any(rule.allows(nobody) for rule in access.MUTATIONS.values())
    assert not any(rule.allows(nobody) for rule in access.SUBSCRIPTIONS.values())


@pytest.mark.parametrize("mutation", ["createApiKey", "revokeApiKey", "inviteUser"])
def test_not_even_all_scopes_let_a_partner_make_keys_or_users(mutation: str) -> None:
    with pytest.raises(Refusal, match="the role OWNER or ADMIN") as caught:
        access.require(actor(PARTNER, *Scope), mutation)
    assert caught.value.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize(
    ("mutation", "scope"),
    [
        ("addCustomer", Scope.CUSTOMERS_WRITE),
        ("mergeCustomers", Scope.MERGES_WRITE),
        ("recordMessage", Scope.INGEST_WRITE),
        ("saveProperty", Scope.SETTINGS_MANAGE),
        ("saveWebhookEndpoint", Scope.WEBHOOKS_MANAGE),
        ("exportCustomers", Scope.CUSTOMERS_READ),
    ],
)
def test_a_mutation_needs_its_scope(mutation: str, scope: Scope) -> None:
    access.require(actor(PARTNER, scope), mutation)
    others = [other for other in Scope if other is not scope]
    with pytest.raises(Refusal, match=f"{mutation} needs the scope {scope}"):
        access.require(actor(PARTNER, *others), mutation)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (Scope.CUSTOMERS_READ, {"Customer", "CustomerConnection", "TicketEdge", "User"}),
        (Scope.MERGES_READ, {"Merge", "MergeEvent", "DuplicateSuggestion", "User"}),
        (Scope.EVENTS_READ, {"Event", "EventConnection", "User"}),
        (Scope.WEBHOOKS_MANAGE, {"WebhookEndpoint", "WebhookDeliveryEdge"}),
        (Scope.INGEST_WRITE, {"Ticket", "Order", "Message", "Pipeline"}),
        (Scope.CUSTOMERS_WRITE, set()),
    ],
)  # fmt: skip
def test_a_scope_lets_into_its_types(scope: Scope, seen: set[str]) -> None:
    always = {"Viewer", "Workspace", "PageInfo", "UserError", "CustomerPayload", "Node", "__Schema"}
    never = {"Customer", "Merge", "Event", "WebhookEndpoint", "ApiKey"} - seen
    partner = actor(PARTNER, scope)
    assert all(access.may_read(partner, name) for name in seen | always)
    assert not any(access.may_read(partner, name) for name in never)


# ── documents ──────────────────────────────────────────────────────────────────────────────────


def test_a_field_of_the_root_that_is_not_allowed() -> None:
    query = "{ customers { nodes { id } } events { nodes { id } } }"
    assert forbidden(query, Scope.CUSTOMERS_READ) == ["Query.events needs the scope events:read."]
    assert forbidden(query, Scope.CUSTOMERS_READ, Scope.EVENTS_READ) == []


@pytest.mark.parametrize(
    "query",
    [
        "{ nodes(ids: []) { id } }",
        "{ nodes(ids: []) { ... { id } } }",
        "{ ...R } fragment R on Query { nodes(ids: []) { id } }",
        "{ ...R } fragment R on Query { ...S } fragment S on Query { nodes(ids: []) { ...C } }"
        " fragment C on Customer { id }",
        "{ nodes(ids: []) @include(if: false) { id } }",
    ],
)
def test_a_type_that_is_not_allowed_wherever_it_is_entered(query: str) -> None:
    needs = "Customer needs the scope customers:read."
    assert forbidden(query, Scope.EVENTS_READ) == [needs]


def test_types_below_types() -> None:
    query = "{ nodes(ids: []) { conversations { edges { node { messages { nodes { id } } } } } } }"
    assert forbidden(query, Scope.CUSTOMERS_READ) == []
    assert "Customer needs the scope customers:read." in forbidden(query, Scope.MERGES_READ)


def test_what_an_unused_operation_reads_does_not_count() -> None:
    query = "query A { __typename } query B { events { nodes { id } } }"
    request = GraphQLRequest(query, "A")
    partner = actor(PARTNER, Scope.CUSTOMERS_READ)
    assert ADMISSION.admit(request, *ADMISSION.resolve(request), partner).name == "A"


def test_a_mutation_that_is_not_allowed_is_left_to_its_payload() -> None:
    query = 'mutation { addCustomer(name: "x") { customer { id } } }'
    assert forbidden(query, Scope.MERGES_READ) == []


def test_what_an_allowed_mutation_answers_with_must_be_readable() -> None:
    query = 'mutation { addCustomer(name: "x") { __typename customer { id } } }'
    needs = ["Customer needs the scope customers:read."]
    assert forbidden(query, Scope.CUSTOMERS_WRITE) == needs
    assert forbidden(query, Scope.CUSTOMERS_WRITE, Scope.CUSTOMERS_READ) == []
    assert forbidden(query.replace("customer { id }", ""), Scope.CUSTOMERS_WRITE) == []


async def test_a_forbidden_query_is_403_and_does_not_run() -> None:
    async with toy_gateway(caller=actor(PARTNER, Scope.EVENTS_READ)) as toy:
        response = await toy.post("{ customers { nodes { id } } }")
        assert response.status_code == 403
        error = response.json()["errors"][0]
        assert error["extensions"] == {"code": "FORBIDDEN", "scopes": ["customers:read"]}
        assert error["message"] == "Query.customers needs the scope customers:read."
        assert toy.contexts == []
        legacy = await toy.client.post("/graphql", json={"query": "{ customers { nodes { id } } }"})
        assert legacy.status_code == 200
        assert legacy.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
