"""What merging and unmerging do with each row that refers to a customer.

The one list of it: a test reads the database's catalogue and fails where a foreign key to customers
is not in it. Who adds such a table decides here what becomes of its rows.
"""

MOVES: tuple[str, ...] = (
    "channel_identities",
    "conversations",
    "campaign_interactions",
    "customer_companies",
    "customer_tickets",
    "customer_deals",
    "customer_tasks",
    "orders",
    "customer_groups",
    "customer_tags",
    "profile_changes",
)
"""Tables whose rows belong to a customer (`customer_id`) and came in with one
(`origin_customer_id`): a merge moves them to the main customer, and unmerging gives those back
whose origin the member is. The origin never changes."""

LARGE = frozenset({"conversations", "campaign_interactions", "orders", "profile_changes"})
"""Tables of which one customer may have so many rows that they move in pieces."""

STAYS: dict[tuple[str, str], str] = {
    **{
        (table, "origin_customer_id"): "it says with whom a row came in, and never changes"
        for table in MOVES
    },
    ("customers", "merged_into_id"): "it is what a merge sets and unmerging clears",
    ("merges", "main_id"): "the record of a merge keeps whose it was",
    ("merge_members", "main_id"): "the record of a merge keeps whose it was",
    ("merge_members", "customer_id"): "the record of a merge keeps who was merged",
    ("merge_values", "main_id"): "the stacks of a main customer who is merged are taken apart",
    ("merge_values", "customer_id"): "it names the giver, whose values unmerging takes back",
    ("property_index_entries", "customer_id"): "it follows customers.properties, of each customer",
    ("customer_segments", "customer_id"): "it follows the segment's criteria, of each customer",
    ("duplicate_suggestions", "first_customer_id"): "it is of two profiles, whoever they belong to",
    ("duplicate_suggestions", "second_customer_id"): "it is of two profiles, whoever they belong "
    "to",
}
"""Foreign keys to customers that no merge moves, each with the reason."""
