"""The enums of models and services, registered with their descriptions.

In one place, which is read before any type: Strawberry would make a second enum of one that a type
has named before it was registered.
"""

import strawberry

import models
from resolvers.loaders.timelines import ActivityKind
from services.duplicates.scoring import ReasonKind
from services.errors import ErrorCode
from services.merging.previews import MergeBlockerCode
from services.periods import PeriodPreset
from services.property_filters import Operator
from services.views import ViewPart

strawberry.enum(ActivityKind, description="What a line of a timeline tells of.")
strawberry.enum(models.BulkChangeKind, description="What a bulk change does to each customer.")
strawberry.enum(models.BulkChangeStatus, description="Where a bulk change stands.")
strawberry.enum(models.CampaignStatus, description="Where a campaign stands.")
strawberry.enum(
    models.CampaignInteractionStatus,
    description="What became of a campaign's message to one customer.",
)
strawberry.enum(models.ChannelKind, description="The platform of a channel.")
strawberry.enum(models.ConversationStatus, description="Where a conversation stands.")
strawberry.enum(models.MessageDirection, description="Who wrote: the customer, or the business.")
strawberry.enum(models.CustomerStatus, description="How far a customer is on the way to buying.")
strawberry.enum(models.Acquisition, description="How a customer came into the workspace.")
strawberry.enum(
    models.WindowStatus, description="Whether a customer may be written to freely on WhatsApp."
)
strawberry.enum(
    models.ApprovalStatus, description="Whether someone has to agree to a deal, and did."
)
strawberry.enum(
    PeriodPreset,
    description="A period with a name: whole days in the workspace's time zone, today the last.",
)
strawberry.enum(models.ImportStatus, description="Where an import stands.")
strawberry.enum(MergeBlockerCode, description="Why a merge is not possible.")
strawberry.enum(ReasonKind, name="DuplicateReasonKind", description="How two values agree.")
strawberry.enum(
    models.OnDuplicate,
    description="What an import does to customers who are there already. SKIP: nothing. UPDATE: "
    "the file's values replace theirs, but for blank cells. MERGE_GAPS: the file's values fill "
    "what they have nothing in.",
)
strawberry.enum(models.ExportStatus, description="Where an export stands.")
strawberry.enum(
    models.ExportFormat,
    description="A file's format. CSV and XLSX: a header and a row a customer. JSONL: a JSON "
    "object a line.",
)
strawberry.enum(models.LogSource, description="Where a change of a contact came from.")
strawberry.enum(models.MergeSource, description="Where a merge was asked for.")
strawberry.enum(
    models.SurvivorshipStrategy,
    description="Which value the main customer has after a merge. FILL_GAPS unless told.",
)
strawberry.enum(
    models.OrderStatus,
    description="Where an order stands. Only a paid one counts into the lifetime value.",
)
strawberry.enum(
    ErrorCode,
    description="Why something was refused. Codes are stable; messages may be worded anew.",
)
strawberry.enum(models.PipelineKind, description="What goes through a pipeline.")
strawberry.enum(models.EventType, description="What happened.")
strawberry.enum(
    models.DeliveryStatus,
    description="Where a delivery stands: PENDING before its first attempt, FAILED while another "
    "one follows, DEAD when none does.",
)
strawberry.enum(models.Priority, description="How soon something wants to be seen to.")
strawberry.enum(models.PropertyType, description="The type of a property's values.")
strawberry.enum(Operator, description="How a value is compared.")
strawberry.enum(ViewPart, description="A part of a view of the table of customers.")
strawberry.enum(models.TaskStatus, description="Where a task stands.")
strawberry.enum(models.SlaStatus, description="Whether the promised time of a ticket is kept.")
strawberry.enum(models.Role, description="What someone may do in the workspace.")
