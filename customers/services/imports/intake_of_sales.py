"""One chunk of a sales file through the intake, and the customers it makes on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from customers.models import Identity, ImportedRows
from customers.services.imports.chunks import Group, Prepared
from customers.services.imports.made_rows import MadeRows
from customers.services.imports.refused_rows import RefusedRows
from customers.services.imports.refusing import Problem, Tally
from customers.services.imports.sale_rows import FIELD_OF
from customers.services.intake import (
    Newcomers,
    Outcome,
    SaleRecord,
    upsert_sales,
)


@dataclass
class SalesIntake:
    """What stays the same from chunk to chunk.

    created: customer numbers made by us; n_created_before: by a run that we go on with.
    refunded, kept: a dry run takes back each chunk; sales that later refunds name are kept, so
    that the refunds can be tried together with them. None: no dry run.
    """

    source: str
    at: datetime
    creates_customers: bool
    refunded: frozenset[str] = frozenset()
    kept: dict[str, SaleRecord] | None = None
    n_created_before: int = 0
    created: set[str] = field(default_factory=set)

    def take(
        self,
        prepared: Prepared[SaleRecord],
        tally: Tally,
        refused: RefusedRows,
        made: MadeRows,
    ) -> None:
        """Write what can be written; what cannot goes to `refused`, and all is counted."""
        records = [record for _group, record in prepared.taken]
        n_before = self._put_kept_first(records)
        newcomers = Newcomers(tags=(_("From a sales file"),)) if self.creates_customers else None
        outcomes = upsert_sales(
            source=self.source, records=records, at=self.at, door="file", newcomers=newcomers
        )
        if newcomers is not None:
            self._note_newcomers(newcomers, tally, made)
        made.note(ImportedRows.Kind.SALE, outcomes[n_before:])
        for (group, record), outcome in zip(prepared.taken, outcomes[n_before:], strict=True):
            self._note(group, record, outcome, tally, refused)

    def _note(
        self,
        group: Group,
        record: SaleRecord,
        outcome: Outcome,
        tally: Tally,
        refused: RefusedRows,
    ) -> None:
        if outcome.state == "refused":
            problem = self._problem(record, outcome)
            for row in group.rows:
                refused.add(row, [problem])
            return
        tally.count(outcome.state)
        if outcome.code:
            tally.remark(outcome.code, group.rows[0].line, outcome.message, len(group.rows))
        if self.kept is not None and record.external_id in self.refunded:
            self.kept[record.external_id] = record

    def _problem(self, record: SaleRecord, outcome: Outcome) -> Problem:
        name = FIELD_OF.get(outcome.field, outcome.field)
        if outcome.code == "unknown_customer" and record.customer_external_id:
            params = {"id": record.customer_external_id, "source": self.source}
            return Problem(name, outcome.code, params)
        return Problem(name, outcome.code, {}, outcome.message)

    def _put_kept_first(self, records: list[SaleRecord]) -> int:
        """In a dry run, put the sales these refunds name before them; how many."""
        if not self.kept:
            return 0
        named = {r.refund_of: self.kept[r.refund_of] for r in records if r.refund_of in self.kept}
        records[:0] = named.values()
        return len(named)

    def _note_newcomers(self, newcomers: Newcomers, tally: Tally, made: MadeRows) -> None:
        made.note(ImportedRows.Kind.CUSTOMER, newcomers.outcomes.values())
        came = newcomers.outcomes.items()
        self.created.update(key for key, outcome in came if outcome.state == "created")
        tally.n_customers_created = self.n_created_before + len(self.created)


def knows_any(numbers: Iterable[str], *, source: str) -> bool:
    """Whether this source has told us of one of the customer numbers before."""
    return Identity.objects.filter(source=source, external_id__among=numbers).exists()
