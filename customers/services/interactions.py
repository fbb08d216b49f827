"""Touches that are no visit and no purchase: told by other systems in bulk, or by the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer, Interaction
from customers.services.bulk_rows import insert_rows, new_ids, update_rows
from customers.services.intake import cleaning
from customers.services.intake.batch import Batch, Refused
from customers.services.intake.lookups import CustomerLookup
from customers.services.intake.records import Door, Outcome, State
from customers.services.timeline import Event, record_event, record_events
from tenancy.exceptions import DomainError
from tenancy.models import Membership

KIND = "interaction.recorded"
DESK = "desk"
COLUMNS = ("customer_id", "kind", "channel", "direction", "occurred_at", "summary", "by_id")
_FIELDS = {field.name: field for field in Interaction._meta.local_fields}


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    """kind, channel, direction: values of the model's choices. occurred_at: aware, not ahead.

    by: a member's display name or e-mail. A field left None keeps what we know.
    """

    external_id: str
    customer_external_id: str | None = None
    customer_source: str | None = None  # None: the batch's own source
    kind: str | None = None
    channel: str | None = None
    direction: str | None = None
    occurred_at: datetime | None = None
    summary: str | None = None
    by: str | None = None


@dataclass(slots=True)
class _Draft:
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    pk: int

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@transaction.atomic
def record_interactions(
    *, source: str, records: Sequence[InteractionRecord], at: datetime, door: Door = "api"
) -> list[Outcome]:
    """Create or update interactions by (source, external id); one outcome a record, in order.

    The same records again change nothing. A refused record never stops the others.
    """
    if not records:
        return []
    batch: Batch = Batch(source=source, records=records, at=at, door=door)
    drafts = _drafts(batch)
    _write(batch, drafts)
    events = [
        Event(KIND, d.after["customer_id"], d.after["occurred_at"], f"interaction:{d.pk}")
        for d in drafts
        if d.is_changed
    ]
    if events:
        record_events(events, at=at)
    for draft in drafts:
        known: State = "updated" if draft.is_changed else "unchanged"
        batch.settle(draft.key, "created" if draft.before is None else known, draft.pk)
    return batch.outcomes()


def _drafts(batch: Batch) -> list[_Draft]:
    lookup = CustomerLookup(batch, batch.standing.values())
    rows = Interaction.objects.filter(source=batch.source, external_id__in=list(batch.standing))
    known = {row.pop("external_id"): row for row in rows.values("external_id", "id", *COLUMNS)}
    drafts = []
    for key, record in batch.each():
        before = known.get(key)
        pk = before.pop("id") if before else 0
        try:
            drafts.append(_Draft(key, before, _after(batch, key, record, before, lookup), pk))
        except Refused as reason:
            batch.refuse(key, reason)
    return drafts


def _after(
    batch: Batch,
    key: str,
    record: InteractionRecord,
    before: dict[str, Any] | None,
    lookup: CustomerLookup,
) -> dict[str, Any]:
    """The row as it will stand. Raises Refused."""
    after = dict(before or dict.fromkeys(COLUMNS) | {"direction": "in", "summary": ""})
    if (customer_id := lookup.customer_id(record)) is not None:  # type: ignore[arg-type]
        after["customer_id"] = customer_id
    for name in ("kind", "channel", "direction"):
        if (value := getattr(record, name)) is not None:
            after[name] = cleaning.choice(_FIELDS[name], value)
    if record.summary is not None:
        after["summary"] = cleaning.text(_FIELDS["summary"], record.summary)
    if record.occurred_at is not None:
        after["occurred_at"] = cleaning.not_in_future(
            "occurred_at", record.occurred_at, at=batch.at
        )
    if record.by:
        after["by_id"] = batch.catalogue.consultant_id(record.by)
        if after["by_id"] is None:
            reason = Refused("by", "unknown_member", _("No single member is called like this."))
            batch.leave_out_or_refuse(key, reason)
    names = {"customer_id": "customer_external_id"}
    for name in ("customer_id", "kind", "channel", "occurred_at"):
        if not after[name]:
            raise Refused(names.get(name, name), "required", _("This is needed."))
    return after


def _write(batch: Batch, drafts: list[_Draft]) -> None:
    new = [draft for draft in drafts if draft.before is None]
    for draft, pk in zip(new, new_ids(Interaction, len(new)), strict=True):
        draft.pk = pk
    stamps = {"source": batch.source, "created_at": batch.at}
    insert_rows(Interaction, [{"id": d.pk, "external_id": d.key, **stamps, **d.after} for d in new])
    changed = [d for d in drafts if d.before is not None and d.is_changed]
    update_rows(Interaction, [{"id": d.pk, **d.after} for d in changed])


@transaction.atomic
def log_interaction(
    *,
    customer: Customer,
    kind: str,
    channel: str,
    direction: str,
    summary: str,
    occurred_at: datetime,
    by: Membership,
    key: str,
    at: datetime,
) -> Interaction:
    """What somebody at the desk noted; the same key again is the same interaction.

    Raises DomainError for a key that speaks of somebody else.
    """
    values = {
        "customer": customer,
        "kind": kind,
        "channel": channel,
        "direction": direction,
        "summary": summary,
        "occurred_at": occurred_at,
        "by": by,
    }
    made, is_new = Interaction.objects.get_or_create(source=DESK, external_id=key, defaults=values)
    if made.customer_id != customer.pk:
        raise DomainError(_("Reload the page and write it down again."), code="key_used")
    if is_new:
        source_key = f"interaction:{made.pk}"
        record_event(
            kind=KIND, customer=customer, occurred_at=occurred_at, source_key=source_key, at=at
        )
    return made
