"""Ids a person carries around and the desk types in: cards and WeChat names."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from customers.models import Customer, Identity
from customers.services.bulk_rows import insert_rows
from customers.services.intake.batch import Refused
from customers.services.intake.identities import checked_identity
from tenancy.exceptions import DomainError
from tenancy.turns import wait_for_turn

DESK_SOURCES = ("card", "wechat")


class IdRefused(DomainError):
    """source: of which kind; owner_id: the customer who has the id, if somebody has."""

    code = "id_refused"

    def __init__(self, message: str, *, source: str, owner_id: int | None = None) -> None:
        super().__init__(message)
        self.source, self.owner_id = source, owner_id


def ids_of(customer: Customer, source: str) -> list[str]:
    rows = Identity.objects.filter(customer=customer, source=source)
    return sorted(rows.values_list("external_id", flat=True))


def set_ids(
    *, customer: Customer, source: str, external_ids: Collection[str], at: datetime
) -> bool:
    """Bring the ids of this source to what is given; whether anything changed. Raises IdRefused."""
    wanted = {_checked(source, text) for text in external_ids}
    current = set(ids_of(customer, source))
    if wanted == current:
        return False
    wait_for_turn(f"intake:{source}")  # a booking system may just be bringing the same id
    taken = Identity.objects.filter(source=source, external_id__in=wanted - current).first()
    if taken is not None:
        raise IdRefused(
            _("«%(id)s» belongs to another customer already.") % {"id": taken.external_id},
            source=source,
            owner_id=taken.customer_id,
        )
    Identity.objects.filter(
        customer=customer, source=source, external_id__in=current - wanted
    ).delete()
    rows = [
        {"customer_id": customer.pk, "source": source, "external_id": text, "created_at": at}
        for text in sorted(wanted - current)
    ]
    insert_rows(Identity, rows)
    return True


def _checked(source: str, text: str) -> str:
    try:
        return checked_identity((source, text))[1]
    except Refused as refusal:
        raise IdRefused(refusal.message, source=source) from None
