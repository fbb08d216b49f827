"""Points for doing something: joining, answering, sharing, a birthday. Once a key.

Sharing and reviews need a proof and somebody who looks at it; the rest is paid at once.
"""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loyalty.exceptions import KeyUsedOtherwise, OwnRequest, RuleRefused
from loyalty.models import Account, ActivityClaim, EarnRule, Programme
from loyalty.queries.activities import PROVED
from loyalty.queries.birthdays import born_on
from loyalty.queries.earn_rates import rules_on
from loyalty.queries.programmes import open_programmes
from loyalty.services.adjustment import exceeds_limit
from loyalty.services.awards import award
from tenancy.models import Membership

Activity, State = EarnRule.Activity, ActivityClaim.State
LONGEST_PROOF = 500


def rule_for(programme: Programme, activity: str, on: date) -> EarnRule | None:
    """The rule of that day that pays for this; None: it earns nothing, or no more."""
    if programme.is_closed_on(on):
        return None
    in_force = [rule.pk for rule in rules_on(programme, on) if rule.kind == EarnRule.Kind.FIXED]
    return EarnRule.objects.filter(pk__in=in_force, activity=activity).order_by("-pk").first()


@transaction.atomic
def claim(
    *,
    account: Account,
    activity: str,
    key: str,
    on: date,
    proof: str = "",
    waits: bool = False,
    by: Membership | None = None,
) -> ActivityClaim:
    """Somebody did this; a repeated key returns the first claim and pays nothing more.

    waits: a person looks at it first, whatever it is; what needs a proof always waits.
    by: staff who note it; None: the member, or another system.
    Raises RuleRefused: nothing is earned for it, no proof, or too often this year;
    KeyUsedOtherwise: the key said something else before.
    """
    if earlier := ActivityClaim.objects.filter(key=key).select_related("rule").first():
        if (earlier.account_id, earlier.rule.activity) != (account.pk, activity):
            raise KeyUsedOtherwise
        return earlier
    rule = rule_for(account.programme, activity, on)
    if rule is None:
        raise RuleRefused("activity", _("No rule gives points for this on that day."))
    if activity == Activity.RESULT_PHOTO and not account.programme.rewards_result_photos:
        raise RuleRefused("activity", _("Points for photos of results are switched off."))
    if activity in PROVED and not proof.strip():
        raise RuleRefused("proof", _("Give the address or where the screenshot lies."))
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)  # counts one at a time
    _refuse_too_often(account, rule, on)
    waits = waits or activity in PROVED
    try:
        with transaction.atomic():
            made = ActivityClaim.objects.create(
                account=account, rule=rule, key=key, did_on=on, proof=proof.strip()[:LONGEST_PROOF],
                state=State.WAITING if waits else State.APPROVED, entered_by=by,
            )  # fmt: skip
    except IntegrityError:  # the key was taken a moment ago
        raise KeyUsedOtherwise from None
    if not waits:
        _pay(made, by)
    return made


@transaction.atomic
def approve(*, claim_id: int, by: Membership, at: datetime) -> ActivityClaim:
    """Believe the proof and pay; a second click does nothing more.

    Raises OwnRequest: they noted it themselves, and it gives more than one person may.
    """
    asked = ActivityClaim.objects.select_related("account__programme", "rule").get(pk=claim_id)
    points = asked.rule.points or 0
    if asked.entered_by_id == by.pk and exceeds_limit(asked.account.programme, points):
        raise OwnRequest
    decided = ActivityClaim.objects.filter(pk=claim_id, state=State.WAITING).update(
        state=State.APPROVED, decided_by=by, decided_at=at
    )
    found = ActivityClaim.objects.select_related("account__programme", "rule").get(pk=claim_id)
    if decided:
        _pay(found, by)
    return found


@transaction.atomic
def refuse(*, claim_id: int, reason: str, by: Membership, at: datetime) -> ActivityClaim:
    """Do not pay; the reason stands with the claim. Raises RuleRefused without one."""
    if not reason.strip():
        raise RuleRefused("refusal", _("Say why: the customer may ask."))
    ActivityClaim.objects.filter(pk=claim_id, state=State.WAITING).update(
        state=State.REFUSED, refusal=reason.strip()[:200], decided_by=by, decided_at=at
    )
    return ActivityClaim.objects.get(pk=claim_id)


def _pay(made: ActivityClaim, by: Membership | None) -> None:
    entry = award(
        account=made.account, points=made.rule.points or 0, on=made.did_on,
        idempotency_key=f"activity:{made.pk}", reason=made.rule.get_activity_display(),
        rules=[made.rule_id], actor=by,
    )  # fmt: skip
    ActivityClaim.objects.filter(pk=made.pk).update(entry=entry)
    made.entry = entry


def _refuse_too_often(account: Account, rule: EarnRule, on: date) -> None:
    if rule.most_times_a_year is None:
        return
    year_ago = on - timedelta(days=365)
    done = ActivityClaim.objects.filter(
        account=account, rule__activity=rule.activity, did_on__gt=year_ago
    ).exclude(state=State.REFUSED)
    if done.count() >= rule.most_times_a_year:
        message = _("This was done %(n)s times within a year already, which is the most.")
        raise RuleRefused("activity", message % {"n": rule.most_times_a_year})


@transaction.atomic
def give_birthday_points(*, on: date) -> int:
    """Points for everybody whose birthday it is, once a year; those of 29 February on 28 February
    of other years. The number given."""
    given = 0
    for programme in open_programmes(on):
        if rule_for(programme, Activity.BIRTHDAY, on) is None:
            continue
        for account in _with_birthday(programme, on):
            key = f"birthday:{programme.pk}:{account.customer_id}:{on.year}"
            if not ActivityClaim.objects.filter(key=key).exists():
                claim(account=account, activity=Activity.BIRTHDAY, key=key, on=on)
                given += 1
    return given


def _with_birthday(programme: Programme, on: date) -> list[Account]:
    days = born_on(on, path="customer__")
    accounts = Account.objects.filter(days, programme=programme, customer__merged_into=None)
    accounts = accounts.filter(customer__erased_at__isnull=True)
    return list(accounts.select_related("programme").order_by("pk"))
