"""Friends: a code to hand on, who brought whom, and points for both after the first paid visit."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.models import Customer
from customers.services.records import edit
from customers.services.referrals import ReferrerCircle, refuse_circle
from customers.services.timeline import record_event
from loyalty.codes import clean, is_mistyped, is_ours, new_code
from loyalty.models import Account, EarnRule, LedgerEntry, Referral, ReferralCode, ReferralTerms
from loyalty.queries.accounts import spendable_points
from loyalty.queries.coupons import has_paid, likely_same
from loyalty.queries.earn_rates import last_days
from loyalty.queries.programmes import closed_days, default_programme
from loyalty.queries.referrals import FirstPaid, fallen, terms_now, undecided
from loyalty.refusals import CodeMistyped, CodeUnknown, FieldRefused, ReferralRefused
from loyalty.services.posting import post
from tenancy.clock import local_day
from tenancy.models import Clinic, Membership
from tenancy.scope import current_clinic_id
from tenancy.services.audit import record
from tenancy.turns import wait_for_turn

MOST_POINTS = 1_000_000
State, Refusal = Referral.State, Referral.Refusal


@transaction.atomic
def save_terms(*, said: Mapping[str, Any], by: Membership | None, today: date) -> ReferralTerms:
    """What both get from now on; what was given stays. Raises FieldRefused."""
    for name in ("points_referrer", "points_friend"):
        if not 0 <= said[name] <= MOST_POINTS:
            raise FieldRefused(name, _("Between 0 and a million points."))
    if said["min_paid_minor"] < 0:
        raise FieldRefused("min_paid_minor", _("The minimum cannot be below zero."))
    if said["is_active"]:
        _refuse_twice(today)
    terms = terms_now() or ReferralTerms(starts_on=today)
    if said["is_active"] and not terms.is_active:
        terms.starts_on = today  # a pause brings nothing afterwards
    for name, value in said.items():
        setattr(terms, name, value)
    terms.save()
    record(action="referral_terms.saved", by=by, subject=terms)
    return terms


def _refuse_twice(today: date) -> None:
    """An earn rule for referrals would pay for the same friend again."""
    rules = EarnRule.objects.filter(activity=EarnRule.Activity.REFERRAL).order_by("pk")
    ends = last_days(list(rules))
    last = [ends[one.pk] or date.max for one in rules if not one.is_stop]
    if any(ends_on > today for ends_on in last):
        message = _("A rule of the programme gives points for bringing a friend. Stop it first, or"
                    " points would come twice.")  # fmt: skip
        raise FieldRefused("is_active", message)


@transaction.atomic
def code_of(customer: Customer) -> ReferralCode:
    """The word this customer hands on; made when first asked for."""
    codes = ReferralCode.objects.filter(customer=customer, is_primary=True)
    if found := codes.first():
        return found
    try:
        with transaction.atomic():
            return ReferralCode.objects.create(customer=customer, code=new_code())
    except IntegrityError:  # somebody else asked at the same moment
        return codes.get()


def owner_of(text: str) -> Customer:
    """Whose code this is. Raises CodeMistyped, CodeUnknown."""
    code = clean(text)
    if is_mistyped(code):
        raise CodeMistyped
    known = ReferralCode.objects.select_related("customer").filter(code=code).first()
    if not is_ours(code) or known is None or known.customer.merged_into_id:
        raise CodeUnknown
    return known.customer


@transaction.atomic
def attach(*, friend: Customer, code: str, by: Membership, at: datetime) -> Customer:
    """Note who brought this customer, by a code; the referrer.

    Raises CodeMistyped, CodeUnknown, ReferralRefused: nobody brings themselves, in a circle, or
    somebody who has paid already.
    """
    referrer = owner_of(code)
    if friend.referrer_id == referrer.pk:
        return referrer
    if friend.referrer_id:
        raise ReferralRefused("has_referrer", _("Somebody else brought this customer already."))
    if referrer.pk == friend.pk or referrer.pk in likely_same(friend):
        raise ReferralRefused("own_code", _("Nobody brings themselves: it is their own code."))
    if has_paid([friend.pk, *likely_same(friend)]):
        raise ReferralRefused(
            "has_paid", _("This customer has paid before, so nobody brings them.")
        )
    try:
        edit(customer=friend, said={"referrer": referrer}, by=by, at=at)
    except ReferrerCircle as circle:
        raise ReferralRefused("circle", circle.message) from None
    return referrer


@transaction.atomic
def settle_referrals(*, at: datetime) -> int:
    """Decide about every first paid visit since, take back what fell; the number of decisions."""
    wait_for_turn("loyalty.referrals")
    n = sum(_take_back(pk, why, at) for pk, why in fallen())
    terms, programme = terms_now(), default_programme()
    if terms is None or not terms.is_active or programme is None:
        return n
    closed = closed_days(programme)
    for first in undecided(since=terms.starts_on, until=_today(at), closed=closed):
        n += _decide(first, terms, at)
    return n


def _decide(first: FirstPaid, terms: ReferralTerms, at: datetime) -> int:
    friend = Customer.objects.get(pk=first.friend_id)
    referrer = Customer.objects.filter(pk=first.referrer_id).first()
    if referrer is None:  # erased
        return 0
    refusal = _objection(first, friend, referrer, terms)
    values = {
        "referrer": referrer,
        "sale_id": first.sale_id,
        "paid_on": first.paid_on,
        "decided_at": at,
        "state": State.REFUSED if refusal else State.REWARDED,
        "refusal": refusal,
        "points_referrer": 0 if refusal else terms.points_referrer,
        "points_friend": 0 if refusal else terms.points_friend,
    }
    known = Referral.objects.filter(friend=friend).first()
    if known and refusal:
        return 0  # still perhaps the same person
    made, _is_new = Referral.objects.update_or_create(friend=friend, defaults=values)
    if not refusal:
        _reward(made, at)
    return 1


def _objection(first: FirstPaid, friend: Customer, referrer: Customer, terms: ReferralTerms) -> str:
    same = likely_same(friend)
    if referrer.pk in same or has_paid(same):
        return Refusal.SAME_PERSON
    try:
        refuse_circle(customer_id=friend.pk, referrer=referrer)
    except ReferrerCircle:
        return Refusal.CIRCLE
    return Refusal.TOO_SMALL if first.net_minor < terms.min_paid_minor else ""


def _reward(referral: Referral, at: datetime) -> None:
    sides = (
        ("referrer", referral.referrer, referral.points_referrer, gettext_noop("Brought a friend")),
        (
            "friend",
            referral.friend,
            referral.points_friend,
            gettext_noop("Came on a friend's word"),
        ),
    )
    for side, customer, points, reason in sides:
        if points:
            _post(customer, LedgerEntry.Kind.ACCRUAL, points, _key(referral, side), reason, at)
    record_event(
        kind="referral.rewarded",
        customer=referral.referrer,
        occurred_at=at,
        source_key=f"referral:{referral.pk}",
        at=at,
        payload={"points": referral.points_referrer},
    )


def _take_back(referral_id: int, why: str, at: datetime) -> int:
    """Both lose what they got, as far as it is still there; nobody owes for a friend."""
    referral = Referral.objects.select_related("friend", "referrer").get(pk=referral_id)
    fell = Referral.objects.filter(pk=referral_id, state=State.REWARDED).update(
        state=State.TAKEN_BACK, refusal=why, decided_at=at
    )
    for side in ("referrer", "friend"):
        given = LedgerEntry.objects.filter(idempotency_key=_key(referral, side))
        entry = given.select_related("account").first()
        if fell and entry:
            _debit(entry, f"{_key(referral, side)}:back", at)
    return fell


def _debit(entry: LedgerEntry, key: str, at: datetime) -> None:
    stands = Customer.with_merged.get(pk=entry.account.customer_id).merged_into_id
    account = entry.account
    if stands:
        account = Account.objects.get(customer=stands, programme=account.programme_id)
    on = _today(at)
    if left := min(max(spendable_points(account.pk, on=on), 0), entry.points):
        _post_on(account, LedgerEntry.Kind.REVERSAL, -left, key, _("Referral taken back"), at)


def _key(referral: Referral, side: str) -> str:
    return f"referral:{referral.friend_id}:{side}"


def _post(
    customer: Customer, kind: LedgerEntry.Kind, points: int, key: str, reason: str, at: datetime
) -> None:
    account, _is_new = Account.objects.get_or_create(
        programme=default_programme(), customer=customer
    )
    _post_on(account, kind, points, key, reason, at)


def _post_on(
    account: Account, kind: LedgerEntry.Kind, points: int, key: str, reason: str, at: datetime
) -> None:
    post(
        account=account,
        kind=kind,
        points=points,
        on=_today(at),
        key=key,
        actor=None,
        reason=reason,
    )


def _today(at: datetime) -> date:
    return local_day(Clinic.objects.get(pk=current_clinic_id()).zone, at)
