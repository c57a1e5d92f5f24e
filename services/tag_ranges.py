"""Who carries a tag: by hand, or by a lifetime value in the tag's range. Said once, in SQL.

Nothing is kept of those who carry one by their value: it is read from `customers.lifetime_value`,
so they enter and leave with the order, the merge or the refund that changes it, and with a change
of the range. Expressions name the workspace as `$1` in every table, and are never null.

A range begins with `ltv_min` and ends below `ltv_max`; a bound that is null is open. A tag without
bounds has no range: nobody carries it by themselves.
"""

HAS_RANGE = "({tag}.ltv_min IS NOT NULL OR {tag}.ltv_max IS NOT NULL)"
IN_RANGE = (
    f"({HAS_RANGE} AND {{value}} >= coalesce({{tag}}.ltv_min, '-infinity') "
    "AND {value} < coalesce({tag}.ltv_max, 'infinity'))"
)


def in_range(tag: str, value: str) -> str:
    """Whether a lifetime value lies in the range of a row of `tags`, both as SQL."""
    return IN_RANGE.format(tag=tag, value=value)


def by_hand(tags: str, customer: str) -> str:
    """Whether row `customer` carries one of `tags`, the SQL of a `uuid[]`, because somebody, an
    import or a member of theirs has given it."""
    return (
        "EXISTS (SELECT 1 FROM customer_tags carried WHERE carried.workspace_id = $1 "
        f"AND carried.customer_id = {customer}.id AND carried.tag_id = ANY({tags}))"
    )


def by_value(tags: str, customer: str) -> str:
    """Whether the lifetime value of row `customer` lies in the range of one of `tags`, a `uuid[]`.

    The ranges are united once for the whole statement, however many customers it looks at.
    """
    return (
        f"{customer}.lifetime_value <@ (SELECT coalesce("
        "range_agg(numrange(ranged.ltv_min, ranged.ltv_max)), '{}'::nummultirange) "
        f"FROM tags ranged WHERE ranged.workspace_id = $1 AND ranged.id = ANY({tags}) "
        f"AND {HAS_RANGE.format(tag='ranged')})"
    )


def carries_one_of(tags: str, customer: str) -> str:
    """Whether row `customer` (an alias of `customers`) carries one of `tags`, in either way.

    `tags` is the SQL of a `uuid[]`, a parameter as a rule: `carries_one_of("$4::uuid[]", "c")`.
    """
    return f"({by_value(tags, customer)} OR {by_hand(tags, customer)})"
