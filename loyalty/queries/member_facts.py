"""What a member sees of themselves, on their page and in the clinic's own app: the same facts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet, Sum

from customers.models import Consent, Customer
from loyalty.models import Coupon, LedgerEntry, PointLot, Redemption
from loyalty.queries.accounts import (
    Expiry,
    Standing,
    spendable_points,
    standing_of,
    statement_of,
    visible_accounts,
)
from loyalty.queries.coupons import wallet_of
from loyalty.queries.rewards import Choice, choices_for, claims_of

N_EXPIRIES = 3


@dataclass(frozen=True)
class MemberFacts:
    """standing: None before there is an account; then the figures are 0 and the lists empty.

    spendable: points that can be used now. pending: earned, to be used once the time for refunds
    is over. expiries: the next days on which points end.
    """

    customer: Customer
    standing: Standing | None
    spendable: int
    pending: int
    expiries: list[Expiry]
    coupons: list[Coupon]
    claims: list[Redemption]
    choices: list[Choice]


def member_facts(customer: Customer, *, on: date, with_choices: bool = True) -> MemberFacts:
    """A constant number of queries but for rewards that ask for a segment: one each."""
    standing = standing_of(customer.pk, on=on)
    account = standing.account if standing else None
    lots = PointLot.objects.filter(account=account, remaining__gt=0) if account else None
    return MemberFacts(
        customer=customer,
        standing=standing,
        spendable=max(spendable_points(account.pk, on=on), 0) if account else 0,
        pending=_pending(lots, on),
        expiries=_expiries(lots, on),
        coupons=list(wallet_of(customer, on=on)),
        claims=list(claims_of(customer.pk)),
        choices=choices_for(account, on=on) if account and with_choices else [],
    )


def _pending(lots: QuerySet[PointLot] | None, on: date) -> int:
    if lots is None:
        return 0
    return lots.filter(available_on__gt=on).aggregate(n=Sum("remaining", default=0))["n"]


def _expiries(lots: QuerySet[PointLot] | None, on: date) -> list[Expiry]:
    if lots is None:
        return []
    ending = lots.filter(expires_on__gt=on).order_by("expires_on").values("expires_on")
    by_day = ending.annotate(points=Sum("remaining"))[:N_EXPIRIES]
    return [Expiry(row["expires_on"], row["points"]) for row in by_day]


@dataclass(frozen=True)
class ConsentLine:
    """One purpose on one channel, and what holds now."""

    purpose: Consent.Purpose
    channel: Consent.Channel
    is_given: bool
    since: datetime | None  # None: nothing was ever said


def consent_lines(customer: Customer) -> list[ConsentLine]:
    """Every purpose × channel, in one query."""
    said: dict[tuple[str, str], Consent] = {}
    rows = Consent.objects.filter(customer=customer).order_by("given_at", "pk")
    for row in rows:
        earlier = said.get((row.purpose, row.channel))
        if earlier is None or row.withdrawn_at is None or earlier.withdrawn_at is not None:
            said[row.purpose, row.channel] = row
    return [
        _line(purpose, channel, said.get((purpose, channel)))
        for purpose in Consent.Purpose
        for channel in Consent.Channel
    ]


def _line(purpose: Consent.Purpose, channel: Consent.Channel, row: Consent | None) -> ConsentLine:
    if row is None:
        return ConsentLine(purpose, channel, False, None)
    is_given = row.withdrawn_at is None
    return ConsentLine(purpose, channel, is_given, row.given_at if is_given else row.withdrawn_at)


def history_of(customer: Customer) -> QuerySet[LedgerEntry]:
    """Movements of points of this customer, newest first, each with the balance after it."""
    account = visible_accounts(None).filter(customer=customer).first()
    return statement_of(account) if account else LedgerEntry.objects.none()
