"""Points earned by something else than a sale: an activity, a survey, a friend, a birthday."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from loyalty.models import Account, LedgerEntry, Programme
from loyalty.services.posting import Kind, Posting, credit, lock
from loyalty.services.redemption import check_points
from tenancy.models import Membership


@transaction.atomic
def award(
    *,
    account: Account,
    points: int,
    on: date,
    idempotency_key: str,
    reason: str,
    rules: Sequence[int] | None = None,
    pending_until: date | None = None,
    actor: Membership | None = None,
) -> LedgerEntry:
    """Credit points that were earned; a repeated key returns the first entry.

    rules: versions of the earn rules that decided. pending_until: not to be spent before.
    Raises PointsNotPositive, PointsTooMany, KeyUsedOtherwise.
    """
    check_points(points)
    lock(account.pk)
    posting = Posting(
        kind=Kind.ACCRUAL, points=points, on=on, key=f"award:{idempotency_key}", actor=actor,
        reason=reason, rules=rules,
    )  # fmt: skip
    return credit(account, posting, available_on=pending_until)


def open_account(*, programme: Programme, customer_id: int) -> Account:
    """The customer's account in this programme, opened if there is none."""
    account, _is_new = Account.objects.get_or_create(programme=programme, customer_id=customer_id)
    return account
