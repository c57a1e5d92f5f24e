"""The fields of every customer that criteria compare, and how each stands in SQL.

Text is compared as the index of custom properties keeps it: folded, its first 200 characters.
"""

import sys
import unicodedata
from dataclasses import dataclass
from functools import cache

from models import Acquisition, ChannelKind, PropertyDefinition, PropertyType
from services.property_built_ins import BY_KEY
from services.property_indexes import INDEXED_CHARACTERS


@cache
def marks() -> str:
    """The regular expression of all characters that `services.texts.fold` takes for accents."""
    ranges: list[tuple[int, int]] = []
    for code in range(0x300, sys.maxunicode + 1):
        if unicodedata.combining(chr(code)):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1] = (ranges[-1][0], code)
            else:
                ranges.append((code, code))
    inside = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return f"[{inside}]+"


def folded(column: str) -> str:
    """SQL that folds a text as `services.texts.fold` does, quickly where it is plain ASCII.

    `{marks}` in it stands for a parameter: what `marks` says.
    """
    lower = f"""lower({column} COLLATE "pg_c_utf8")"""
    plain = f"normalize(replace(replace({lower}, 'ß', 'ss'), 'ς', 'σ'), NFKD)"
    slow = f"regexp_replace(regexp_replace({plain}, {{marks}}, '', 'g'), '\\s+', ' ', 'g')"
    return (
        f"CASE WHEN octet_length({column}) = char_length({column}) AND strpos({column}, '  ') = 0 "
        f"THEN left(lower({column}), {INDEXED_CHARACTERS}) "
        f"ELSE left(btrim({slow}), {INDEXED_CHARACTERS}) END"
    )


@dataclass(frozen=True)
class CustomerField:
    """A field: its SQL on row `c`, in the form in which values are compared."""

    key: str
    type: PropertyType
    sql: str
    concern: str = "PROFILE"
    options: tuple[str, ...] = ()

    @property
    def definition(self) -> PropertyDefinition:
        """The field as a property, for what operators and values fit it."""
        return PropertyDefinition(key=self.key, type=self.type, options=list(self.options))


def _user(column: str) -> str:
    return f"'usr_' || replace({column}::text, '-', '')"


COLUMNS = {
    "fullName": f"left(c.name_key, {INDEXED_CHARACTERS})",
    "owner": _user("c.owner_id"),
    "assignee": _user("c.assignee_id"),
    "channel": "lower(c.source)",
    "username": folded("c.username"),
    "phone": "c.phone",
    "email": folded("c.email"),
    "status": "lower(c.status)",
    "jobTitle": folded("c.job_title"),
    "province": folded("c.province"),
    "regencyCity": folded("c.regency_city"),
    "district": folded("c.district"),
    "subdistrict": folded("c.subdistrict"),
    "zipCode": folded("c.zip_code"),
}
MORE = (
    CustomerField("externalId", PropertyType.TEXT, folded("c.external_id")),
    CustomerField(
        "source", PropertyType.SINGLE_SELECT, "lower(c.source)", options=tuple(ChannelKind)
    ),
    CustomerField(
        "acquisition",
        PropertyType.SINGLE_SELECT,
        "lower(c.acquisition)",
        options=tuple(Acquisition),
    ),
    CustomerField("lifetimeValue", PropertyType.DECIMAL, "c.lifetime_value", "ORDERS"),
    CustomerField("createdAt", PropertyType.DATETIME, "c.created_at"),
    CustomerField("updatedAt", PropertyType.DATETIME, "c.updated_at"),
    CustomerField("firstContactedAt", PropertyType.DATETIME, "c.first_contacted_at", "MESSAGES"),
    CustomerField("lastInboundAt", PropertyType.DATETIME, "c.last_inbound_at", "WINDOW"),
)
"""Fields of Customer that are no built-in properties: what nobody types in."""
FIELDS: dict[str, CustomerField] = {
    **{
        key: CustomerField(key, BY_KEY[key].type, sql, options=BY_KEY[key].options)
        for key, sql in COLUMNS.items()
    },
    **{one.key: one for one in MORE},
}
