"""What the contract names and no issue has built yet. Who builds it takes its name out."""

NOT_BUILT_YET: frozenset[str] = frozenset(
    {
        "BoughtCondition",
        "CampaignCondition",
        "MessageCondition",
        "Mutation.deleteSegment",
        "Mutation.saveSegment",
        "OrderCondition",
        "OrderMeasure",
        "Query.segmentPreview",
        "SegmentCriteria",
        "SegmentInput",
        "SegmentPayload",
        "SegmentPreview",
    }
)
