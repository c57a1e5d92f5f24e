"""Batches of rows that may be of customers who are there by anything that tells people apart."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from models import OnDuplicate
from models.base import new_id
from services.errors import ErrorCode
from services.importing.contact_holders import Holder
from services.importing.customer_batches import Batch, Known, Rules, shown
from services.importing.customer_rows import CustomerRow
from services.importing.matches import Matches, applied, hold_customers, without_external_id
from services.transactions import RetryTransaction, Transaction


class MatchingBatch(Batch):
    """Tells rows of new customers from those of customers who are there, or above."""

    def __init__(self, rules: Rules, tx: Transaction) -> None:
        super().__init__(rules, tx)
        assert rules.on_duplicate is not None
        self.policy = rules.on_duplicate
        self.matches = Matches(self.contacts, self.identities)
        self.held: dict[UUID, dict[str, Any]] = {}
        """Customers who are there, held for changing."""

    async def sort_out(self, rows: Sequence[CustomerRow]) -> None:
        """Find whom each row is of, and what is to become of them."""
        await self._load(rows)
        taken: set[UUID] = set()
        matched: list[tuple[UUID, CustomerRow]] = []
        found_by_it: set[UUID] = set()
        for row in rows:
            id = self.matches.find(row)
            if id is None:
                id = new_id()
                self.claim(row, Holder(id, row.values["full_name"]), row.values)
                self.matches.claim(row, id)
                self.new.append((id, row))
                taken.add(id)
            elif id in self.matches.deleted:
                self.fail_deleted(row, id, self.matches.deleted[id])
            elif self.policy is OnDuplicate.SKIP:
                self.outcome.skipped += 1
                if id not in taken:
                    taken.add(id)
                    matched.append((id, row))
            else:
                # Who comes below with what this row brings is the same customer.
                self.claim(row, Holder(id, row.values["full_name"]), row.values)
                known = self.matches.knows_external_id(row)
                self.matches.claim(row, id)
                if id in taken:
                    self.later.append(row)
                else:
                    taken.add(id)
                    matched.append((id, row))
                    if known:
                        found_by_it.add(id)
        if self.policy is not OnDuplicate.SKIP:
            await self._sort_matched(matched, found_by_it)
        elif self.rules.group_ids or self.rules.tag_ids:
            await self._sort_skipped(matched)

    async def _load(self, rows: Sequence[CustomerRow]) -> None:
        """Find whom rows name, and who has what the others are reached by.

        Of a row that names its customer only what would be new to them is looked up.
        """
        await self.matches.load(self.tx, rows)
        named = [self.matches.named(row) for row in rows]
        skipping = self.policy is OnDuplicate.SKIP
        if not skipping:
            await self._hold(id for id in named if id is not None)
        phones: set[str] = set()
        emails: set[str] = set()
        reached: list[CustomerRow] = []
        for row, id in zip(rows, named, strict=True):
            if skipping and id is not None:
                continue
            there = self.held.get(id) if id is not None else None
            phone, email = row.values.get("phone"), row.values.get("email")
            if phone is not None and (there is None or there["phone"] != phone):
                phones.add(phone)
            if email is not None and (there is None or there["email"] != email):
                emails.add(email.lower())
            reached.append(row)
        await self.contacts.load(self.tx, phones, emails)
        await self.identities.load(self.tx, reached)

    async def _hold(self, ids: Iterable[UUID]) -> None:
        """Hold customers for changing, those who are deleted left out."""
        more = {id for id in ids if id not in self.held and id not in self.matches.deleted}
        self.held |= await hold_customers(self.tx, more)

    async def _there(self, matched: Sequence[tuple[UUID, CustomerRow]]) -> list[dict[str, Any]]:
        """The customers of rows, held; raises RetryTransaction where a merge was quicker."""
        await self._hold(id for id, _ in matched)
        found = [self.held.get(id) for id, _ in matched]
        standing = [one for one in found if one is not None and one["merged_into_id"] is None]
        if len(standing) != len(matched):
            raise RetryTransaction
        return standing

    async def _sort_matched(
        self, matched: Sequence[tuple[UUID, CustomerRow]], found_by_it: Collection[UUID]
    ) -> None:
        """`found_by_it`: those whom their row's external id has found, be it a merged member's."""
        for (id, row), there in zip(matched, await self._there(matched), strict=True):
            own, told = there["external_id"], row.values.get("external_id")
            if told is not None and own != told and id in found_by_it:
                row, told = without_external_id(row), None
            if self.policy is OnDuplicate.UPDATE and own and told and own != told:
                who = shown(id, there["full_name"])
                self.fail(
                    row,
                    "externalId",
                    f"{ErrorCode.DUPLICATE}: the row is of customer {who}, who has the externalId "
                    f"{own}.",
                )
                continue
            self.sort_known(there, row, applied(row, there, self.policy))

    async def _sort_skipped(self, matched: Sequence[tuple[UUID, CustomerRow]]) -> None:
        """Those who are skipped come into the groups of all rows, and get their tags."""
        group_ids, tag_ids = list(self.rules.group_ids), list(self.rules.tag_ids)
        for (_, row), there in zip(matched, await self._there(matched), strict=True):
            if there["deleted_at"] is None:
                joins = replace(
                    row,
                    values={},
                    properties={},
                    identifier=None,
                    group_ids=group_ids,
                    tag_ids=tag_ids,
                )
                self.known.append(Known(there, joins, joins))
