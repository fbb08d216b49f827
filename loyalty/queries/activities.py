"""What a member can do for points today, what they did, and what their record still lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import ContactPoint, Customer
from loyalty.models import Account, ActivityClaim, EarnRule
from loyalty.queries.earn_rates import last_days

Activity = EarnRule.Activity
CLAIMABLE = (
    Activity.PROFILE, Activity.SURVEY, Activity.REVIEW, Activity.SHARING, Activity.RESULT_PHOTO,
    Activity.EVENT,
)  # fmt: skip
PROVED = (Activity.REVIEW, Activity.SHARING, Activity.RESULT_PHOTO)


@dataclass(frozen=True)
class Doable:
    """Something that earns points in one of the member's accounts today."""

    account: Account
    rule: EarnRule

    @property
    def asks_for_proof(self) -> bool:
        """Else the record itself is the proof."""
        return self.rule.activity != Activity.PROFILE

    @property
    def ask(self) -> str | Promise:
        """What the member is to write."""
        if self.rule.activity in PROVED:
            return _("The address of your post, or where it can be seen")
        return _("Which one, and when")


def doable(accounts: Sequence[Account], *, on: date) -> list[Doable]:
    """What the rules of that day pay for, in one query."""
    by_programme = {account.programme_id: account for account in accounts}
    rows = list(EarnRule.objects.filter(programme__in=by_programme).order_by("pk"))
    ends = last_days(rows)
    found = [
        Doable(by_programme[row.programme_id], row)
        for row in rows
        if row.kind == EarnRule.Kind.FIXED and not row.is_stop and row.activity in CLAIMABLE
        and row.effective_on <= on and (ends[row.pk] is None or ends[row.pk] > on)
    ]  # fmt: skip
    return [one for one in found if _is_allowed(one)]


def _is_allowed(one: Doable) -> bool:
    programme = one.account.programme
    return one.rule.activity != Activity.RESULT_PHOTO or programme.rewards_result_photos


def claims_by(customer: Customer | int) -> QuerySet[ActivityClaim]:
    """What this customer handed in, the newest first."""
    claims = ActivityClaim.objects.filter(account__customer=customer)
    return claims.select_related("rule", "entry", "account__programme").order_by("-asked_at", "-pk")


def missing_of(customer: Customer) -> list[str | Promise]:
    """What is lacking to a complete profile: birthday, sex, a phone and an e-mail. One query."""
    has = set(
        ContactPoint.objects.filter(customer=customer, is_valid=True).values_list("kind", flat=True)
    )
    lacking = (
        (_("your birthday"), customer.birth_on is None),
        (_("how to address you (Ms or Mr)"), not customer.gender),
        (_("a phone number"), ContactPoint.Kind.PHONE not in has),
        (_("an e-mail address"), ContactPoint.Kind.EMAIL not in has),
    )
    return [what for what, is_lacking in lacking if is_lacking]
