"""What the measured queries select, said once: the peers' queries, views and statements follow."""

from dataclasses import dataclass

CUSTOMER_FIELDS = {
    "id": "id",
    "externalId": "external_id",
    "fullName": "full_name",
    "phone": "phone",
    "email": "email",
    "username": "username",
    "source": "source",
    "status": "status",
    "jobTitle": "job_title",
    "province": "province",
    "regencyCity": "regency_city",
    "district": "district",
    "subdistrict": "subdistrict",
    "zipCode": "zip_code",
    "acquisition": "acquisition",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "firstContactedAt": "first_contacted_at",
    "lifetimeValue": "lifetime_value",
}
"""A customer's scalars in the API, and their columns."""
LIST_FIELDS = ("id", "fullName", "phone", "email", "source", "status", "updatedAt", "lifetimeValue")


@dataclass(frozen=True)
class Children:
    """A collection of a customer: its name in the API, its table, order and fields.

    `through` is the table that ties its rows to customers by the column `tied`, where there is one.
    """

    name: str
    table: str
    prefix: str
    order: str
    descending: bool
    fields: dict[str, str]
    through: str | None = None
    tied: str = "id"

    @property
    def direction(self) -> str:
        """The order's direction in SQL."""
        return "DESC" if self.descending else "ASC"

    @property
    def visible(self) -> str:
        """What hides rows `r` from the API."""
        return "AND r.visible_until > now()" if self.name == "campaigns" else ""


CHILDREN = (
    Children(
        "conversations",
        "conversations",
        "cnv",
        "activity_at",
        True,
        {
            "id": "id",
            "externalId": "external_id",
            "status": "status",
            "lastMessagePreview": "last_message_preview",
            "lastMessageAt": "last_message_at",
            "unreadCount": "unread_count",
            "openedAt": "opened_at",
            "resolvedAt": "resolved_at",
        },
    ),
    Children(
        "campaigns",
        "campaign_interactions",
        "cin",
        "sent_at",
        True,
        {
            "id": "id",
            "externalId": "external_id",
            "status": "status",
            "sentAt": "sent_at",
            "deliveredAt": "delivered_at",
            "readAt": "read_at",
            "repliedAt": "replied_at",
            "visibleUntil": "visible_until",
        },
    ),
    Children(
        "companies",
        "companies",
        "com",
        "name",
        False,
        {
            "id": "id",
            "externalId": "external_id",
            "name": "name",
            "industry": "industry",
            "website": "website",
            "phone": "phone",
        },
        "customer_companies",
        "company_id",
    ),
    Children(
        "tickets",
        "tickets",
        "tkt",
        "created_at",
        True,
        {
            "id": "id",
            "externalId": "external_id",
            "number": "number",
            "subject": "subject",
            "priority": "priority",
            "slaStatus": "sla_status",
            "slaDueAt": "sla_due_at",
            "createdAt": "created_at",
            "closedAt": "closed_at",
        },
        "customer_tickets",
        "ticket_id",
    ),
    Children(
        "deals",
        "deals",
        "dea",
        "created_at",
        True,
        {
            "id": "id",
            "externalId": "external_id",
            "name": "name",
            "amount": "amount",
            "currency": "currency",
            "priority": "priority",
            "approvalStatus": "approval_status",
            "expectedCloseOn": "expected_close_on",
            "closedAt": "closed_at",
            "won": "won",
            "createdAt": "created_at",
        },
        "customer_deals",
        "deal_id",
    ),
    Children(
        "tasks",
        "tasks",
        "tsk",
        "created_at",
        True,
        {
            "id": "id",
            "externalId": "external_id",
            "title": "title",
            "status": "status",
            "priority": "priority",
            "dueAt": "due_at",
            "completedAt": "completed_at",
            "createdAt": "created_at",
        },
        "customer_tasks",
        "task_id",
    ),
)
"""The six collections."""
DETAIL_ROWS = 20
LIST_ROWS = 5
LIST_CUSTOMERS = 50
