"""The programme and its ladder: made once, edited as a whole, never with a hole."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty import tiering
from loyalty.exceptions import ProgrammeExists, ProgrammeRefused
from loyalty.models import EarnRule, Programme
from loyalty.queries.ladders import version_on
from loyalty.queries.programmes import default_programme, plain_rate, rate_on, tiers_of_ladder
from loyalty.services.ladder_checks import check_rules
from loyalty.services.ladders import put_up, write_version
from loyalty.services.turn import wait_for_ledger
from loyalty.tiering import LadderRules, rules_from
from tenancy.queue import enqueue

LONGEST_DAYS = 36_500
MOST_RATE = 10_000


@dataclass(frozen=True)
class Rung:
    """One tier as it should be. tier_id: the tier it was before, None for a new one."""

    name: str
    min_spend_minor: int
    benefits: str = ""
    _: KW_ONLY  # a number and a yes are easily taken for each other
    has_priority_booking: bool = False
    tier_id: int | None = None


@dataclass(frozen=True)
class Terms:
    """What a programme promises.

    points_per_unit: points for each major unit of net spend. point_value_minor: worth of a point,
    minor units. points_expire_after_days: None for never. breakage_rate: 0–1. member_fields: what
    members may fill in themselves (ProfileField).
    """

    name: str
    points_per_unit: Decimal
    point_value_minor: Decimal
    points_expire_after_days: int | None = 730
    tier_window_days: int = 365
    breakage_rate: Decimal = Decimal(0)
    member_fields: tuple[str, ...] = ()


@transaction.atomic
def create_programme(*, terms: Terms, ladder: Sequence[Rung], starts_on: date) -> Programme:
    """Open the clinic's default programme; sales from `starts_on` on earn points.

    Raises ProgrammeExists, ProgrammeRefused, LadderRefused.
    """
    if default_programme():
        raise ProgrammeExists
    check_terms(terms)
    check_ladder(ladder)
    programme = Programme.objects.create(starts_on=starts_on, **terms_as_fields(terms))
    _set_rate(programme, terms.points_per_unit, starts_on)
    _write_ladder(programme, ladder, starts_on)
    enqueue("loyalty.accrue_sales", every_sale=True)
    enqueue("loyalty.judge_tiers")
    return programme


@transaction.atomic
def edit_programme(
    *, programme: Programme, terms: Terms, ladder: Sequence[Rung], on: date
) -> Programme:
    """Change terms and ladder; a new rate holds for sales from `on` on, earlier ones keep theirs.

    Tiers are judged anew right after; a tier that is taken away stays in the history.
    Raises ProgrammeRefused, LadderRefused.
    """
    check_terms(terms)
    check_ladder(ladder)
    wait_for_ledger()
    for name, value in terms_as_fields(terms).items():
        setattr(programme, name, value)
    programme.save()
    if rate_on(programme, on) != terms.points_per_unit:
        _set_rate(programme, terms.points_per_unit, max(on, programme.starts_on))
    _write_ladder(programme, ladder, on)
    enqueue("loyalty.accrue_sales")
    enqueue("loyalty.judge_tiers")
    return programme


def check_ladder(ladder: Sequence[Rung]) -> None:
    """Raise LadderRefused unless the rungs ascend from exactly one that everybody reaches."""
    check_rules(_rules(ladder, window_days=365))


def _rules(
    ladder: Sequence[Rung], *, window_days: int, before: LadderRules | None = None
) -> LadderRules:
    """The ladder by spend alone; what else the rungs before asked for is kept."""
    known = {rung.tier: rung for rung in before.rungs} if before else {}
    rungs = []
    for rung in ladder:
        new = tiering.Rung(rung.tier_id or 0, rung.name.strip())
        old = known.get(rung.tier_id or 0, new)
        entry = replace(old.entry, spend_minor=rung.min_spend_minor)
        rungs.append(replace(old, name=rung.name.strip(), entry=entry))
    rules = before or LadderRules(())
    return replace(rules, rungs=tuple(rungs), window_days=window_days)


def check_terms(terms: Terms) -> None:
    if not terms.name.strip():
        raise ProgrammeRefused("name", _("Give the programme a name."))
    if not 0 <= terms.points_per_unit <= MOST_RATE:
        raise ProgrammeRefused("points_per_unit", _("Enter a rate from 0 to 10,000 points."))
    if not 0 <= terms.point_value_minor <= MOST_RATE:
        raise ProgrammeRefused("point_value_minor", _("Enter a value from 0 to 10,000."))
    if not 0 <= terms.breakage_rate <= 1:
        raise ProgrammeRefused("breakage_rate", _("Enter a share from 0 to 100 percent."))
    windows: dict[str, int] = {"tier_window_days": terms.tier_window_days}
    if terms.points_expire_after_days is not None:
        windows["points_expire_after_days"] = terms.points_expire_after_days
    for field, n_days in windows.items():
        if not 1 <= n_days <= LONGEST_DAYS:
            raise ProgrammeRefused(field, _("Enter a number of days from 1 to 36,500."))


def terms_as_fields(terms: Terms) -> dict[str, Any]:
    return {
        "name": terms.name.strip(),
        "point_value_minor": terms.point_value_minor,
        "points_expire_after_days": terms.points_expire_after_days,
        "tier_window_days": terms.tier_window_days,
        "breakage_rate": terms.breakage_rate,
        "member_fields": list(terms.member_fields),
    }


def _set_rate(programme: Programme, rate: Decimal, on: date) -> None:
    """A new version of the plain rate; the one before it holds for sales before that day."""
    EarnRule.objects.create(
        programme=programme,
        effective_on=on,
        points_per_unit=rate,
        replaces=plain_rate(programme),
    )


def _write_ladder(programme: Programme, ladder: Sequence[Rung], on: date) -> None:
    """A new version if the rules differ; benefits in words and priority follow the tiers."""
    version = version_on(programme, on)
    before = rules_from(version.rules) if version else None
    rules = _rules(ladder, window_days=programme.tier_window_days, before=before)
    known = {tier.pk for tier in tiers_of_ladder(programme)}
    rungs = tuple(r if r.tier in known else replace(r, tier=0) for r in rules.rungs)
    rules = replace(rules, rungs=rungs)
    check_rules(rules)
    if rules != before:
        version = write_version(programme=programme, rules=rules, effective_on=on, by=None)
    if version:
        put_up(version)
    for tier, rung in zip(tiers_of_ladder(programme).order_by("rank"), ladder, strict=True):
        tier.benefits, tier.has_priority_booking = rung.benefits.strip(), rung.has_priority_booking
        tier.save(update_fields=["benefits", "has_priority_booking"])
