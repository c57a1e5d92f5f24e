"""What a call is given besides the id that is tried: the least that makes it a valid one.

A field that asks for something and is not here fails the walk, so a new mutation has to come in.
"""

from collections.abc import Callable, Mapping
from typing import Any

import models
from services.ids import global_id
from tests.journeys.isolation.places import Place
from tests.rows import NOW
from tests.worlds import World

AT = NOW.isoformat()
USER_PROPERTY = "keeper"
"""The key of the property whose values are users, in every world of the walk."""


def of(world: World, model: Any, index: int = 0) -> str:
    """The id of a row of the world."""
    return global_id(model, world.of(model)[index].id)


def customer(world: World, index: int = 0) -> str:
    """The id of a main customer."""
    return global_id(models.Customer, world.customers[index].id)


def member(world: World) -> str:
    """The id of a customer who was merged into another."""
    mains = {row.id for row in world.customers}
    [row, *_] = [one for one in world.of(models.Customer) if one.id not in mains]
    return global_id(models.Customer, row.id)


Base = Callable[[World], dict[str, Any]]


def _nothing(_: World) -> dict[str, Any]:
    return {}


def _by(name: str, model: Any) -> Base:
    return lambda world: {name: of(world, model)}


def _members(world: World) -> dict[str, Any]:
    return {"customerIds": [customer(world)]}


QUERIES: Mapping[str, Base] = {
    "mergePreview": lambda world: {
        "mainId": customer(world),
        "memberIds": [customer(world, 1)],
    },
    "import": _by("id", models.Import),
    "export": _by("id", models.Export),
    "node": _by("id", models.Customer),
    "nodes": lambda world: {"ids": [customer(world)]},
    "customer": _by("id", models.Customer),
    "customerByIdentity": lambda world: {
        "channel": "WHATSAPP",
        "identifier": world.customers[0].phone,
    },
    "segmentPreview": lambda _: {"criteria": {"productive": True}},
    "audiencePreview": lambda world: {"input": {"groupIds": [of(world, models.Group)]}},
    "contactReport": lambda _: {"period": {"preset": "ALL_TIME"}},
}
SUBSCRIPTIONS: Mapping[str, Base] = {
    "customerChanged": lambda world: {"customerId": customer(world)},
    "importProgress": _by("importId", models.Import),
}
MUTATIONS: Mapping[str, Base] = {
    "addCustomer": lambda _: {"fullName": "Baru"},
    "addCustomers": lambda _: {"customers": [{"fullName": "Baru"}]},
    "updateCustomer": lambda world: {"customerId": customer(world), "jobTitle": "Guru"},
    "deleteCustomer": lambda world: {"customerId": customer(world)},
    "restoreCustomer": lambda world: {"customerId": customer(world)},
    "eraseCustomer": lambda world: {"customerId": customer(world)},
    "exportCustomerData": lambda world: {"customerId": customer(world)},
    "updateCustomers": lambda world: {**_members(world), "jobTitle": "Guru"},
    "deleteCustomers": _members,
    "cancelBulkChange": _by("bulkChangeId", models.BulkChange),
    "importCustomers": _by("uploadId", models.Upload),
    "cancelImport": _by("importId", models.Import),
    "exportCustomers": lambda _: {"format": "CSV"},
    "saveGroup": lambda _: {"name": "Kelompok"},
    "addToGroup": lambda world: {**_members(world), "groupId": of(world, models.Group)},
    "removeFromGroup": lambda world: {**_members(world), "groupId": of(world, models.Group)},
    "deleteGroup": _by("id", models.Group),
    "saveSegment": lambda world: {
        "id": of(world, models.Segment),
        "name": "Bagian",
        "criteria": {"productive": True},
    },
    "deleteSegment": _by("id", models.Segment),
    "createBroadcast": lambda world: {
        "name": "Siaran",
        "template": "Halo",
        "audience": {"customerIds": [customer(world)]},
    },
    "cancelBroadcast": _by("campaignId", models.Campaign),
    "saveTag": lambda _: {"name": "Label"},
    "tagCustomers": lambda world: {**_members(world), "tagId": of(world, models.Tag, 1)},
    "untagCustomers": lambda world: {**_members(world), "tagId": of(world, models.Tag, 1)},
    "deleteTag": _by("id", models.Tag),
    "mergeCustomers": lambda world: {
        "mainId": customer(world),
        "memberIds": [customer(world, 1)],
    },
    "mergeConversationCustomer": lambda world: {
        "conversationId": of(world, models.Conversation),
        "mainId": customer(world, 1),
    },
    "unmergeCustomer": lambda world: {"customerId": member(world)},
    "setMainIdentity": lambda world: {
        "customerId": customer(world),
        "identityId": of(world, models.ChannelIdentity, 1),
    },
    "associate": lambda world: {
        "customerId": customer(world),
        "companyId": of(world, models.Company),
    },
    "dissociate": lambda world: {
        "customerId": customer(world),
        "companyId": of(world, models.Company),
    },
    "saveProperty": lambda _: {"key": "size", "label": "Ukuran", "type": "TEXT"},
    "archiveProperty": _by("id", models.PropertyDefinition),
    "restoreProperty": _by("id", models.PropertyDefinition),
    "saveCustomerView": lambda world: {
        "id": of(world, models.CustomerView),
        "name": "Pandangan",
        "columns": ["fullName"],
    },
    "deleteCustomerView": _by("id", models.CustomerView),
    "recordMessage": lambda world: {
        "channel": "WHATSAPP",
        "identifier": world.customers[0].phone,
        "direction": "OUTBOUND",
        "externalId": "walk",
        "sentAt": AT,
    },
    "upsertConversation": lambda world: {
        "externalId": "walk",
        "channel": "WHATSAPP",
        "identifier": world.customers[0].phone,
    },
    "upsertCompany": lambda _: {"externalId": "walk", "name": "PT"},
    "upsertTicket": lambda _: {"externalId": "walk", "subject": "Tanya"},
    "upsertDeal": lambda _: {"externalId": "walk", "name": "Beli", "amount": "1"},
    "upsertTask": lambda _: {"externalId": "walk", "title": "Telepon"},
    "upsertOrder": lambda world: {
        "externalId": "walk",
        "customerId": customer(world),
        "status": "PAID",
        "total": "1",
        "orderedAt": AT,
    },
    "upsertCampaign": lambda _: {"externalId": "walk", "name": "Promo"},
    "recordCampaignInteraction": lambda world: {
        "externalId": "walk",
        "campaignId": of(world, models.Campaign),
        "customerId": customer(world),
        "status": "SENT",
        "sentAt": AT,
    },
    "upsertPipeline": lambda _: {"kind": "TICKET", "name": "Alur", "stages": ["Baru"]},
    "dismissDuplicate": _by("suggestionId", models.DuplicateSuggestion),
    "saveWebhookEndpoint": lambda _: {
        "url": "https://93.184.215.14/hook",
        "types": ["CUSTOMER_ADDED"],
    },
    "deleteWebhookEndpoint": _by("id", models.WebhookEndpoint),
    "replayWebhook": lambda world: {
        "endpointId": of(world, models.WebhookEndpoint),
        "deliveryId": of(world, models.WebhookDelivery),
    },
    "createApiKey": lambda _: {"name": "Mitra", "role": "AGENT"},
    "revokeApiKey": _by("id", models.ApiKey),
    "inviteUser": lambda _: {"name": "Sari", "email": "sari@example.com", "role": "AGENT"},
}

SIBLINGS = ({"customerIds", "filter"}, {"companyId", "ticketId", "dealId", "taskId"})
"""Input fields of which one is given."""

MODELS: Mapping[str, Any] = {
    **dict.fromkeys(
        ("ownerId", "ownerIds", "assigneeId", "assigneeIds", "reporterId", "reporterIds"),
        models.User,
    ),
    **dict.fromkeys(("agentId", "value"), models.User),
    **dict.fromkeys(
        ("customerId", "customerIds", "mainId", "memberIds", "fromCustomerId", "ids"),
        models.Customer,
    ),
    **dict.fromkeys(("groupId", "groupIds", "excludeGroupIds"), models.Group),
    **dict.fromkeys(("segmentId", "segmentIds"), models.Segment),
    **dict.fromkeys(("tagId", "tagIds", "excludeTagIds"), models.Tag),
    **dict.fromkeys(("pipelineId", "pipelineIds"), models.Pipeline),
    **dict.fromkeys(("stageId", "stageIds"), models.Stage),
    **dict.fromkeys(("view", "viewId"), models.CustomerView),
    **dict.fromkeys(("campaignId", "campaignIds"), models.Campaign),
    "bulkChangeId": models.BulkChange,
    "importId": models.Import,
    "uploadId": models.Upload,
    "conversationId": models.Conversation,
    "identityId": models.ChannelIdentity,
    "companyId": models.Company,
    "ticketId": models.Ticket,
    "dealId": models.Deal,
    "taskId": models.Task,
    "channelId": models.Channel,
    "suggestionId": models.DuplicateSuggestion,
    "endpointId": models.WebhookEndpoint,
    "deliveryId": models.WebhookDelivery,
}
"""What stands behind an id, by the name of the place; for plain `id` see `BY_ID`."""
BY_ID: Mapping[str, Any] = {
    "import": models.Import,
    "export": models.Export,
    "node": models.Customer,
    "customer": models.Customer,
    "saveGroup": models.Group,
    "deleteGroup": models.Group,
    "saveSegment": models.Segment,
    "deleteSegment": models.Segment,
    "saveTag": models.Tag,
    "deleteTag": models.Tag,
    "saveProperty": models.PropertyDefinition,
    "archiveProperty": models.PropertyDefinition,
    "restoreProperty": models.PropertyDefinition,
    "saveCustomerView": models.CustomerView,
    "deleteCustomerView": models.CustomerView,
    "upsertPipeline": models.Pipeline,
    "saveWebhookEndpoint": models.WebhookEndpoint,
    "deleteWebhookEndpoint": models.WebhookEndpoint,
    "revokeApiKey": models.ApiKey,
}


def model_at(place: Place) -> Any:
    """What stands behind an id at a place."""
    return BY_ID[place.field] if place.name == "id" else MODELS[place.name]


def arguments(place: Place, own: World, value: object) -> dict[str, Any]:
    """The arguments of a call with a value at a place, and all else valid."""
    given: dict[str, Any] = {}
    if len(place.route) == 1:
        if place.root == "Mutation":
            given = {"input": MUTATIONS[place.field](own)}
        else:
            table = QUERIES if place.root == "Query" else SUBSCRIPTIONS
            given = table.get(place.field, _nothing)(own)
    _put(given, place.path, value)
    return given


BESIDE: Mapping[str, dict[str, Any]] = {
    "properties": {"key": USER_PROPERTY},
    "field": {"key": USER_PROPERTY, "op": "EQ"},
    "campaign": {"status": "SENT"},
    "overrides": {"field": "jobTitle"},
}
"""What stands beside the id, by the input field around them."""
LISTS = {"properties", "overrides"}
ALONE = {"criteria"}
"""Input objects that hold one thing: what was in them gives way."""


def _put(given: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    name, *rest = path
    if path[:2] == ("filter", "properties"):
        given.pop("customerIds", None)
        given["filter"] = {"properties": [{**BESIDE["field"], "value": value}]}
        return
    for group in SIBLINGS:
        if name in group:
            for other in group - {name}:
                given.pop(other, None)
    if not rest:
        given[name] = value
        return
    if name in BESIDE:
        inner = dict(BESIDE[name])
        given[name] = [inner] if name in LISTS else inner
    elif name in ALONE:
        inner = given[name] = {}
    elif name == "customers":
        inner = given[name][0]
    else:
        inner = given.setdefault(name, {})
    _put(inner, tuple(rest), value)
