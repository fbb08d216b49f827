"""What a member sees of themselves, on their page and in the clinic's own app: the same facts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from customers.models import Consent, Customer
from loyalty.models import Coupon, LedgerEntry, Redemption
from loyalty.queries.accounts import statement_of
from loyalty.queries.coupons import wallet_of
from loyalty.queries.rewards import Choice, choices_among, claims_of
from loyalty.queries.standings import Expiry, Standing, standings_of


@dataclass(frozen=True)
class MemberFacts:
    """standings: one a programme the customer is in, the default one first; claims: to be fetched.

    choices: rewards of every one of the programmes.
    """

    customer: Customer
    standings: list[Standing]
    coupons: list[Coupon]
    claims: list[Redemption]
    choices: list[Choice]

    @property
    def standing(self) -> Standing | None:
        """What is shown large; None before there is an account."""
        return self.standings[0] if self.standings else None

    @property
    def others(self) -> list[Standing]:
        return self.standings[1:]

    @property
    def spendable(self) -> int:
        return self.standing.spendable_points if self.standing else 0

    @property
    def pending(self) -> int:
        return self.standing.pending_points if self.standing else 0

    @property
    def expiries(self) -> list[Expiry]:
        return self.standing.expiries if self.standing else []


def member_facts(customer: Customer, *, on: date) -> MemberFacts:
    """Five queries at most, whatever there is."""
    standings = standings_of(customer.pk, on=on)
    purses = [(one.account, one.spendable_points) for one in standings]
    return MemberFacts(
        customer=customer,
        standings=standings,
        coupons=list(wallet_of(customer, on=on)),
        claims=list(claims_of(customer.pk)),
        choices=choices_among(purses, on=on),
    )


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
    """Movements of points of this customer, newest first, each with the balance after it.

    Of every programme; a balance is that of its programme.
    """
    mine = LedgerEntry.objects.filter(account__customer=customer)
    return statement_of(mine).select_related("account__programme", "sale")
