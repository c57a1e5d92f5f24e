"""The public contract as definitions that a schema can be compared with: its abbreviations, which
its first lines explain, written out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graphql import (
    DefinitionNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    parse,
    print_ast,
)

PATH = Path(__file__).parent / "contract.graphql"
ERRORS = "[UserError!]!"
PAGE = {"first": "Int", "after": "String", "last": "Int", "before": "String"}
NODES = {"ContactLogConnection": "ContactLogEntry"}
"""The connections that are not called after what they hold."""
PAYLOADS: dict[str, dict[str, str]] = {
    "CustomerPayload": {"customer": "Customer"},
    "AssociationPayload": {"customer": "Customer"},
    "DeletePayload": {"deletedId": "ID"},
    "ConversationPayload": {"conversation": "Conversation"},
    "CompanyPayload": {"company": "Company"},
    "TicketPayload": {"ticket": "Ticket"},
    "DealPayload": {"deal": "Deal"},
    "TaskPayload": {"task": "Task"},
    "OrderPayload": {"order": "Order"},
    "CampaignPayload": {"campaign": "Campaign"},
    "CampaignInteractionPayload": {"campaignInteraction": "CampaignInteraction"},
    "PipelinePayload": {"pipeline": "Pipeline"},
    "PropertyPayload": {"property": "PropertyDefinition"},
    "GroupPayload": {"group": "Group"},
    "SegmentPayload": {"segment": "Segment"},
    "TagPayload": {"tag": "Tag"},
    "ImportPayload": {"import": "Import"},
    "ExportPayload": {"export": "Export"},
    "DuplicateSuggestionPayload": {"duplicateSuggestion": "DuplicateSuggestion"},
    "CustomerViewPayload": {"customerView": "CustomerView"},
    "ApiKeyPayload": {"apiKey": "ApiKey"},
    "UserPayload": {"user": "User"},
}
"""The payloads that the contract does not spell out: each holds the thing by its own name."""
CHANGED_WHEN_LEFT_OUT = "UpdateCustomerInput"
"""It has each field of AddCustomerInput too, optional."""
NOT_ABOUT_THE_CUSTOMER = {"idempotencyKey"}


@dataclass
class Definition:
    """A type of the contract: its kind, and its fields or values, each with its type as text."""

    kind: str
    fields: dict[str, str] = field(default_factory=dict)
    arguments: dict[tuple[str, str], str] = field(default_factory=dict)
    values: list[str] = field(default_factory=list)
    interfaces: list[str] = field(default_factory=list)


def contract() -> dict[str, Definition]:
    """Every type of the contract by its name."""
    found = {
        definition.name.value: _definition(definition)
        for definition in parse(PATH.read_text()).definitions
        if isinstance(
            definition,
            ScalarTypeDefinitionNode
            | EnumTypeDefinitionNode
            | ObjectTypeDefinitionNode
            | InterfaceTypeDefinitionNode
            | InputObjectTypeDefinitionNode,
        )
    }
    for name, definition in list(_expansions(found)):
        found.setdefault(name, definition)
    for name, type in found["AddCustomerInput"].fields.items():
        if name not in NOT_ABOUT_THE_CUSTOMER:
            found[CHANGED_WHEN_LEFT_OUT].fields.setdefault(name, type.removesuffix("!"))
    return found


def _definition(node: DefinitionNode) -> Definition:
    if isinstance(node, EnumTypeDefinitionNode):
        return Definition("enum", values=[value.name.value for value in node.values or ()])
    if isinstance(node, InputObjectTypeDefinitionNode):
        fields = {one.name.value: print_ast(one.type) for one in node.fields or ()}
        return Definition("input", fields)
    if not isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return Definition("scalar")
    kind = "object" if isinstance(node, ObjectTypeDefinitionNode) else "interface"
    made = Definition(kind, interfaces=[one.name.value for one in node.interfaces or ()])
    for one in node.fields or ():
        name, type = one.name.value, print_ast(one.type)
        made.fields[name] = type
        given = {argument.name.value: print_ast(argument.type) for argument in one.arguments or ()}
        pages = PAGE if type.endswith("Connection!") else {}
        made.arguments |= {(name, key): value for key, value in (given | pages).items()}
    return made


def _expansions(written: dict[str, Definition]) -> Iterator[tuple[str, Definition]]:
    for definition in written.values():
        for type in definition.fields.values():
            name = type.strip("[]!")
            if name.endswith("Connection"):
                yield from _connection(name, NODES.get(name, name.removesuffix("Connection")))
    for name, fields in PAYLOADS.items():
        yield name, Definition("object", {**fields, "errors": ERRORS}, interfaces=["Payload"])
    yield "DeleteInput", Definition("input", {"id": "ID!"})
    pages = {"hasNextPage": "Boolean!", "hasPreviousPage": "Boolean!"}
    yield (
        "PageInfo",
        Definition("object", {**pages, "startCursor": "String", "endCursor": "String"}),
    )


def _connection(name: str, node: str) -> Iterator[tuple[str, Definition]]:
    edge = f"{name.removesuffix('Connection')}Edge"
    yield (
        name,
        Definition(
            "object",
            {
                "edges": f"[{edge}!]!",
                "nodes": f"[{node}!]!",
                "pageInfo": "PageInfo!",
                "totalCount": "Int!",
            },
        ),
    )
    yield edge, Definition("object", {"cursor": "String!", "node": f"{node}!"})
