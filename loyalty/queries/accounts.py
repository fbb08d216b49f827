"""One account: what may be seen, what can be spent, its statement. Standing: `standings`."""

from datetime import date
from typing import Any

from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import JSONObject

from customers.models import Customer
from customers.queries import visible_customers
from loyalty.models import Account, LedgerEntry, PointLot
from tenancy.models import Branch


def accounts_in_sight(branch: Branch | None) -> QuerySet[Account]:
    """Accounts of every programme; with a branch only of customers at home there."""
    accounts = Account.objects.filter(customer__merged_into__isnull=True)
    return accounts.filter(customer__in=visible_customers(branch)) if branch else accounts


def visible_accounts(branch: Branch | None) -> QuerySet[Account]:
    """Of those in sight, the ones of the default programme."""
    return accounts_in_sight(branch).filter(programme__is_default=True)


def accounts_of(customer: Customer) -> list[Account]:
    """A customer's accounts, that of the default programme first."""
    accounts = accounts_in_sight(None).filter(customer=customer)
    ordered = accounts.order_by("-programme__is_default", "pk")
    return list(ordered.select_related("programme", "tier", "customer"))


def spendable_points(account_id: int, *, on: date) -> int:
    """What can be spent on that day: not pending, not over, not held; perhaps below zero."""
    accounts = Account.objects.filter(pk=account_id)
    account = accounts.annotate(lots_hold=Subquery(what_lots_hold(on))).get()
    return left_to_spend(account.lots_hold or {"valid": 0, "over": 0}, account.held)


def what_lots_hold(on: date) -> QuerySet[PointLot, Any]:
    """Of an outer account: points that are valid, over and pending on that day, as JSON."""
    lots = PointLot.objects.filter(account=OuterRef("pk"), remaining__gt=0).order_by()
    is_pending, is_over = Q(available_on__gt=on), Q(expires_on__lte=on)
    ready = Q(available_on__isnull=True) | Q(available_on__lte=on)
    sums = lots.values("account").annotate(
        valid=Sum("remaining", filter=ready & (Q(expires_on__isnull=True) | ~is_over), default=0),
        over=Sum("remaining", filter=ready & is_over, default=0),
        pending=Sum("remaining", filter=is_pending, default=0),
        ready_on=Min("available_on", filter=is_pending),
    )
    names = ("valid", "over", "pending", "ready_on")
    return sums.values(found=JSONObject(**{name: name for name in names}))


def left_to_spend(lots_hold: dict[str, Any], held: int) -> int:
    """Lots that are over are still there only as far as holds need them."""
    return lots_hold["valid"] - max(held - lots_hold["over"], 0)


def statement_of(entries: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
    """Movements, newest first, each with its account's balance after it as `balance_after`.

    entries: all of one account or several; a part of an account would not add up.
    """
    order = [F("posted_on").asc(), F("pk").asc()]
    running = Window(Sum("points"), partition_by=F("account"), order_by=order)
    told = entries.annotate(balance_after=running).select_related("actor__user", "sale")
    return told.order_by("-posted_on", "-pk")


def tiers_of(customer_ids: list[int]) -> QuerySet[Account]:
    """The name of each one's tier as `cell`; who has none is left out."""
    accounts = visible_accounts(None).filter(customer__in=customer_ids, tier__isnull=False)
    return accounts.annotate(cell=F("tier__name"))
