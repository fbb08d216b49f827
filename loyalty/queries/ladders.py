"""Which rules of a ladder hold on a day."""

from datetime import date

from django.db.models import QuerySet

from loyalty.models import LadderVersion, Programme
from loyalty.queries.programmes import tiers_of_ladder
from loyalty.tiering import LadderRules, Need, Rung, rules_from


def version_on(programme: Programme, day: date) -> LadderVersion | None:
    """The version in force: of several of one day the one published last."""
    versions = LadderVersion.objects.filter(programme=programme, effective_on__lte=day)
    return versions.order_by("-effective_on", "-number").first()


def rules_on(programme: Programme, day: date) -> LadderRules:
    """The rules in force on that day; before the first version those its tiers tell."""
    version = version_on(programme, day)
    return rules_from(version.rules) if version else rules_of_tiers(programme)


def rules_of_tiers(programme: Programme) -> LadderRules:
    """Spend alone, in the programme's sliding window."""
    rungs = tuple(
        Rung(tier.pk, tier.name, Need(spend_minor=tier.min_spend_minor))
        for tier in tiers_of_ladder(programme).order_by("rank")
    )
    return LadderRules(rungs, window_days=programme.tier_window_days)


def versions_of(programme: Programme) -> QuerySet[LadderVersion]:
    """Newest first, with who published them."""
    return LadderVersion.objects.filter(programme=programme).select_related("published_by__user")
