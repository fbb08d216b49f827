"""The ways by which customers come, and what one won customer costs on each."""

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import AcquisitionSource
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record

MOST_COST_MINOR = 10**12


@transaction.atomic
def save_source(
    *,
    source: AcquisitionSource | None,
    name: str,
    cost_minor: int | None,
    is_active: bool,
    by: Membership,
) -> AcquisitionSource:
    """Name a source or change it. cost_minor: of one won customer, in the clinic's currency.

    A new name counts for customers from now on; those under the old one keep it. Raises
    DomainError when another source has the name, whatever the case.
    """
    name = " ".join(name.split())
    others = AcquisitionSource.objects.filter(name__iexact=name)
    if others.exclude(pk=source.pk if source else None).exists():
        raise DomainError(_("Another source has this name."), code="name_taken")
    made = source or AcquisitionSource()
    made.name, made.cost_minor, made.is_active = name, cost_minor, is_active
    made.save()
    record(action="acquisition_source.saved", by=by, subject=made)
    return made
