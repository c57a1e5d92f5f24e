"""The access table: what each field of the roots, and each type, asks of who reads or calls it.

One place, so that an omission is a failing test and not a leak: every field of Query, Mutation and
Subscription has its rule in `QUERIES`, `MUTATIONS` or `SUBSCRIPTIONS`, and every object type has
one in `TYPES` or derives it from the type that it wraps (`rule_of_type`). What has no rule is
refused.

The gateway holds a whole document to the table before anything runs (`gateway/permissions.py`).
A mutation's own rule is held to by its resolver (`require`), because its refusal is data; and what
turns out to be of some type only when it is read, as with `node`, asks `may_read`.
"""

from dataclasses import dataclass

from models import EventType
from services.actors import Actor, Scope
from services.errors import ErrorCode, Refusal


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of an actor: one of `scopes` (any caller will do where there are none) and,
    where `administrators`, the role of an owner or admin besides."""

    scopes: frozenset[Scope] = frozenset()
    administrators: bool = False

    def allows(self, actor: Actor) -> bool:
        """Whether the actor meets the rule."""
        if self.administrators and not actor.administers:
            return False
        return not self.scopes or not self.scopes.isdisjoint(actor.scopes)

    @property
    def demand(self) -> str:
        """The rule in words, for who does not meet it: "the scope customers:read"."""
        parts = []
        if self.scopes:
            parts.append("the scope " + " or ".join(sorted(self.scopes)))
        if self.administrators:
            parts.append("the role OWNER or ADMIN")
        return " and ".join(parts)


def _scope(*scopes: Scope) -> Rule:
    return Rule(frozenset(scopes))


ANYONE = Rule()
READ_CUSTOMERS = _scope(Scope.CUSTOMERS_READ)
WRITE_CUSTOMERS = _scope(Scope.CUSTOMERS_WRITE)
READ_MERGES = _scope(Scope.MERGES_READ)
WRITE_MERGES = _scope(Scope.MERGES_WRITE)
READ_EVENTS = _scope(Scope.EVENTS_READ)
MANAGE_WEBHOOKS = _scope(Scope.WEBHOOKS_MANAGE)
INGEST = _scope(Scope.INGEST_WRITE)
MANAGE_SETTINGS = _scope(Scope.SETTINGS_MANAGE)
ERASE = Rule(frozenset({Scope.CUSTOMERS_WRITE}), administrators=True)
ADMINISTER = Rule(frozenset({Scope.SETTINGS_MANAGE}), administrators=True)

# A connected system reads back what it has just written; it lists nothing without customers:read.
READ_RECORDS = _scope(Scope.CUSTOMERS_READ, Scope.INGEST_WRITE)
# Users are named in merges and events as those who did it.
READ_USERS = _scope(Scope.CUSTOMERS_READ, Scope.MERGES_READ, Scope.EVENTS_READ)
# What a node id stands for is known only once it is read; then `may_read` decides.
READ_NODES = _scope(
    Scope.CUSTOMERS_READ, Scope.MERGES_READ, Scope.EVENTS_READ, Scope.WEBHOOKS_MANAGE
)

QUERIES: dict[str, Rule] = {
    "viewer": ANYONE,
    "node": READ_NODES,
    "nodes": READ_NODES,
    "customer": READ_CUSTOMERS,
    "customerByIdentity": READ_CUSTOMERS,
    "customers": READ_CUSTOMERS,
    "regularCustomers": READ_CUSTOMERS,
    "mergePreview": READ_MERGES,
    "duplicateSuggestions": READ_MERGES,
    "conversations": READ_CUSTOMERS,
    "companies": READ_CUSTOMERS,
    "tickets": READ_CUSTOMERS,
    "deals": READ_CUSTOMERS,
    "tasks": READ_CUSTOMERS,
    "campaigns": READ_CUSTOMERS,
    "pipelines": READ_RECORDS,
    "users": READ_CUSTOMERS,
    "channels": READ_RECORDS,
    "customerProperties": READ_CUSTOMERS,
    "customerViews": READ_CUSTOMERS,
    "groups": READ_CUSTOMERS,
    "segments": READ_CUSTOMERS,
    "segmentPreview": READ_CUSTOMERS,
    "tags": READ_CUSTOMERS,
    "audiencePreview": READ_CUSTOMERS,
    "bulkChanges": READ_CUSTOMERS,
    "monitoring": READ_CUSTOMERS,
    "contactReport": READ_CUSTOMERS,
    "imports": READ_CUSTOMERS,
    "import": READ_CUSTOMERS,
    "exports": READ_CUSTOMERS,
    "export": READ_CUSTOMERS,
    "events": READ_EVENTS,
    "webhookEndpoints": MANAGE_WEBHOOKS,
}

MUTATIONS: dict[str, Rule] = {
    "addCustomer": WRITE_CUSTOMERS,
    "addCustomers": WRITE_CUSTOMERS,
    "updateCustomer": WRITE_CUSTOMERS,
    "deleteCustomer": WRITE_CUSTOMERS,
    "updateCustomers": WRITE_CUSTOMERS,
    "deleteCustomers": WRITE_CUSTOMERS,
    "cancelBulkChange": WRITE_CUSTOMERS,
    "restoreCustomer": WRITE_CUSTOMERS,
    "eraseCustomer": ERASE,
    "exportCustomerData": ERASE,
    "importCustomers": WRITE_CUSTOMERS,
    "cancelImport": WRITE_CUSTOMERS,
    "exportCustomers": READ_CUSTOMERS,
    "mergeCustomers": WRITE_MERGES,
    "mergeConversationCustomer": WRITE_MERGES,
    "unmergeCustomer": WRITE_MERGES,
    "setMainIdentity": WRITE_CUSTOMERS,
    "dismissDuplicate": WRITE_MERGES,
    "associate": WRITE_CUSTOMERS,
    "dissociate": WRITE_CUSTOMERS,
    "recordMessage": INGEST,
    "upsertConversation": INGEST,
    "upsertCompany": INGEST,
    "upsertTicket": INGEST,
    "upsertDeal": INGEST,
    "upsertTask": INGEST,
    "upsertOrder": INGEST,
    "upsertCampaign": INGEST,
    "recordCampaignInteraction": INGEST,
    "upsertPipeline": INGEST,
    "saveProperty": MANAGE_SETTINGS,
    "archiveProperty": MANAGE_SETTINGS,
    "restoreProperty": MANAGE_SETTINGS,
    "saveCustomerView": WRITE_CUSTOMERS,
    "deleteCustomerView": WRITE_CUSTOMERS,
    "saveGroup": WRITE_CUSTOMERS,
    "addToGroup": WRITE_CUSTOMERS,
    "removeFromGroup": WRITE_CUSTOMERS,
    "deleteGroup": WRITE_CUSTOMERS,
    "saveSegment": WRITE_CUSTOMERS,
    "deleteSegment": WRITE_CUSTOMERS,
    "saveTag": WRITE_CUSTOMERS,
    "tagCustomers": WRITE_CUSTOMERS,
    "untagCustomers": WRITE_CUSTOMERS,
    "deleteTag": WRITE_CUSTOMERS,
    "createBroadcast": WRITE_CUSTOMERS,
    "cancelBroadcast": WRITE_CUSTOMERS,
    "saveWebhookEndpoint": MANAGE_WEBHOOKS,
    "deleteWebhookEndpoint": MANAGE_WEBHOOKS,
    "replayWebhook": MANAGE_WEBHOOKS,
    "createApiKey": ADMINISTER,
    "revokeApiKey": ADMINISTER,
    "inviteUser": ADMINISTER,
}

SUBSCRIPTIONS: dict[str, Rule] = {
    "customerMerged": READ_MERGES,
    "customerUnmerged": READ_MERGES,
    "customerChanged": READ_CUSTOMERS,
    "events": READ_EVENTS,
    "importProgress": READ_CUSTOMERS,
}

EVENTS: dict[EventType, Rule] = {
    EventType.CUSTOMER_MERGED: READ_MERGES,
    EventType.CUSTOMER_UNMERGED: READ_MERGES,
}
"""What seeing events of a type asks beside what the field asks that they come from."""

TYPES: dict[str, Rule] = {
    # the frame of every answer
    "Query": ANYONE,
    "Mutation": ANYONE,
    "Subscription": ANYONE,
    "Node": ANYONE,
    "Payload": ANYONE,
    "PageInfo": ANYONE,
    "UserError": ANYONE,
    "Viewer": ANYONE,
    "Workspace": ANYONE,
    "User": READ_USERS,
    # the customer, and what is only ever reached from one
    "Customer": READ_CUSTOMERS,
    "ChannelIdentity": READ_CUSTOMERS,
    "MergeMember": READ_CUSTOMERS,
    "MessagingWindow": READ_CUSTOMERS,
    "PropertyValue": READ_CUSTOMERS,
    "ProductPurchase": READ_CUSTOMERS,
    "ActivityCounts": READ_CUSTOMERS,
    "Activity": READ_CUSTOMERS,
    "ProfileChange": READ_CUSTOMERS,
    "FieldChange": READ_CUSTOMERS,
    # the records around a customer
    "Channel": READ_RECORDS,
    "Conversation": READ_RECORDS,
    "Message": READ_RECORDS,
    "Company": READ_RECORDS,
    "Ticket": READ_RECORDS,
    "Deal": READ_RECORDS,
    "Task": READ_RECORDS,
    "Order": READ_RECORDS,
    "OrderItem": READ_RECORDS,
    "Campaign": READ_RECORDS,
    "CampaignAudience": READ_CUSTOMERS,
    "CampaignInteraction": READ_RECORDS,
    "InteractionCounts": READ_CUSTOMERS,
    "Pipeline": READ_RECORDS,
    "Stage": READ_RECORDS,
    # merging
    "Merge": READ_MERGES,
    "MergeEvent": READ_MERGES,
    "MergePreview": READ_MERGES,
    "MergeBlocker": READ_MERGES,
    "FieldPreview": READ_MERGES,
    "FieldValue": READ_MERGES,
    "DuplicateSuggestion": READ_MERGES,
    "DuplicateReason": READ_MERGES,
    # set-up
    "PropertyDefinition": READ_CUSTOMERS,
    "CustomerView": READ_CUSTOMERS,
    "ViewOmission": READ_CUSTOMERS,
    "Import": READ_CUSTOMERS,
    "ImportColumn": READ_CUSTOMERS,
    "ImportProblem": READ_CUSTOMERS,
    "Export": READ_CUSTOMERS,
    "BulkChange": READ_CUSTOMERS,
    "BulkChangeFailure": READ_CUSTOMERS,
    "ApiKey": ADMINISTER,
    # audience
    "Group": READ_CUSTOMERS,
    "Segment": READ_CUSTOMERS,
    "Tag": READ_CUSTOMERS,
    "CarriedTag": READ_CUSTOMERS,
    "SegmentPreview": READ_CUSTOMERS,
    "AudiencePreview": READ_CUSTOMERS,
    "AudienceAnalysis": READ_CUSTOMERS,
    # looking back
    "Monitoring": READ_CUSTOMERS,
    "MonitoringDay": READ_CUSTOMERS,
    "ContactReport": READ_CUSTOMERS,
    "ContactOverview": READ_CUSTOMERS,
    "ContactDay": READ_CUSTOMERS,
    "ContactLogEntry": READ_CUSTOMERS,
    "ContactLog": READ_CUSTOMERS,
    "SourceCount": READ_CUSTOMERS,
    "DayCount": READ_CUSTOMERS,
    "Event": READ_EVENTS,
    "WebhookEndpoint": MANAGE_WEBHOOKS,
    "WebhookDelivery": MANAGE_WEBHOOKS,
    "WebhookAttempt": MANAGE_WEBHOOKS,
}


def rule_of_type(name: str) -> Rule | None:
    """What reading into the type `name` asks; None where the table does not know the type.

    A connection and its edges ask what their nodes do. A payload is reached only from its mutation,
    which has a rule of its own. Introspection's types hold nothing of a workspace.
    """
    if (rule := TYPES.get(name)) is not None:
        return rule
    for suffix in ("Connection", "Edge"):
        if name.endswith(suffix):
            return TYPES.get(name.removesuffix(suffix))
    if name.endswith("Payload") or name.startswith("__"):
        return ANYONE
    return None


def rule_of_root_field(root: str, field: str) -> Rule | None:
    """What the field of Query, Mutation or Subscription asks; None where it has no rule."""
    if field.startswith("__"):
        return ANYONE
    tables = {"Query": QUERIES, "Mutation": MUTATIONS, "Subscription": SUBSCRIPTIONS}
    return tables[root].get(field)


def seen_events(actor: Actor) -> frozenset[EventType]:
    """The types of events that the actor may see; others are as if they were not."""
    return frozenset(type for type in EventType if type not in EVENTS or EVENTS[type].allows(actor))


def hidden_events(actor: Actor) -> list[str]:
    """The types of events that the actor may not see, as they are written."""
    return sorted(type.value for type in EventType if type not in seen_events(actor))


def may_read(actor: Actor, type_name: str) -> bool:
    """Whether the actor may read into the type; if not, answer as if there were nothing."""
    rule = rule_of_type(type_name)
    return rule is not None and rule.allows(actor)


def require(actor: Actor, mutation: str) -> None:
    """Hold the actor to the rule of the mutation called `mutation` in the schema.

    Raises Refusal FORBIDDEN, for the payload's `errors`.
    """
    rule = MUTATIONS.get(mutation)
    if rule is None or not rule.allows(actor):
        demand = rule.demand if rule else "a rule in the access table, which it does not have"
        raise Refusal(ErrorCode.FORBIDDEN, f"{mutation} needs {demand}.")
