"""Appointments and the catalogue as files: a row is one appointment, or one treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.files.other_fields import APPOINTMENTS, TREATMENTS
from customers.models import Appointment, ImportedRows, ImportFile, Treatment
from customers.newer_rows import references_to
from customers.services.imports.kinds import ImportKind, Newer, Values, Words, declare
from customers.services.imports.made_rows import made_by
from customers.services.imports.refusing import Problem
from customers.services.intake import (
    AppointmentRecord,
    Outcome,
    appointments,
    upsert_appointments,
)
from customers.services.intake.treatments import (
    MAX_DAYS,
    MAX_SESSIONS,
    TreatmentRecord,
    upsert_treatments,
)

Kind = ImportedRows.Kind
_SAME_NAME = {field.name for field in fields(TreatmentRecord)}
_LIMITS = {
    "interval_days": (0, MAX_DAYS), "interval_min_days": (0, MAX_DAYS),
    "interval_max_days": (0, MAX_DAYS), "min_clinical_interval_days": (0, MAX_DAYS),
    "course_length": (1, MAX_SESSIONS), "price": (0, 10**15), "cost": (0, 10**15),
}  # fmt: skip


def appointment_of(values: Values) -> AppointmentRecord | Problem:
    if "external_id" not in values:
        return Problem("external_id", "appointment_number_missing", {})
    if "customer_external_id" not in values and "customer_phone" not in values:
        return Problem("customer_external_id", "row_without_customer", {})
    said = dict(values)
    if phones := said.pop("customer_phone", None):
        said["customer_phone"] = phones[0].e164
    return AppointmentRecord(**said)


def _upsert_appointments(
    *, source: str, records: Sequence[AppointmentRecord], at: datetime
) -> list[Outcome]:
    return upsert_appointments(source=source, records=records, at=at, door="file")


def treatment_of(values: Values) -> TreatmentRecord | Problem:
    if "code" not in values:
        return Problem("code", "treatment_code_missing", {})
    for name, (least, most) in _LIMITS.items():
        if name in values and not least <= values[name] <= most:
            return Problem(name, "number_out_of_range", {"least": least, "most": most})
    said = {name: value for name, value in values.items() if name in _SAME_NAME}
    prices = {f"{name}_minor": values[name] for name in ("price", "cost") if name in values}
    return TreatmentRecord(**said, **prices)


def _newer_than_appointments(file: ImportFile) -> Newer:
    made = Appointment.objects.filter(pk__in=made_by(file, Kind.APPOINTMENT))
    if n := made.filter(updated_at__gt=F("created_at")).count():
        yield _("Appointments that were changed"), n


def _take_back_appointments(file: ImportFile, at: datetime) -> dict[str, int]:
    ids = list(made_by(file, Kind.APPOINTMENT).values_list("made", flat=True))
    return {"n_appointments": appointments.take_back(ids=ids, at=at)}


def _newer_than_treatments(file: ImportFile) -> Newer:
    """Whatever names a treatment now would be left without it."""
    for model, reference in references_to(Treatment):
        named = {f"{reference.name}__in": made_by(file, Kind.TREATMENT)}
        if n := model.objects.filter(**named).order_by().count():
            yield model._meta.verbose_name_plural, n


def _take_back_treatments(file: ImportFile, _at: datetime) -> dict[str, int]:
    made = Treatment.objects.filter(pk__in=made_by(file, Kind.TREATMENT))
    return {"n_treatments": made.delete()[0]}


def _upsert_treatments(
    *, source: str, records: Sequence[TreatmentRecord], at: datetime
) -> list[Outcome]:
    return upsert_treatments(records=records)


declare(
    ImportKind(
        shape=APPOINTMENTS,
        words=Words(
            checked=_(
                "Appointments: %(created)s to create, %(updated)s to update, %(unchanged)s to "
                "leave as they are. %(refused)s of %(n_rows)s rows refused."
            ),
            done=_(
                "Appointments: %(created)s created, %(updated)s updated, %(unchanged)s unchanged. "
                "%(refused)s of %(n_rows)s rows refused."
            ),
            to_import=lambda n: ngettext(
                "Import %(n)s appointment", "Import %(n)s appointments", n
            ),
        ),
        record_of=appointment_of,
        upsert=_upsert_appointments,
        made=Kind.APPOINTMENT,
        newer=_newer_than_appointments,
        take_back=_take_back_appointments,
    )
)
declare(
    ImportKind(
        shape=TREATMENTS,
        words=Words(
            checked=_(
                "Treatments: %(created)s to create, %(updated)s to update, %(unchanged)s to "
                "leave as they are. %(refused)s of %(n_rows)s rows refused."
            ),
            done=_(
                "Treatments: %(created)s created, %(updated)s updated, %(unchanged)s unchanged. "
                "%(refused)s of %(n_rows)s rows refused."
            ),
            to_import=lambda n: ngettext("Import %(n)s treatment", "Import %(n)s treatments", n),
        ),
        record_of=treatment_of,
        upsert=_upsert_treatments,
        column_of={"price_minor": "price", "cost_minor": "cost"},
        made=Kind.TREATMENT,
        newer=_newer_than_treatments,
        take_back=_take_back_treatments,
    )
)
