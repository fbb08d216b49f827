"""What a member can do for points today, what they did, and what their record still lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import ContactPoint, Customer
from loyalty.models import Account, ActivityClaim, EarnRule, ProfileField
from loyalty.queries.earn_rates import last_days
from loyalty.queries.programmes import default_programme

Activity = EarnRule.Activity
CLAIMABLE = (
    Activity.PROFILE, Activity.SURVEY, Activity.REVIEW, Activity.SHARING, Activity.RESULT_PHOTO,
    Activity.EVENT,
)  # fmt: skip
MISSING = {
    ProfileField.BIRTHDAY: _("your birthday"),
    ProfileField.GENDER: _("how to address you (Ms or Mr)"),
    ProfileField.PHONE: _("a phone number"),
    ProfileField.EMAIL: _("an e-mail address"),
}
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
    return [one for one in found if _is_allowed(one, on)]


def _is_allowed(one: Doable, on: date) -> bool:
    programme = one.account.programme
    if programme.is_closed_on(on):
        return False
    return one.rule.activity != Activity.RESULT_PHOTO or programme.rewards_result_photos


def claims_by(customer: Customer | int) -> QuerySet[ActivityClaim]:
    """What this customer handed in, the newest first."""
    claims = ActivityClaim.objects.filter(account__customer=customer)
    return claims.select_related("rule", "entry", "account__programme").order_by("-asked_at", "-pk")


def missing_of(customer: Customer) -> list[str | Promise]:
    """What is lacking to a complete profile, in words. One query."""
    return [MISSING[field] for field in missing_fields(customer)]


def missing_fields(customer: Customer) -> list[ProfileField]:
    """What is lacking to a complete profile: birthday, sex, a phone and an e-mail. One query."""
    points = ContactPoint.objects.filter(customer=customer, is_valid=True)
    has: set[str] = set(points.values_list("kind", flat=True))
    has |= {ProfileField.BIRTHDAY} if customer.birth_on else set()
    has |= {ProfileField.GENDER} if customer.gender else set()
    return [field for field in ProfileField if field not in has]


def fillable_fields(customer: Customer) -> list[ProfileField]:
    """What is missing and the clinic lets members fill in themselves. Two queries."""
    programme = default_programme()
    allowed = programme.member_fields if programme else []
    return [field for field in missing_fields(customer) if field in allowed]
