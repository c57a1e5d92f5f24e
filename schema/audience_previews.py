"""Audiences: whom a broadcast is to reach, and whom it would."""

from typing import Annotated, Any

import strawberry

import models
from resolvers import audiences
from resolvers.ids import parse_id
from schema.customers import Customer
from schema.givens import LEFT_OUT, given_or_none
from services.audiences import MOST_IDS, MOST_SOURCES, SAMPLE, Audience
from services.audiences import AudiencePreview as Preview

SOURCES = f"At most {MOST_SOURCES} ids."


def _optional(description: str) -> Any:
    return strawberry.field(default=LEFT_OUT, description=description)


@strawberry.input(
    description="Whom to reach: all who are named in any of the lists, without those who are "
    "excluded. Each person once, with all who were merged into them."
)
class AudienceInput:
    """An audience."""

    group_ids: list[strawberry.ID] | None = _optional(f"Who is in these groups. {SOURCES}")
    segment_ids: list[strawberry.ID] | None = _optional(f"Who is in these segments. {SOURCES}")
    tag_ids: list[strawberry.ID] | None = _optional(
        f"Who carries these tags, by hand or by their lifetime value. {SOURCES}"
    )
    customer_ids: list[strawberry.ID] | None = _optional(
        f"These customers; one who was merged away stands for the main customer. At most "
        f"{MOST_IDS:,} ids."
    )
    exclude_group_ids: list[strawberry.ID] | None = _optional(
        f"But nobody who is in one of these groups. {SOURCES}"
    )
    exclude_tag_ids: list[strawberry.ID] | None = _optional(
        f"But nobody who carries one of these tags. {SOURCES}"
    )
    channel: models.ChannelKind | None = _optional(
        "Only on this platform: by the main channel where it is of it, else by the identity there "
        "that they wrote from last. Left out: each one on their main channel."
    )
    window: models.WindowStatus | None = _optional(
        "Only those whose messaging window is open (ACTIVE) at this instant, or is not (PASSIVE)."
    )

    def audience(self, *path: str) -> Audience:
        """The audience; a Refusal (INVALID) at the list and index of what is no id of its kind."""

        def ids(name: str, model: Any, given: Any) -> list[Any]:
            found = given_or_none(given) or []
            return [parse_id(id, model, *path, name, str(index)) for index, id in enumerate(found)]

        return Audience(
            group_ids=ids("groupIds", models.Group, self.group_ids),
            segment_ids=ids("segmentIds", models.Segment, self.segment_ids),
            tag_ids=ids("tagIds", models.Tag, self.tag_ids),
            customer_ids=ids("customerIds", models.Customer, self.customer_ids),
            exclude_group_ids=ids("excludeGroupIds", models.Group, self.exclude_group_ids),
            exclude_tag_ids=ids("excludeTagIds", models.Tag, self.exclude_tag_ids),
            channel=given_or_none(self.channel),
            window=given_or_none(self.window),
        )


@strawberry.type(
    description="Whom a broadcast to an audience would reach. Each time that somebody is named is "
    "a name, and matched = recipients + duplicatesAvoided + unreachable."
)
class AudiencePreview:
    """A view over services.audiences.AudiencePreview."""

    matched: int = strawberry.field(
        description="How many names the audience has: each membership of a group, segment or tag "
        "(a merged member's own, too) and each id counts, for those who are neither deleted nor "
        "excluded, and whose window is as it was asked."
    )
    recipients: int = strawberry.field(
        description="How many people would get a message: each once, on one channel."
    )
    duplicates_avoided: int = strawberry.field(
        description="How many of the names are people whom another name has counted already, as a "
        "recipient or as unreachable."
    )
    unreachable: int = strawberry.field(
        description="How many people have no identity to be reached by on the channel."
    )

    @strawberry.field(description=f"Some of the recipients: {SAMPLE}, or all where they are fewer.")
    async def sample(root: strawberry.Parent[Preview], info: strawberry.Info) -> list[Customer]:
        """The first of them."""
        return await audiences.sample_of(info.context, root)


@strawberry.type
class AudienceQueries:
    """The root field that previews an audience."""

    @strawberry.field(
        description="Whom createBroadcast would reach with the same audience at this instant, each "
        "person once. Changes nothing."
    )
    async def audience_preview(
        self,
        info: strawberry.Info,
        input: Annotated[AudienceInput, strawberry.argument(description="The audience.")],
    ) -> AudiencePreview:
        """Whom it would reach."""
        found: Any = await audiences.audience_preview(info.context, input.audience())
        return found  # type: ignore[no-any-return]
