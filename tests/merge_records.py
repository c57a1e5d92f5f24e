"""A maker of merges, and of suggestions to merge: rows written straight to the tables."""

from decimal import Decimal
from typing import Any

import models
from tests.rows import Rows


class MergeRecords(Rows):
    """Merges and duplicate suggestions of one workspace."""

    def merge(
        self, main: models.Customer, *members: models.Customer, **values: Any
    ) -> models.Merge:
        """Merge customers into a main one: the record, and what it says of each member."""
        row = self.add(
            models.Merge,
            **{
                "main_id": main.id,
                "source": models.MergeSource.CUSTOMER_PAGE,
                "strategy": models.SurvivorshipStrategy.FILL_GAPS,
                "values_before": {},
                "merged_at": self.now,
                **values,
            },
        )
        for member in members:
            member.merged_into_id = main.id
            self.add(
                models.MergeMember,
                merge_id=row.id,
                main_id=main.id,
                customer_id=member.id,
                values={},
                merged_at=row.merged_at,
                merged_by_id=row.user_id,
            )
        main.member_count += len(members)
        return row

    def duplicate(
        self,
        one: models.Customer,
        other: models.Customer,
        score: str = "0.9000",
        **values: Any,
    ) -> models.DuplicateSuggestion:
        """A suggestion that two customers are one person."""
        first, second = sorted((one.id, other.id))
        return self.add(
            models.DuplicateSuggestion,
            **{
                "first_customer_id": first,
                "second_customer_id": second,
                "score": Decimal(score),
                "reasons": [
                    {"field": "phone", "kind": "SAME", "weight": 0.6},
                    {"field": "fullName", "kind": "SIMILAR", "weight": 0.3},
                ],
                **self._times(),
                **values,
            },
        )
