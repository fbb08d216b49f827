"""Points passed on inside a family, where the programme allows it."""

from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from customers.models import ContactPoint, Customer, Guardian
from loyalty.exceptions import (
    KeyUsedOtherwise,
    NotOneFamily,
    ReasonMissing,
    SamePerson,
    TransferNotAllowed,
)
from loyalty.models import Account, LedgerEntry, LotUse
from loyalty.services.posting import Kind, Posting, credit_until, debit, lock
from loyalty.services.redemption import check_points
from tenancy.models import Membership


def family_of(customer_id: int) -> QuerySet[Customer]:
    """Guardians and wards, wards of the same guardians, and who shares a phone with them."""
    guardians = Guardian.objects.filter(customer=customer_id, guardian__isnull=False)
    wards = Guardian.objects.filter(guardian=customer_id)
    siblings = Guardian.objects.filter(guardian__in=guardians.values("guardian"))
    phones = ContactPoint.objects.filter(kind=ContactPoint.Kind.PHONE, is_valid=True)
    shared = phones.filter(value__in=phones.filter(customer=customer_id).values("value"))
    found = (
        Q(pk__in=guardians.values("guardian"))
        | Q(pk__in=wards.values("customer"))
        | Q(pk__in=siblings.values("customer"))
        | Q(pk__in=shared.values("customer"))
    )
    return Customer.objects.filter(found).exclude(pk=customer_id)


@transaction.atomic
def transfer(
    *,
    giver: Account,
    receiver: Account,
    points: int,
    on: date,
    reason: str,
    idempotency_key: str,
    actor: Membership | None = None,
) -> LedgerEntry:
    """Pass points on; no point lives longer for it. The giver's entry; a repeated key: the first.

    Raises TransferNotAllowed, NotOneFamily, SamePerson, ReasonMissing, InsufficientPoints,
    PointsNotPositive, PointsTooMany, KeyUsedOtherwise.
    """
    check_points(points)
    _check_parties(giver, receiver, reason)
    lock(giver.pk, receiver.pk)
    key = f"transfer:{idempotency_key}"

    def posting(amount: int, part: str) -> Posting:
        return Posting(
            kind=Kind.TRANSFER, points=amount, on=on, key=f"{key}:{part}", actor=actor,
            reason=reason.strip(), transfer_key=key,
        )  # fmt: skip

    earlier = LedgerEntry.objects.filter(transfer_key=key, points__gt=0).first()
    if earlier and earlier.account_id != receiver.pk:
        raise KeyUsedOtherwise
    entry = debit(giver, posting(-points, "out"))
    if earlier:
        return entry
    uses = LotUse.objects.filter(entry=entry).values_list("lot__expires_on")
    ends = uses.annotate(n=Sum("points")).order_by("lot__expires_on")
    for number, (expires_on, amount) in enumerate(ends):
        credit_until(receiver, posting(amount, f"in:{number}"), expires_on=expires_on)
    return entry


def _check_parties(giver: Account, receiver: Account, reason: str) -> None:
    if not giver.programme.allows_transfers or giver.programme_id != receiver.programme_id:
        raise TransferNotAllowed
    if giver.pk == receiver.pk:
        raise SamePerson
    if not reason.strip():
        raise ReasonMissing
    if not family_of(giver.customer_id).filter(pk=receiver.customer_id).exists():
        raise NotOneFamily
