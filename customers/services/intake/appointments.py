"""Appointments, many at once, and the visits and events they make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Appointment
from customers.services import before_images
from customers.services.bulk_rows import insert_rows, new_ids, update_rows
from customers.services.intake import cleaning
from customers.services.intake.batch import Batch, Refused
from customers.services.intake.lookups import CustomerLookup, take_places
from customers.services.intake.records import AppointmentRecord, Door, Outcome, State
from customers.services.intake.visits import Day, Fact, add_visits, recheck_visits
from customers.services.timeline import Event, move_events, record_events, take_back_events
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id

COLUMNS = ("customer_id", "treatment_id", "branch_id", "consultant_id", "starts_at", "ends_at",
           "status", "waiting_minutes")  # fmt: skip
ATTENDED = Appointment.Status.ATTENDED.value
EVENT_OF_STATUS = {
    ATTENDED: "appointment.attended",
    Appointment.Status.NO_SHOW.value: "appointment.missed",
    Appointment.Status.CANCELLED.value: "appointment.cancelled",
}
MAX_WAITING_MINUTES = 24 * 60
_STATUS = Appointment._meta.get_field("status")
_NEW = dict.fromkeys(COLUMNS) | {"status": Appointment.Status.BOOKED.value}


@dataclass(slots=True)
class Draft:
    key: str
    record: AppointmentRecord
    before: dict[str, Any] | None  # the row as it stands; None: new to us
    said: dict[str, Any] = field(default_factory=dict)
    treatment_name: str = ""
    pk: int = 0

    @property
    def after(self) -> dict[str, Any]:
        return {**(self.before or _NEW), **self.said}

    @property
    def is_changed(self) -> bool:
        return self.before is None or self.after != self.before


@transaction.atomic
def upsert_appointments(
    *, source: str, records: Sequence[AppointmentRecord], at: datetime, door: Door = "api"
) -> list[Outcome]:
    """Create or update appointments by (source, external id); one outcome a record, in order."""
    if not records:
        return []
    batch = Batch(source=source, records=records, at=at, door=door)
    drafts = _drafts(batch)
    _write_rows(batch, drafts)
    changed = [draft for draft in drafts if draft.is_changed]
    _write_visits(batch, changed)
    _tell(batch, changed)
    for draft in drafts:
        state: State = "updated" if draft.is_changed else "unchanged"
        batch.settle(draft.key, "created" if draft.before is None else state, draft.pk)
    return batch.outcomes()


def _drafts(batch: Batch) -> list[Draft]:
    lookup = CustomerLookup(batch, batch.standing.values())
    rows = Appointment.objects.filter(source=batch.source, external_id__among=batch.standing)
    before = {row.pop("external_id"): row for row in rows.values("external_id", "id", *COLUMNS)}
    drafts = []
    for key, record in batch.each():
        row = before.get(key)
        draft = Draft(key, record, row, pk=row.pop("id") if row else 0)
        try:
            _take(batch, draft, lookup)
            drafts.append(draft)
        except Refused as reason:
            batch.refuse(key, reason)
    return drafts


def _take(batch: Batch, draft: Draft, lookup: CustomerLookup) -> None:
    """Fill `said` from the record. Raises Refused."""
    record, said = draft.record, draft.said
    if (customer_id := lookup.customer_id(record)) is not None:
        said["customer_id"] = customer_id
    for name in ("starts_at", "ends_at"):
        if (value := getattr(record, name)) is not None:
            said[name] = cleaning.instant(name, value)
    if record.status is not None:
        said["status"] = cleaning.choice(_STATUS, record.status)
    if record.waiting_minutes is not None:
        said["waiting_minutes"] = _minutes(record.waiting_minutes)
    take_places(batch, draft.key, record, said)
    _take_treatment(batch, draft)
    _check(batch, draft.after)


def _minutes(value: int) -> int:
    if 0 <= value <= MAX_WAITING_MINUTES:
        return value
    raise Refused(
        "waiting_minutes",
        "out_of_range",
        _("The waiting time must lie between 0 and %(n)s minutes.") % {"n": MAX_WAITING_MINUTES},
    )


def _take_treatment(batch: Batch, draft: Draft) -> None:
    if draft.record.treatment is None:
        return
    text = draft.record.treatment.strip()
    found = batch.catalogue.treatment_by_any(text) if text else None
    if text and found is None:
        reason = Refused(
            "treatment",
            "unknown_treatment",
            _("The catalogue has no treatment «%(text)s». Add it, or send its code or name.")
            % {"text": text[:80]},
        )
        batch.leave_out_or_refuse(draft.key, reason)
        return
    draft.said["treatment_id"] = found.pk if found else None


def _check(batch: Batch, after: dict[str, Any]) -> None:
    if after["customer_id"] is None:
        raise Refused("customer_external_id", "required", _("The appointment names no customer."))
    if after["starts_at"] is None:
        raise Refused("starts_at", "required", _("The appointment has no start."))
    if after["ends_at"] is not None and after["ends_at"] <= after["starts_at"]:
        raise Refused("ends_at", "ends_before_start", _("The appointment ends before it starts."))
    if after["status"] == ATTENDED:
        cleaning.not_in_future("starts_at", after["starts_at"], at=batch.at)


def _write_rows(batch: Batch, drafts: list[Draft]) -> None:
    new = [draft for draft in drafts if draft.before is None]
    for draft, pk in zip(new, new_ids(Appointment, len(new)), strict=True):
        draft.pk = pk
    stamps = {"created_at": batch.at, "updated_at": batch.at}
    names = {"source": batch.source}
    insert_rows(
        Appointment,
        [{"id": d.pk, "external_id": d.key, **names, **d.after, **stamps} for d in new],
    )
    changed = [draft for draft in drafts if draft.before is not None and draft.is_changed]
    before_images.changing(Appointment, [d.pk for d in changed])
    update_rows(Appointment, [{"id": d.pk, **d.after, "updated_at": batch.at} for d in changed])


def _write_visits(batch: Batch, changed: list[Draft]) -> None:
    gone = {day for d in changed if (day := _visit_day(batch, d.before))}
    made = [
        Fact(*day, d.after["branch_id"]) for d in changed if (day := _visit_day(batch, d.after))
    ]
    add_visits(made, at=batch.at)
    recheck_visits(
        gone - {(fact.customer_id, fact.visited_on) for fact in made},
        clinic=batch.clinic,
        at=batch.at,
    )


def _visit_day(batch: Batch, row: dict[str, Any] | None) -> Day | None:
    if row is None or row["status"] != ATTENDED:
        return None
    return row["customer_id"], local_day(batch.zone, row["starts_at"])


def _tell(batch: Batch, changed: list[Draft]) -> None:
    """A booking is told once; how it ended replaces how it was said to have ended before."""
    names = batch.catalogue.treatment_names({d.after["treatment_id"] for d in changed})
    outdated: dict[str, list[str]] = {}
    events = []
    for draft in changed:
        after, source_key = draft.after, f"appointment:{draft.pk}"
        kind = EVENT_OF_STATUS.get(after["status"])
        payload = {"treatment": names.get(after["treatment_id"], "")}
        starts_at = min(after["starts_at"], batch.at)
        if kind is None:
            payload["starts_at"] = after["starts_at"].isoformat()
            events.append(
                Event("appointment.booked", after["customer_id"], starts_at, source_key,
                      None, payload)
            )  # fmt: skip
        else:
            events.append(Event(kind, after["customer_id"], starts_at, source_key, None, payload))
        if draft.before is not None:
            if draft.before["customer_id"] != after["customer_id"]:
                move_events(source_key, customer_id=after["customer_id"])
            for other in set(EVENT_OF_STATUS.values()) - {kind}:
                outdated.setdefault(other, []).append(source_key)
    for kind, keys in outdated.items():
        take_back_events(keys, kinds=[kind])
    if events:
        record_events(events, at=batch.at)


def as_they_stand(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """id → the row, for `follow_up`."""
    rows = Appointment.objects.filter(pk__in=ids).values("id", "external_id", *COLUMNS)
    return {row["id"]: row for row in rows}


@transaction.atomic
def follow_up(*, before: Mapping[int, dict[str, Any]], at: datetime) -> None:
    """After appointments were put back to what they were: visits and events follow.

    before: what `as_they_stand` said until then.
    """
    if not before:
        return
    batch = Batch(source="import", records=(), at=at, door="file")
    drafts = [
        Draft(row["external_id"], AppointmentRecord(row["external_id"]), before[pk], row, pk=pk)
        for pk, row in as_they_stand(list(before)).items()
    ]
    _write_visits(batch, drafts)
    _tell(batch, drafts)


@transaction.atomic
def take_back(*, ids: Sequence[int], at: datetime) -> int:
    """Remove appointments that turned out never to have been, with visits and events; how many."""
    rows = Appointment.objects.filter(pk__in=ids)
    clinic = Clinic.objects.get(pk=current_clinic_id())
    attended = rows.filter(status=ATTENDED).values_list("customer_id", "starts_at")
    days = {(customer_id, local_day(clinic.zone, starts_at)) for customer_id, starts_at in attended}
    keys = [f"appointment:{pk}" for pk in ids]
    take_back_events(keys, kinds=["appointment.booked", *EVENT_OF_STATUS.values()])
    n_gone = rows.delete()[1].get(Appointment._meta.label, 0)
    recheck_visits(days, clinic=clinic, at=at)
    enqueue("customers.settle_packages")  # sessions they took are given back
    return n_gone
