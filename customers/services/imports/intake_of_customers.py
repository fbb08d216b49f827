"""One chunk of a customers' file through the intake."""

from __future__ import annotations

from datetime import datetime

from customers.services.imports.chunks import Group
from customers.services.imports.columns import Columns
from customers.services.imports.customer_rows import FIELD_OF, customer_of
from customers.services.imports.refused_rows import RefusedRows
from customers.services.imports.refusing import Problem, Tally
from customers.services.intake import CustomerRecord, upsert_customers


def take_customers(
    groups: list[Group],
    columns: Columns,
    *,
    source: str,
    at: datetime,
    tally: Tally,
    refused: RefusedRows,
) -> None:
    """Write what can be written; what cannot goes to `refused`, and all is counted in `tally`."""
    records: list[CustomerRecord] = []
    taken: list[Group] = []
    for group in groups:
        values, problems = columns.read(group.rows[0])
        if group.is_same and not problems:
            tally.n_unchanged += 1
            continue
        if group.repeats_line is not None and not problems:
            problems = [Problem("external_id", "duplicate_id", {"line": group.repeats_line})]
        if not problems:
            made = customer_of(values)
            if not isinstance(made, Problem):
                records.append(made)
                taken.append(group)
                continue
            problems = [made]
        refused.add(group.rows[0], problems)
    outcomes = upsert_customers(source=source, records=records, at=at, door="file")
    for group, outcome in zip(taken, outcomes, strict=True):
        row = group.rows[0]
        if outcome.state == "refused":
            field = FIELD_OF.get(outcome.field, outcome.field)
            refused.add(row, [Problem(field, outcome.code, {}, outcome.message)])
            continue
        tally.count(outcome.state)
        if outcome.code:
            tally.remark(outcome.code, row.line, outcome.message, 1)
