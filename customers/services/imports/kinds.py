"""Kinds of files that are declared: columns, a row to a record, an upsert, and how to take it back.

Customers and sales have ways of their own, because a clinic brings millions of them. Every other
kind is one `ImportKind`; staging, chunks, resuming, dry runs, error files and pages come with it.

    declare(ImportKind(shape=APPOINTMENTS, record_of=…, upsert=…, …))

Another app declares its kinds in `AppConfig.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from customers.files.fields import KINDS, Kind
from customers.models import ImportFile
from customers.services.imports.chunks import Chunk, Prepared
from customers.services.imports.columns import Columns
from customers.services.imports.made_rows import MadeRows
from customers.services.imports.refused_rows import RefusedRows
from customers.services.imports.refusing import Problem, Tally
from customers.services.intake import Outcome

Values = Mapping[str, Any]  # field → value; a blank cell says nothing and is left out
Newer = Iterator[tuple[Any, int]]  # (what it is, how many)


def _nothing_newer(_file: ImportFile) -> Newer:
    yield from ()


@dataclass(frozen=True)
class Words:
    """%(created)s, %(updated)s, %(unchanged)s, %(refused)s and %(n_rows)s stand in the first two.

    to_import: what the button says; its `n` is that of the records.
    """

    checked: Any
    done: Any
    to_import: Callable[[int], str]


@dataclass(frozen=True)
class ImportKind:
    """record_of: what a row tells of, or why of nothing.

    upsert: (source=, records=, at=) → one outcome a record, in order.
    column_of: field of a record → our column, where they differ.
    made: the kind of `ImportedRows` that is noted of what was created; "": noted by the upsert.
    newer, take_back: see `reverting.py`; take_back counts what it did.
    """

    shape: Kind
    words: Words
    record_of: Callable[[Values], Any | Problem]
    upsert: Callable[..., list[Outcome]]
    column_of: Mapping[str, str] = field(default_factory=dict)
    made: str = ""
    newer: Callable[[ImportFile], Newer] = _nothing_newer
    take_back: Callable[[ImportFile, datetime], Mapping[str, int]] = lambda _file, _at: {}


_DECLARED: dict[str, ImportKind] = {}


def declare(kind: ImportKind) -> None:
    KINDS[kind.shape.name] = kind.shape
    _DECLARED[kind.shape.name] = kind


def declared(name: str) -> ImportKind | None:
    """None for customers and sales."""
    return _DECLARED.get(name)


def prepare_rows(chunk: Chunk, columns: Columns, kind: ImportKind) -> Prepared[Any]:
    """Every row of the chunk as a record, a repetition, or refused."""
    read = columns.read([group.rows[0] for group in chunk.groups])
    prepared = Prepared[Any](chunk.n_rows, chunk.next_position, read.normalised)
    named_by = kind.shape.named_by
    for position, group in enumerate(chunk.groups):
        problems = read.problems.get(position)
        is_repeated = group.is_same or (not named_by and group.repeats_line is not None)
        if problems is None and is_repeated:
            prepared.n_repeated += 1
            continue
        if problems is None and group.repeats_line is not None:
            problems = [Problem(named_by, "duplicate_row", {"line": group.repeats_line})]
        if problems is None:
            made = kind.record_of(_said(read.values, position))
            if not isinstance(made, Problem):
                prepared.taken.append((group, made))
                continue
            problems = [made]
        prepared.refused.append((group.rows[0], problems))
    return prepared


def _said(values: Mapping[str, Sequence[Any]], position: int) -> dict[str, Any]:
    return {name: v for name, column in values.items() if (v := column[position]) is not None}


def take_rows(
    prepared: Prepared[Any],
    kind: ImportKind,
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
    outcomes = kind.upsert(source=source, records=records, at=at) if records else []
    if kind.made:
        made.note(kind.made, outcomes)
    for (group, record), outcome in zip(prepared.taken, outcomes, strict=True):
        row = group.rows[0]
        if outcome.state == "refused":
            refused.add(row, [_problem(kind, record, outcome, source)])
            continue
        tally.count(outcome.state)
        if outcome.code:
            tally.remark(outcome.code, row.line, outcome.message, 1)


def _problem(kind: ImportKind, record: Any, outcome: Outcome, source: str) -> Problem:
    name = kind.column_of.get(outcome.field, outcome.field)
    number = getattr(record, "customer_external_id", None)
    if outcome.code == "unknown_customer" and number:
        return Problem(name, "unknown_customer_here", {"id": number, "source": source})
    return Problem(name, outcome.code, {}, outcome.message)
