"""Prepaid courses: sold, used session by session, given back, cancelled; never below zero."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from customers.models import Appointment, Customer, Package, PackageSession, Treatment
from customers.services.timeline import record_event
from tenancy.clock import local_day
from tenancy.exceptions import DomainError
from tenancy.models import Clinic, Membership
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record

DESK = "desk"
ATTENDED = Appointment.Status.ATTENDED
OPEN = Q(cancelled_at__isnull=True, n_used__lt=F("n_sessions"))


class NothingLeft(DomainError):
    code = "package_empty"


@transaction.atomic
def sell_package(
    *,
    customer: Customer,
    treatment: Treatment,
    n_sessions: int,
    n_used: int,
    price_minor: int,
    sold_on: date,
    valid_until_on: date | None,
    by: Membership,
    key: str,
    at: datetime,
) -> Package:
    """Write down a package; the same key again is the same package.

    n_used: sessions had before it was written down here. Raises DomainError.
    """
    if not 0 <= n_used <= n_sessions:
        raise DomainError(_("Not more sessions used than bought."), code="overused")
    made, is_new = Package.objects.get_or_create(
        source=DESK,
        external_id=key,
        defaults={
            "customer": customer,
            "treatment": treatment,
            "n_sessions": n_sessions,
            "price_minor": price_minor,
            "sold_on": sold_on,
            "valid_until_on": valid_until_on,
            "sold_by": by,
        },
    )
    if made.customer_id != customer.pk:
        raise DomainError(_("Reload the page and write it down again."), code="key_used")
    if not is_new:
        return made
    for number in range(n_used):
        use_session(package=made, on=sold_on, by=by, key=f"package:{made.pk}:before:{number}")
    record(action="package.sold", by=by, subject=made)
    record_event(
        kind="package.sold",
        customer=customer,
        occurred_at=at,
        source_key=f"package:{made.pk}",
        amount_minor=price_minor,
        at=at,
    )
    return made


@transaction.atomic
def use_session(
    *,
    package: Package,
    on: date,
    key: str,
    by: Membership | None = None,
    appointment: Appointment | None = None,
) -> PackageSession:
    """Take one session; a repeated key returns the first and takes no more. Raises NothingLeft."""
    Package.objects.select_for_update(of=("self",)).get(pk=package.pk)
    if earlier := PackageSession.objects.filter(key=key).first():
        return earlier
    if not Package.objects.filter(OPEN, pk=package.pk).update(n_used=F("n_used") + 1):
        raise NothingLeft(_("No session is left on this package."))
    return PackageSession.objects.create(
        package=package, appointment=appointment, used_on=on, by=by, key=key
    )


@transaction.atomic
def give_back_session(*, session: PackageSession, by: Membership | None = None) -> None:
    """A session that was not had after all."""
    Package.objects.select_for_update(of=("self",)).get(pk=session.package_id)
    n_deleted, _by_model = PackageSession.objects.filter(pk=session.pk).delete()
    if n_deleted:
        Package.objects.filter(pk=session.package_id).update(n_used=F("n_used") - 1)
        if by:
            detail = {"package": session.package_id}
            record(action="package.session_given_back", by=by, detail=detail)


@transaction.atomic
def cancel_package(*, package: Package, by: Membership, at: datetime) -> None:
    """No session can be used any more; what was used stays written."""
    if not Package.objects.filter(pk=package.pk, cancelled_at__isnull=True).update(cancelled_at=at):
        return
    record(action="package.cancelled", by=by, subject=package)
    record_event(
        kind="package.cancelled",
        customer=package.customer,
        occurred_at=at,
        source_key=f"package:{package.pk}",
        at=at,
    )


@transaction.atomic
def settle_packages() -> tuple[int, int]:
    """(taken, given back): attended appointments take a session, others give theirs back.

    The package that ends first is used first. Safe to repeat.
    """
    clinic = Clinic.objects.get(pk=current_clinic_id())
    outdated = list(_outdated().order_by("package_id", "pk"))
    for session in outdated:
        give_back_session(session=session)
    n_taken = 0
    for appointment in _unpaid().order_by("starts_at", "pk"):
        on = local_day(clinic.zone, appointment.starts_at)
        package = _package_for(appointment, on)
        if package:
            key = f"appointment:{appointment.pk}"
            use_session(package=package, on=on, key=key, appointment=appointment)
            n_taken += 1
    return n_taken, len(outdated)


def _outdated() -> QuerySet[PackageSession]:
    """Sessions whose appointment is gone, moved to another person or treatment, or not attended."""
    standing = Q(
        appointment__status=ATTENDED,
        appointment__customer=F("package__customer"),
        appointment__treatment=F("package__treatment"),
    )
    made_by_appointment = PackageSession.objects.filter(key__startswith="appointment:")
    kept = PackageSession.objects.filter(standing, pk=OuterRef("pk"))
    return made_by_appointment.exclude(Exists(kept))


def _unpaid() -> QuerySet[Appointment]:
    """Attended appointments without a session whose customer has a package of that treatment."""
    sessions = PackageSession.objects.filter(appointment=OuterRef("pk"))
    packages = Package.objects.filter(
        OPEN, customer=OuterRef("customer"), treatment=OuterRef("treatment")
    )
    attended = Appointment.objects.filter(status=ATTENDED, treatment__isnull=False)
    return attended.filter(Exists(packages)).exclude(Exists(sessions))


def _package_for(appointment: Appointment, on: date) -> Package | None:
    packages = Package.objects.filter(
        OPEN,
        Q(valid_until_on__isnull=True) | Q(valid_until_on__gte=on),
        customer=appointment.customer_id,
        treatment=appointment.treatment_id,
        sold_on__lte=on,
    )
    return packages.order_by(F("valid_until_on").asc(nulls_last=True), "sold_on", "pk").first()
