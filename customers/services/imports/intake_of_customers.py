"""One chunk of a customers' file through the intake."""

from __future__ import annotations

from datetime import datetime

from customers.models import ImportedRows
from customers.services.imports.chunks import Prepared
from customers.services.imports.customer_rows import FIELD_OF
from customers.services.imports.made_rows import MadeRows
from customers.services.imports.refused_rows import RefusedRows
from customers.services.imports.refusing import Problem, Tally
from customers.services.intake import CustomerRecord, upsert_customers


def take_customers(
    prepared: Prepared[CustomerRecord],
    *,
    source: str,
    at: datetime,
    tally: Tally,
    refused: RefusedRows,
    made: MadeRows,
) -> None:
    """Write what can be written; what cannot goes to `refused`, and all is counted in `tally`."""
    tally.n_unchanged += prepared.n_repeated
    records = [record for _group, record in prepared.taken]
    outcomes = upsert_customers(source=source, records=records, at=at, door="file")
    made.note(ImportedRows.Kind.CUSTOMER, outcomes)
    for (group, _record), outcome in zip(prepared.taken, outcomes, strict=True):
        row = group.rows[0]
        if outcome.state == "refused":
            field = FIELD_OF.get(outcome.field, outcome.field)
            refused.add(row, [Problem(field, outcome.code, {}, outcome.message)])
            continue
        tally.count(outcome.state)
        if outcome.code:
            tally.remark(outcome.code, row.line, outcome.message, 1)
