"""What an earn rule does, as a sentence in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import get_day_names
from babel.numbers import get_currency_precision
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Treatment
from loyalty.models import EarnRule, Tier
from segmentation.words import day_text, enumerated, money_text, reader_locale
from tenancy.models import Branch

Kind = EarnRule.Kind


@dataclass(frozen=True)
class NameBook:
    """Names by id: of treatments, tiers and branches that rules mention."""

    treatments: Mapping[int, str]
    tiers: Mapping[int, str]
    branches: Mapping[int, str]
    currency: str


def names_for(rules: Iterable[EarnRule], currency: str) -> NameBook:
    """Three queries, whatever the number of rules."""
    ids: dict[str, set[int]] = {"treatments": set(), "tiers": set(), "branches": set()}
    for rule in rules:
        for name, found in ids.items():
            found |= set(rule.conditions.get(name, ()))
    return NameBook(
        dict(Treatment.objects.filter(pk__in=ids["treatments"]).values_list("pk", "name")),
        dict(Tier.objects.filter(pk__in=ids["tiers"]).values_list("pk", "name")),
        dict(Branch.objects.filter(pk__in=ids["branches"]).values_list("pk", "name")),
        currency,
    )


def sentence(rule: EarnRule, names: NameBook) -> str:
    """«Every ¥1 spent on laser by Gold members earns 2 points, from 1 to 11 November 2026.»"""
    return " ".join([_what(rule, names), _when(rule)])


def _what(rule: EarnRule, names: NameBook) -> str:
    which = _which(rule, names)
    if rule.kind == Kind.RATE:
        unit = money_text(10 ** get_currency_precision(names.currency), names.currency)
        n = _plain(rule.points_per_unit)
        text = ngettext(
            "Every %(unit)s spent%(which)s earns %(n)s point.",
            "Every %(unit)s spent%(which)s earns %(n)s points.",
            1 if rule.points_per_unit == 1 else 2,
        )
        return text % {"unit": unit, "which": which, "n": n}
    if rule.kind == Kind.MULTIPLIER:
        text = _("Purchases%(which)s earn %(n)s times the points.")
        return text % {"which": which, "n": _plain(rule.multiplier or 1)}
    if rule.kind == Kind.CAP:
        texts = {
            "sale": _("One sale earns at most %(n)s points."),
            "day": _("A customer earns at most %(n)s points a day by purchases."),
            "month": _("A customer earns at most %(n)s points a month by purchases."),
        }
        return texts[rule.per] % {"n": f"{rule.points:,}"}
    return _fixed(rule)


def _fixed(rule: EarnRule) -> str:
    given = {"what": rule.get_activity_display(), "n": f"{rule.points or 0:,}"}
    text = _("%(what)s earns %(n)s points.") % given
    if rule.most_times_a_year:
        times = ngettext("Once a year.", "At most %(n)s times a year.", rule.most_times_a_year)
        text = f"{text} {times % {'n': rule.most_times_a_year}}"
    return text


def _which(rule: EarnRule, names: NameBook) -> str:
    """« on laser or peeling by Gold members at the branch Jing’an on Fridays»."""
    asked, parts = rule.conditions, []
    items = [
        *asked.get("categories", []),
        *_named(asked.get("treatments", []), names.treatments),
    ]
    if items:
        parts.append(_(" on %(items)s") % {"items": enumerated(items)})
    if tiers := _named(asked.get("tiers", []), names.tiers):
        parts.append(_(" by %(tiers)s members") % {"tiers": enumerated(tiers)})
    if branches := _named(asked.get("branches", []), names.branches):
        parts.append(_(" at %(branches)s") % {"branches": enumerated(branches)})
    if weekdays := asked.get("weekdays"):
        days = get_day_names("wide", locale=reader_locale())
        shown = enumerated([days[number - 1] for number in weekdays])
        parts.append(_(" on a %(days)s") % {"days": shown})
    return "".join(parts)


def _named(ids: Sequence[int], names: Mapping[int, str]) -> list[str]:
    return [names[pk] for pk in ids if pk in names]


def _when(rule: EarnRule) -> str:
    first = day_text(rule.effective_on.isoformat())
    if rule.until_on is None:
        return _("From %(day)s on.") % {"day": first}
    last = day_text(rule.until_on.isoformat())
    return _("From %(first)s to %(last)s.") % {"first": first, "last": last}


def _plain(number: object) -> str:
    text = f"{number:f}" if hasattr(number, "as_tuple") else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class ToldRule:
    """state: "now", "soon" or "over"; stops_on: the day before which it ends, if it does."""

    rule: EarnRule
    sentence: str
    state: str
    stops_on: date | None
