"""Tortoise models, one file an entity, with the enums beside their owners."""

from models.api_keys import ApiKey
from models.bulk_changes import (
    BulkChange,
    BulkChangeBatch,
    BulkChangeFailure,
    BulkChangeKind,
    BulkChangeStatus,
)
from models.campaigns import (
    BroadcastBatch,
    Campaign,
    CampaignInteraction,
    CampaignInteractionStatus,
    CampaignStatus,
)
from models.channels import Channel, ChannelKind
from models.companies import Company, CustomerCompany
from models.contact_logs import ContactLog, ContactLogDay, ContactLogKind, LogSource
from models.conversations import Conversation, ConversationStatus, Message, MessageDirection
from models.customers import Acquisition, Customer, CustomerStatus, WindowStatus
from models.deals import ApprovalStatus, CustomerDeal, Deal
from models.duplicates import (
    DuplicateComparison,
    DuplicateKey,
    DuplicateStatus,
    DuplicateSuggestion,
)
from models.events import Event, EventType
from models.groups import CustomerGroup, Group
from models.identities import ChannelIdentity
from models.imports import (
    Export,
    ExportFormat,
    ExportStatus,
    Import,
    ImportKind,
    ImportStatus,
    OnDuplicate,
    Upload,
)
from models.jobs import IdempotencyKey, JobKind, JobRun
from models.merges import Merge, MergeMember, MergeSource, MergeValue, SurvivorshipStrategy
from models.monitoring import AudienceKind, AudienceSize, MonitoringDay
from models.orders import Order, OrderItem, OrderStatus
from models.pipelines import Pipeline, PipelineKind, Priority, Stage
from models.profile_changes import ProfileChange
from models.properties import PropertyDefinition, PropertyIndexEntry, PropertyType
from models.segments import CustomerSegment, Segment, SegmentRefresh
from models.tags import CustomerTag, Tag
from models.tasks import CustomerTask, Task, TaskStatus
from models.tickets import CustomerTicket, SlaStatus, Ticket
from models.users import Role, User
from models.views import CustomerView
from models.webhooks import DeliveryStatus, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from models.workspaces import Counter, Workspace

__all__ = [
    "Acquisition",
    "ApiKey",
    "ApprovalStatus",
    "AudienceKind",
    "AudienceSize",
    "BroadcastBatch",
    "BulkChange",
    "BulkChangeBatch",
    "BulkChangeFailure",
    "BulkChangeKind",
    "BulkChangeStatus",
    "Campaign",
    "CampaignInteraction",
    "CampaignInteractionStatus",
    "CampaignStatus",
    "Channel",
    "ChannelIdentity",
    "ChannelKind",
    "Company",
    "ContactLog",
    "ContactLogDay",
    "ContactLogKind",
    "Conversation",
    "ConversationStatus",
    "Counter",
    "Customer",
    "CustomerCompany",
    "CustomerDeal",
    "CustomerGroup",
    "CustomerSegment",
    "CustomerStatus",
    "CustomerTag",
    "CustomerTask",
    "CustomerTicket",
    "CustomerView",
    "Deal",
    "DeliveryStatus",
    "DuplicateComparison",
    "DuplicateKey",
    "DuplicateStatus",
    "DuplicateSuggestion",
    "Event",
    "EventType",
    "Export",
    "ExportFormat",
    "ExportStatus",
    "Group",
    "IdempotencyKey",
    "Import",
    "ImportKind",
    "ImportStatus",
    "JobKind",
    "JobRun",
    "LogSource",
    "Merge",
    "MergeMember",
    "MergeSource",
    "MergeValue",
    "Message",
    "MessageDirection",
    "MonitoringDay",
    "OnDuplicate",
    "Order",
    "OrderItem",
    "OrderStatus",
    "Pipeline",
    "PipelineKind",
    "Priority",
    "ProfileChange",
    "PropertyDefinition",
    "PropertyIndexEntry",
    "PropertyType",
    "Role",
    "Segment",
    "SegmentRefresh",
    "SlaStatus",
    "Stage",
    "SurvivorshipStrategy",
    "Tag",
    "Task",
    "TaskStatus",
    "Ticket",
    "Upload",
    "User",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WindowStatus",
    "Workspace",
]
