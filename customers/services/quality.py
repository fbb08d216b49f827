"""Figures of the records' quality, one row a branch and night, and the mending of one field."""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers.files.cells.phones import read_phones
from customers.files.refusals import CellRefused
from customers.models import Customer, QualityDay
from customers.queries.quality import AGREED, figures
from customers.services import search_tokens
from customers.services.bulk_rows import insert_rows_returning
from customers.services.contacts import ContactDraft, contacts_as_drafts, set_contacts
from customers.services.editing import change_consent
from tenancy.clock import NIGHT_STARTS, finished_day, local_day
from tenancy.exceptions import DomainError
from tenancy.models import Clinic, Membership, NightlySlot
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record

SLOT = "customers.quality"
FIRST_BIRTH = date(1900, 1, 1)


def day_to_measure(clinic: Clinic, *, at: datetime) -> date | None:
    """The finished day nobody has measured yet, from the start of the night on; else None."""
    if at.astimezone(clinic.zone).time() < NIGHT_STARTS:
        return None
    day = finished_day(clinic.zone, at)
    is_claimed = NightlySlot.objects.filter(job=SLOT, slot_on=day).exists()
    return None if is_claimed else day


@transaction.atomic
def measure_finished_day(*, at: datetime) -> int:
    """Keep the figures of the last finished day, once; the number of rows written."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    day = finished_day(clinic.zone, at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_nightlyslot (clinic_id, job, slot_on, claimed_at)"
            " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [clinic.pk, SLOT, day, at],
        )
        is_ours = cursor.rowcount == 1
    return keep_figures(day=day, on=local_day(clinic.zone, at)) if is_ours else 0


def keep_figures(*, day: date, on: date) -> int:
    """Write what stands now under `day`. on: the clinic's today, which «stale» counts from."""
    rows = [row | {"day_on": day, "n_agreed": len(AGREED)} for row in figures(on=on)]
    new = insert_rows_returning(QualityDay, rows, on_conflict="DO NOTHING", returning=["id"])
    return len(new)


@transaction.atomic
def mend_phone(*, customer: Customer, text: str, country: str, by: Membership, at: datetime) -> str:
    """A phone that works: it becomes the first one, and one that did not work makes way.

    Returns it in E.164. Raises DomainError.
    """
    try:
        phones = read_phones(text, region=country).value
    except CellRefused as refusal:
        raise DomainError(refusal.message) from None
    if not phones:
        raise DomainError(_("Write a phone number."))
    kept = [one for one in contacts_as_drafts(customer, "phone") if one.is_valid]
    first = ContactDraft(phones[0].e164, is_primary=True)
    others = [ContactDraft(one.value, one.label) for one in kept if one.value != first.value]
    set_contacts(customer=customer, kind="phone", drafts=[first, *others], at=at)
    search_tokens.rebuild([customer.pk])
    _tell(customer, "phone", by, at)
    return first.value


@transaction.atomic
def mend_birthday(
    *, customer: Customer, text: str, today: date, by: Membership, at: datetime
) -> date:
    """Raises DomainError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DomainError(_("Give a day as YYYY-MM-DD, for example 1990-03-31.")) from None
    if not FIRST_BIRTH <= day <= today:
        raise DomainError(_("A date of birth lies between 1900 and today."))
    Customer.objects.filter(pk=customer.pk).update(birth_on=day)
    _tell(customer, "birth_on", by, at)
    return day


@transaction.atomic
def mend_consent(
    *, customer: Customer, purpose: str, channel: str, by: Membership, at: datetime
) -> None:
    """The customer said yes at the desk."""
    change_consent(customer=customer, purpose=purpose, channel=channel, is_given=True, by=by, at=at)


def _tell(customer: Customer, field: str, by: Membership, at: datetime) -> None:
    Customer.objects.filter(pk=customer.pk).update(updated_at=at)
    record(action="customer.changed", by=by, subject=customer, detail={"fields": [field]})
