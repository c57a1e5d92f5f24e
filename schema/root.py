"""The schema: it composes what the entities' files define, and nothing else."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from schema.merges import Merge
from schema.mutations.api_keys import ApiKeyMutations
from schema.mutations.associations import AssociationMutations
from schema.mutations.broadcasts import BroadcastMutations
from schema.mutations.bulk_changes import BulkChangeMutations
from schema.mutations.campaigns import CampaignMutations
from schema.mutations.companies import CompanyMutations
from schema.mutations.conversations import ConversationMutations
from schema.mutations.customers import CustomerMutations
from schema.mutations.deals import DealMutations
from schema.mutations.duplicates import DuplicateMutations
from schema.mutations.erasures import ErasureMutations
from schema.mutations.exports import ExportMutations
from schema.mutations.groups import GroupMutations
from schema.mutations.imports import ImportMutations
from schema.mutations.merges import MergeMutations
from schema.mutations.orders import OrderMutations
from schema.mutations.pipelines import PipelineMutations
from schema.mutations.properties import PropertyMutations
from schema.mutations.segments import SegmentMutations
from schema.mutations.tags import TagMutations
from schema.mutations.tasks import TaskMutations
from schema.mutations.tickets import TicketMutations
from schema.mutations.views import ViewMutations
from schema.mutations.webhooks import WebhookMutations
from schema.profile_changes import ProfileChange
from schema.properties import PropertyDefinition
from schema.queries import Query
from schema.scalars import SCALARS
from schema.subscriptions import Subscription

CONFIG = StrawberryConfig(scalar_map=SCALARS)


@strawberry.type(
    description="What can be changed. A change is committed before its answer is read; a refusal "
    "is data in `errors`."
)
class Mutation(
    CustomerMutations,
    ErasureMutations,
    BulkChangeMutations,
    ImportMutations,
    ExportMutations,
    GroupMutations,
    SegmentMutations,
    TagMutations,
    MergeMutations,
    AssociationMutations,
    PropertyMutations,
    ViewMutations,
    ConversationMutations,
    CompanyMutations,
    TicketMutations,
    DealMutations,
    TaskMutations,
    OrderMutations,
    CampaignMutations,
    BroadcastMutations,
    PipelineMutations,
    DuplicateMutations,
    WebhookMutations,
    ApiKeyMutations,
):
    """Writing."""


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Merge, ProfileChange, PropertyDefinition],
    config=CONFIG,
)
"""The types named beside are those that only `node` and `Activity.subject` answer with."""
