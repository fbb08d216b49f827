"""Sales and refunds, many at once, with their lines, visits and events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from customers.models import Sale
from customers.services import before_images
from customers.services.bulk_rows import insert_rows, update_rows
from customers.services.intake.amounts import SALE
from customers.services.intake.batch import Batch
from customers.services.intake.customers import upsert_customers
from customers.services.intake.lookups import CustomerLookup
from customers.services.intake.records import (
    CustomerRecord,
    Door,
    Newcomers,
    Outcome,
    SaleRecord,
    State,
)
from customers.services.intake.sale_drafts import COLUMNS, Before, Draft, drafts_of
from customers.services.intake.sale_lines import NO_LINES, lines_as_they_stand, replace_lines
from customers.services.intake.visits import (
    Day,
    Fact,
    move_last_visits,
    recheck_visits,
    write_visits,
)
from customers.services.timeline import Event, record_events
from tenancy.clock import local_day

TOLD_ITEMS = 20  # of a sale on the timeline


@transaction.atomic
def upsert_sales(
    *,
    source: str,
    records: Sequence[SaleRecord],
    at: datetime,
    door: Door = "api",
    newcomers: Newcomers | None = None,
) -> list[Outcome]:
    """Create or update sales and refunds by (source, external id); one outcome a record, in order.

    newcomers: a customer, named by the id, is made for every unknown one; None: refused.
    """
    if not records:
        return []
    batch = Batch(source=source, records=records, at=at, door=door)
    lookup = CustomerLookup(batch, batch.standing.values())
    # Nothing is asked after this: a question would wait for all that is being written.
    before, _heard_by = Before(batch), batch.subscriptions
    if newcomers is not None:
        _create_customers(batch, lookup, newcomers)
    drafts = drafts_of(batch, lookup, before)
    changed = [draft for draft in drafts if draft.is_changed]
    write_visits(_facts(changed))
    _write_rows(batch, changed)
    _follow_visits(batch, changed)
    _tell(batch, changed)
    for draft in drafts:
        state: State = "updated" if draft.is_changed else "unchanged"
        batch.settle(draft.key, "created" if draft.before is None else state, draft.pk)
    return batch.outcomes()


def _create_customers(batch: Batch, lookup: CustomerLookup, newcomers: Newcomers) -> None:
    """Known since their first sale of this batch."""
    by_source: dict[str, list[CustomerRecord]] = {}
    for (source, external_id), records in lookup.unknown(batch.standing.values()).items():
        said = [r.occurred_at for r in records if isinstance(r, SaleRecord)]
        days = [day for day in said if day and day.tzinfo]
        since = local_day(batch.zone, min([*days, batch.at]))
        by_source.setdefault(source, []).append(
            CustomerRecord(
                external_id, name=external_id, known_since_on=since, tags=newcomers.tags or None
            )
        )
    for source, made in by_source.items():
        outcomes = upsert_customers(source=source, records=made, at=batch.at, door=batch.door)
        for record, outcome in zip(made, outcomes, strict=True):
            newcomers.outcomes[record.external_id] = outcome
            if outcome.id is not None:
                lookup.add((source, record.external_id), outcome.id)


def _write_rows(batch: Batch, changed: list[Draft]) -> None:
    stamps = {"created_at": batch.at, "updated_at": batch.at}
    new = [draft for draft in changed if draft.before is None]
    old = [draft for draft in changed if draft.before is not None]
    insert_rows(
        Sale,
        [
            {"id": d.pk, "source": batch.source, "external_id": d.key, **d.after, **stamps}
            for d in new
        ],
    )
    before_images.changing_sales([d.pk for d in old])
    update_rows(Sale, [{"id": d.pk, **d.after, "updated_at": batch.at} for d in old])
    _move_refunds([d.pk for d in old if (d.before or {})["occurred_on"] != d.after["occurred_on"]])
    relined = [draft for draft in changed if draft.has_new_lines]
    replace_lines(
        {draft.pk: draft.lines for draft in relined if draft.lines},
        outdated=[draft.pk for draft in relined if draft.lines_before],
    )


def _move_refunds(sale_ids: list[int]) -> None:
    """Refunds count towards the day of their sale, also when that day is corrected."""
    if sale_ids:
        day = Sale.objects.filter(pk=OuterRef("refund_of_id")).values("occurred_on")
        Sale.objects.filter(refund_of_id__in=sale_ids).update(counts_on=Subquery(day))


def _facts(changed: list[Draft]) -> list[Fact]:
    """Whoever bought something was here."""
    return [
        Fact(d.after["customer_id"], d.after["occurred_on"], d.after["branch_id"])
        for d in changed
        if d.after["kind"] == SALE
    ]


def _follow_visits(batch: Batch, changed: list[Draft]) -> None:
    """Last visits follow, and visits that nobody bought anything in any more go."""
    made = _facts(changed)
    move_last_visits(made, at=batch.at)
    gone: set[Day] = {
        (d.before["customer_id"], d.before["occurred_on"])
        for d in changed
        if d.before is not None and d.before["kind"] == SALE
    }
    recheck_visits(
        gone - {(fact.customer_id, fact.visited_on) for fact in made},
        clinic=batch.clinic,
        at=batch.at,
    )


def _tell(batch: Batch, changed: list[Draft]) -> None:
    events = []
    for draft in changed:
        after = draft.after
        lines = draft.lines_before if draft.lines is None else draft.lines
        payload = {
            "sale_id": draft.pk,
            "items": lines.names(TOLD_ITEMS),
            "n_lines": len(lines),
            "currency": after["currency"],
        }
        kind = "sale.recorded" if after["kind"] == SALE else "sale.refunded"
        events.append(
            Event(kind, after["customer_id"], after["occurred_at"], f"sale:{draft.pk}",
                  after["net_minor"], payload)
        )  # fmt: skip
    if events:
        record_events(events, at=batch.at, subscriptions=batch.subscriptions)


def as_they_stand(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """id → the row, for `follow_up`."""
    rows = Sale.objects.filter(pk__among=ids).values("id", "external_id", *COLUMNS)
    return {row["id"]: row for row in rows}


@transaction.atomic
def follow_up(*, before: Mapping[int, dict[str, Any]], at: datetime) -> None:
    """After sales were put back to what they were: visits, refunds' days and events follow.

    before: what `as_they_stand` said until then.
    """
    if not before:
        return
    batch = Batch(source="import", records=(), at=at, door="file")
    lines = lines_as_they_stand(before)
    drafts = []
    for pk, row in as_they_stand(list(before)).items():
        record, was = SaleRecord(row["external_id"]), before[pk]
        drafts.append(
            Draft(row["external_id"], record, was, lines.get(pk, NO_LINES), after=row, pk=pk)
        )
    moved = [d.pk for d in drafts if d.before and d.before["occurred_on"] != d.after["occurred_on"]]
    _move_refunds(moved)
    write_visits(_facts(drafts))
    _follow_visits(batch, drafts)
    _tell(batch, drafts)
