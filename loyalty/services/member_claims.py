"""What members or the desk claim, and answers to surveys that are paid without asking."""

import hashlib
from datetime import date, timedelta

from django.db import transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer, CustomerEvent
from loyalty.exceptions import KeyUsedOtherwise, RuleRefused
from loyalty.models import Account, ActivityClaim, EarnRule, Programme
from loyalty.queries.accounts import accounts_of
from loyalty.queries.activities import CLAIMABLE, PROVED, missing_of
from loyalty.queries.programmes import open_programmes
from loyalty.services.activities import claim, rule_for
from tenancy.models import Membership

MOST_WAITING = 5  # of one member, so that nobody floods who has to look
LOOK_BACK = timedelta(days=3)
Activity = EarnRule.Activity


@transaction.atomic
def claim_as_member(*, account: Account, activity: str, on: date, proof: str = "") -> ActivityClaim:
    """A member says what they did; a person looks at it before it is paid. The same again is the
    same claim. A complete profile proves itself and is paid at once.

    Raises RuleRefused: nothing is earned for it, no proof or somebody else's, the profile is not
    complete, too many wait.
    """
    if activity not in CLAIMABLE:
        raise RuleRefused("activity", _("No rule gives points for this on that day."))
    if activity == Activity.PROFILE:
        return _claim_profile(account, on)
    if not (said := " ".join(proof.split())):
        raise RuleRefused("proof", _("Say what you did, so that we can look at it."))
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    key = _key(account, activity, said)
    waiting = ActivityClaim.objects.filter(account=account, state=ActivityClaim.State.WAITING)
    if waiting.exclude(key=key).count() >= MOST_WAITING:
        message = _("%(n)s of yours wait to be looked at. Please be patient until then.")
        raise RuleRefused("activity", message % {"n": MOST_WAITING})
    try:
        return claim(account=account, activity=activity, key=key, on=on, proof=said, waits=True)
    except KeyUsedOtherwise:
        raise RuleRefused("proof", _("This was handed in already.")) from None


@transaction.atomic
def claim_at_desk(
    *, account: Account, activity: str, key: str, on: date, proof: str, by: Membership
) -> ActivityClaim:
    """Staff note what a customer did. What needs a proof waits until somebody has looked at it; the
    rest they saw themselves, and it is paid at once. A complete profile proves itself.

    key: of the click. Raises RuleRefused, as `claim_as_member`.
    """
    if not proof.strip() and activity != Activity.PROFILE:
        raise RuleRefused("proof", _("Say what they did: the address of the post, or which one."))
    return _claim_told(account, activity, f"desk:{key}", on, proof, by)


@transaction.atomic
def claim_by_app(
    *, account: Account, activity: str, reference: str, on: date, proof: str = ""
) -> ActivityClaim:
    """Another system of the clinic tells what a member did, as `claim_at_desk`.

    reference: its own id of the act.
    """
    return _claim_told(account, activity, f"api:{reference}", on, proof, None)


def _claim_told(
    account: Account, activity: str, key: str, on: date, proof: str, by: Membership | None
) -> ActivityClaim:
    """A post counts once by whichever door it comes; birthdays and friends pay by themselves."""
    if activity not in CLAIMABLE:
        raise RuleRefused("activity", _("No rule gives points for this on that day."))
    if activity == Activity.PROFILE:
        return _claim_profile(account, on, by)
    said = " ".join(proof.split())
    if activity in PROVED and said:
        key = _key(account, activity, said)
    try:
        return claim(account=account, activity=activity, key=key, on=on, proof=said, by=by)
    except KeyUsedOtherwise:
        raise RuleRefused("proof", _("This was handed in already.")) from None


@transaction.atomic
def pay_complete_profile(customer: Customer, *, on: date) -> int:
    """Points for a profile in which nothing is missing, in every programme, once; the points."""
    if missing_of(customer):
        return 0
    paid = 0
    for account in accounts_of(customer):
        if rule_for(account.programme, Activity.PROFILE, on) is None:
            continue
        if not ActivityClaim.objects.filter(key=_profile_key(account)).exists():
            made = _claim_profile(account, on)
            paid += made.entry.points if made.entry else 0
    return paid


def _claim_profile(account: Account, on: date, by: Membership | None = None) -> ActivityClaim:
    if missing := missing_of(account.customer):
        words = get_text_list([str(one) for one in missing], gettext_lazy("and"))
        message = _("Still missing: %(what)s. Tell us at your next visit.") % {"what": words}
        raise RuleRefused("activity", message)
    key = _profile_key(account)
    return claim(account=account, activity=Activity.PROFILE, key=key, on=on, by=by)


def _profile_key(account: Account) -> str:
    return f"profile:{account.programme_id}:{account.customer_id}"


def _key(account: Account, activity: str, said: str) -> str:
    """One post counts once, whoever hands it in; of what is told in words, each member's own."""
    whose = "" if ActivityClaim(proof=said).is_address else f"{account.customer_id}:"
    digest = hashlib.sha256(f"{whose}{said.casefold()}".encode()).hexdigest()[:32]
    return f"proof:{account.programme_id}:{activity}:{digest}"


@transaction.atomic
def pay_answers(*, on: date) -> int:
    """Points for the answers to surveys of the last days, each once; the number paid."""
    paid = 0
    for programme in open_programmes(on):
        if rule_for(programme, Activity.SURVEY, on) is not None:
            paid += sum(_pay_answer(programme, *row, on) for row in _answers(on))
    return paid


def _answers(on: date) -> list[tuple[int, int]]:
    told = CustomerEvent.objects.filter(
        kind="feedback.given", occurred_at__date__gte=on - LOOK_BACK, occurred_at__date__lte=on
    )
    return list(told.order_by("pk").values_list("pk", "customer_id"))


def _pay_answer(programme: Programme, event_id: int, customer_id: int, on: date) -> bool:
    key = f"feedback:{programme.pk}:{event_id}"
    accounts = Account.objects.filter(programme=programme, customer=customer_id)
    account = accounts.select_related("programme").first()
    if account is None or ActivityClaim.objects.filter(key=key).exists():
        return False
    try:
        claim(account=account, activity=Activity.SURVEY, key=key, on=on)
    except RuleRefused:  # often enough this year
        return False
    return True
