"""What the contract names and no issue has built yet. Who builds it takes its name out."""

NOT_BUILT_YET: frozenset[str] = frozenset(
    {
        "AudienceAnalysis",
        "AudienceInput",
        "AudiencePreview",
        "BoughtCondition",
        "BroadcastInput",
        "CampaignCondition",
        "DayCount",
        "Group.analysis",
        "MessageCondition",
        "Monitoring",
        "MonitoringDay",
        "Mutation.createBroadcast",
        "Mutation.deleteSegment",
        "Mutation.saveSegment",
        "OrderCondition",
        "OrderMeasure",
        "Query.audiencePreview",
        "Query.monitoring",
        "Query.segmentPreview",
        "Segment.analysis",
        "SegmentCriteria",
        "SegmentInput",
        "SegmentPayload",
        "SegmentPreview",
    }
)
