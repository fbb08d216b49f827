"""Who answers for a minor: added and taken away by a person at the desk."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer, Guardian
from customers.queries.guardians import is_minor
from tenancy.clock import local_day
from tenancy.exceptions import DomainError
from tenancy.models import Clinic, Membership
from tenancy.services.audit import record

MOST_GUARDIANS = 5


@transaction.atomic
def add_guardian(
    *,
    minor: Customer,
    clinic: Clinic,
    relation: str,
    by: Membership,
    at: datetime,
    guardian: Customer | None = None,
    name: str = "",
    phone: str = "",
) -> Guardian:
    """Note a guardian: another customer, or a name with a phone (E.164).

    Raises DomainError for somebody who is a minor too, who is noted already, or who is nobody.
    """
    Customer.objects.select_for_update(of=("self",)).get(pk=minor.pk)
    known = list(Guardian.objects.filter(customer=minor))
    if len(known) >= MOST_GUARDIANS:
        raise DomainError(_("%(n)s guardians are enough.") % {"n": MOST_GUARDIANS})
    if guardian is None and not (name and phone):
        raise DomainError(_("Choose a customer, or give a name and a phone."))
    if guardian is not None:
        _check(guardian, minor, known, local_day(clinic.zone, at))
        name = phone = ""
    made = Guardian.objects.create(
        customer=minor, guardian=guardian, name=name, phone=phone, relation=relation
    )
    record(action="guardian.added", by=by, subject=minor, detail={"guardian": made.pk})
    return made


@transaction.atomic
def remove_guardian(*, minor: Customer, guardian_id: int, by: Membership) -> bool:
    """Take a guardian away; whether there was one."""
    n_removed, _by_model = Guardian.objects.filter(customer=minor, pk=guardian_id).delete()
    if n_removed:
        record(action="guardian.removed", by=by, subject=minor, detail={"guardian": guardian_id})
    return bool(n_removed)


def _check(guardian: Customer, minor: Customer, known: list[Guardian], today: date) -> None:
    if guardian.pk == minor.pk:
        raise DomainError(_("Nobody is their own guardian."))
    if is_minor(guardian.birth_on, today):
        message = _("%(name)s is under 18 too. A guardian is of age.")
        raise DomainError(message % {"name": guardian.name})
    if any(one.guardian_id == guardian.pk for one in known):
        raise DomainError(_("%(name)s is noted already.") % {"name": guardian.name})
