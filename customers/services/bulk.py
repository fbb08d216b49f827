"""What is done to many customers at once, set by set."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer, CustomerTag, Tag
from customers.services.bulk_rows import insert_rows_returning
from customers.services.editing import LONGEST_TAG
from tenancy.exceptions import DomainError
from tenancy.models import Membership


@transaction.atomic
def tag_named(name: str) -> Tag:
    """The tag of that name, made where nobody used it before. Raises DomainError."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_TAG or "\0" in name:
        raise DomainError(
            _("A tag has 1 to %(n)s characters.") % {"n": LONGEST_TAG}, code="tag_refused"
        )
    found = Tag.objects.filter(name__iexact=name).first()
    return found or Tag.objects.get_or_create(name=name)[0]


@transaction.atomic
def tag_customers(ids: Collection[int], *, tag_id: int, at: datetime) -> int:
    """Tag them all; how many did not have the tag before."""
    if not ids:
        return 0
    rows = [{"customer_id": pk, "tag_id": tag_id, "added_at": at} for pk in ids]
    new = insert_rows_returning(CustomerTag, rows, on_conflict="DO NOTHING", returning=["id"])
    return len(new)


@transaction.atomic
def assign_customers(ids: Collection[int], *, consultant_id: int | None, at: datetime) -> int:
    """Give them all to one consultant, or to nobody; how many changed."""
    customers = Customer.objects.filter(pk__in=ids).order_by("pk")
    others = (
        customers.exclude(consultant=consultant_id)
        if consultant_id
        else (customers.filter(consultant__isnull=False))
    )
    locked = list(others.select_for_update(no_key=True).values_list("pk", flat=True))
    return Customer.objects.filter(pk__in=locked).update(consultant=consultant_id, updated_at=at)


def assignable(member_id: int) -> Membership:
    """A member of the clinic to whom customers may be given. Raises DomainError."""
    found = Membership.objects.filter(pk=member_id, is_active=True).first()
    if found is None:
        raise DomainError(_("This colleague is not at the clinic any more."))
    return found
