"""Earn rules: added, replaced by a new version, stopped; never edited and never back in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Treatment
from loyalty.earning import MOST_MULTIPLIER, MOST_POINTS, MOST_RATE, Clash, Rule, clash_of
from loyalty.exceptions import RuleRefused
from loyalty.models import EarnRule, Programme, Tier
from loyalty.queries.earn_rates import as_rule, earn_rules
from loyalty.queries.referrals import is_rewarding_friends
from loyalty.services.turn import wait_for_ledger
from segmentation.words import day_text
from tenancy.models import Branch, Membership
from tenancy.queue import enqueue

Kind, Activity = EarnRule.Kind, EarnRule.Activity
LISTS = ("categories", "treatments", "tiers", "branches", "weekdays")
LONGEST_AHEAD = timedelta(days=730)
MOST_RULES = 60  # in force at once: each is a case of the statement that reads every sale


@dataclass(frozen=True)
class Asked:
    """A rule as somebody wants it. until_on: its last day; None: until it is replaced.

    conditions: as EarnRule keeps them.
    """

    kind: str
    effective_on: date
    name: str = ""
    until_on: date | None = None
    points_per_unit: Decimal = Decimal(0)
    multiplier: Decimal | None = None
    points: int | None = None
    activity: str = ""
    most_times_a_year: int | None = None
    per: str = ""
    conditions: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@transaction.atomic
def add_rule(
    *,
    programme: Programme,
    asked: Asked,
    today: date,
    by: Membership | None,
    replaces: EarnRule | None = None,
) -> EarnRule:
    """Let a rule hold from its day on; with `replaces` the old version ends on that day.

    Raises RuleRefused naming the field: a day that is over, numbers that cannot be, names that are
    not this clinic's, or another rule that says otherwise for the same purchases.
    """
    wait_for_ledger()
    _check_days(asked, today)
    _check_numbers(asked)
    conditions = _clean_conditions(programme, asked)
    if replaces:
        _check_newest(replaces, programme)
    row = EarnRule(
        programme=programme, kind=asked.kind, name=asked.name.strip()[:120],
        effective_on=asked.effective_on, until_on=asked.until_on,
        points_per_unit=asked.points_per_unit, multiplier=asked.multiplier, points=asked.points,
        activity=asked.activity, most_times_a_year=asked.most_times_a_year, per=asked.per,
        conditions=conditions, replaces=replaces, made_by=by,
    )  # fmt: skip
    _refuse_clash(programme, row, replaces)
    row.save()
    enqueue("loyalty.accrue_sales")
    return row


@transaction.atomic
def stop_rule(*, rule: EarnRule, on: date, today: date, by: Membership | None) -> EarnRule:
    """End a rule before that day; what it gave stays. Raises RuleRefused."""
    wait_for_ledger()
    _check_newest(rule, rule.programme)
    if on < today:
        raise RuleRefused("on", _("That day is over. Choose today or later."))
    return EarnRule.objects.create(
        programme=rule.programme, kind=rule.kind, name=rule.name, effective_on=on,
        activity=rule.activity, replaces=rule, is_stop=True, made_by=by,
    )  # fmt: skip


def _check_newest(rule: EarnRule, programme: Programme) -> None:
    if rule.programme_id != programme.pk or rule.is_stop:
        raise RuleRefused("replaces", _("This rule cannot be changed."))
    if EarnRule.objects.filter(replaces=rule).exists():
        message = _("Somebody changed this rule meanwhile. Look at its newest version.")
        raise RuleRefused("replaces", message)


def _check_days(asked: Asked, today: date) -> None:
    if asked.effective_on < today:
        message = _(
            "That day is over. What purchases earned stays as it was; choose today or later."
        )
        raise RuleRefused("effective_on", message)
    if asked.effective_on > today + LONGEST_AHEAD:
        message = _("That day is more than two years ahead. Check the date.")
        raise RuleRefused("effective_on", message)
    if asked.until_on and asked.until_on < asked.effective_on:
        raise RuleRefused("until_on", _("The last day lies before the first one."))


def _check_numbers(asked: Asked) -> None:
    """Each kind needs its own number, and none may be absurd."""
    if asked.kind == Kind.RATE:
        if not 0 <= asked.points_per_unit <= MOST_RATE:
            raise RuleRefused("points_per_unit", _("Enter a rate from 0 to 10,000 points."))
    elif asked.kind == Kind.MULTIPLIER:
        if asked.multiplier is None or not 0 < asked.multiplier <= MOST_MULTIPLIER:
            raise RuleRefused("multiplier", _("Enter a multiplier above 0 and up to 100."))
    elif asked.points is None or not 0 < asked.points <= MOST_POINTS:
        raise RuleRefused("points", _("Enter a whole number of points above zero."))
    if asked.kind == Kind.CAP and asked.per not in EarnRule.Per.values:
        raise RuleRefused("per", _("Say whether the limit is per sale, per day or per month."))
    if asked.kind == Kind.FIXED and asked.activity not in Activity.values:
        raise RuleRefused("activity", _("Choose what the points are for."))
    if asked.most_times_a_year is not None and not 1 <= asked.most_times_a_year <= 366:
        raise RuleRefused("most_times_a_year", _("Enter a number from 1 to 366."))


def _clean_conditions(programme: Programme, asked: Asked) -> dict[str, list[Any]]:
    """Only lists that say something, sorted, and only names of this clinic."""
    given = {name: sorted(set(asked.conditions.get(name, ()))) for name in LISTS}
    if asked.kind in (Kind.CAP, Kind.FIXED) and any(given.values()):
        raise RuleRefused("kind", _("Such a rule holds for every purchase; take conditions away."))
    if asked.activity == Activity.REFERRAL and is_rewarding_friends():
        message = _("Friends are rewarded by the terms under «Friends» already; points would come"
                    " twice. Change the points there.")  # fmt: skip
        raise RuleRefused("activity", message)
    if asked.activity == Activity.RESULT_PHOTO and not programme.rewards_result_photos:
        message = _(
            "Photos of results and testimonials are not allowed in medical advertising, so points"
            " for them are off."
        )
        raise RuleRefused("activity", message)
    known = {
        "treatments": Treatment.objects.all(),
        "tiers": Tier.objects.filter(programme=programme),
        "branches": Branch.objects.all(),
    }
    for name, rows in known.items():
        if given[name] and rows.filter(pk__in=given[name]).count() < len(given[name]):
            raise RuleRefused(name, _("One of these is not known any more. Choose again."))
    if any(day not in range(1, 8) for day in given["weekdays"]):
        raise RuleRefused("weekdays", _("Choose days from Monday to Sunday."))
    return {name: values for name, values in given.items() if values}


def _refuse_clash(programme: Programme, row: EarnRule, replaces: EarnRule | None) -> None:
    ends = row.until_on + timedelta(days=1) if row.until_on else None
    new = replace(as_rule(row, ends), pk=0)
    others = [_ended(rule, replaces, row.effective_on) for rule in earn_rules(programme)]
    in_force = [rule for rule in others if rule.ends_on is None or rule.ends_on > row.effective_on]
    if len(in_force) >= MOST_RULES:
        raise RuleRefused("kind", _("There are 60 rules already. Stop one first."))
    if row.kind == Kind.FIXED:
        _refuse_second_fixed(programme, row, replaces)
    elif found := clash_of(new, in_force):
        raise RuleRefused("conditions", _clash_words(found))


def _ended(rule: Rule, replaced: EarnRule | None, on: date) -> Rule:
    if replaced is None or rule.pk != replaced.pk:
        return rule
    return replace(rule, ends_on=min(on, rule.ends_on or on))


def _refuse_second_fixed(programme: Programme, row: EarnRule, replaces: EarnRule | None) -> None:
    """One rule an activity: which of two would a claim be paid by?"""
    same = EarnRule.objects.filter(
        programme=programme, activity=row.activity, successors__isnull=True, is_stop=False
    ).exclude(pk=replaces.pk if replaces else 0)
    if row.activity != Activity.EVENT and same.exists():
        message = _("There is a rule for this already. Change that one instead.")
        raise RuleRefused("activity", message)


def _clash_words(found: Clash) -> str:
    other = EarnRule.objects.get(pk=found.other.pk)
    name = other.name or f"{other.get_kind_display()} ({other.pk})"
    text = _(
        "From %(day)s on it contradicts «%(name)s»: one purchase could fit both, and neither is"
        " more exact. Add a condition, change the days, or change that rule instead."
    )
    return text % {"day": day_text(found.on.isoformat()), "name": name}
