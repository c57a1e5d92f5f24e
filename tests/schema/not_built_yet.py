"""What the contract names and no issue has built yet. Who builds it takes its name out."""

NOT_BUILT_YET: frozenset[str] = frozenset()
