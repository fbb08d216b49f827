"""What the page of a campaign's result prints, row by row: labels beside the figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.measure.comparison import RATE, Effect
from analytics.queries.campaign_costs import MessageRow
from analytics.queries.campaign_study import (
    CAME_AGAIN,
    NET,
    PROFIT,
    RETURNED,
    CampaignStudy,
    Part,
)
from analytics.queries.study import Side
from campaigns.models import ProviderAccount
from loyalty.models import Tier
from segmentation.models import Layer, Stage
from tenancy.models import Branch

CHANNELS = dict(ProviderAccount.Channel.choices)
OUTCOME_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    RETURNED: (
        gettext_lazy("Came back"),
        gettext_lazy("A purchase day in the window after enrolment."),
    ),
    CAME_AGAIN: (
        gettext_lazy("Came back and bought again"),
        gettext_lazy("Came back, and had another purchase day within 90 days of the return."),
    ),
    NET: (
        gettext_lazy("Revenue a head"),
        gettext_lazy("Net after refunds in the window ÷ everybody of the arm, also who bought "
                     "nothing."),
    ),
    PROFIT: (
        gettext_lazy("Profit a head"),
        gettext_lazy("Revenue less the cost of what was sold and the points it earned; before the "
                     "costs of the campaign."),
    ),
}  # fmt: skip
DIMENSION_WORDS: dict[str, str | Promise] = {
    "stage": gettext_lazy("Stage at enrolment"),
    "layer": gettext_lazy("Value layer at enrolment"),
    "tier": gettext_lazy("Tier at enrolment"),
    "branch": gettext_lazy("Home branch"),
}


@dataclass(frozen=True)
class EffectRow:
    """treated, holdout: a rate, or an amount in minor units. adjusted: freed from earlier spend."""

    label: str
    definition: str
    is_rate: bool
    treated: float | None
    holdout: float | None
    effect: Effect
    adjusted: tuple[float, float, float] | None
    narrower_by: float

    @property
    def points(self) -> tuple[float, float] | None:
        """The interval of a rate, in percentage points."""
        if not self.is_rate or self.effect.low is None or self.effect.high is None:
            return None
        return 100 * self.effect.low, 100 * self.effect.high


@dataclass(frozen=True)
class FunnelRow:
    """Messages of one step, channel and variant."""

    step: int
    channel: str
    variant: str
    n_sent: int
    n_skipped: int
    n_failed: int
    n_unknown: int
    n_waiting: int
    n_opened: int
    n_clicked: int
    cost_minor: int


@dataclass(frozen=True)
class Parts:
    """One trait with all its levels; known where at least two levels are."""

    key: str
    label: str
    rows: list[tuple[str, Part]]

    @property
    def is_long(self) -> bool:
        return len(self.rows) > 3


def effect_rows(study: CampaignStudy) -> list[EffectRow]:
    return [_effect_row(study, name, effect) for name, effect in study.effects.items()]


def _effect_row(study: CampaignStudy, name: str, effect: Effect) -> EffectRow:
    label, definition = OUTCOME_WORDS[name]
    better = study.adjusted.get(name)
    adjusted, narrower_by = None, 0.0
    if better and better.difference.low is not None and better.difference.high is not None:
        seen = better.difference
        adjusted = (seen.value or 0.0, seen.low or 0.0, seen.high or 0.0)
        narrower_by = better.narrower_by
    return EffectRow(
        str(label),
        str(definition),
        effect.kind == RATE,
        _a_head(study.treated, name),
        _a_head(study.holdout, name),
        effect,
        adjusted,
        narrower_by,
    )


def _a_head(side: Side, name: str) -> float | None:
    if not side.n:
        return None
    totals = {
        RETURNED: side.n_returned, CAME_AGAIN: side.n_came_again,
        NET: side.net_minor, PROFIT: side.profit_minor,
    }  # fmt: skip
    return totals[name] / side.n


def funnel_rows(study: CampaignStudy) -> list[FunnelRow]:
    groups: dict[tuple[int, str, int], list[MessageRow]] = {}
    for row in study.costs.messages:
        groups.setdefault((row.step, row.channel, row.variant_id), []).append(row)
    return [
        FunnelRow(
            step,
            str(CHANNELS.get(channel, channel)),
            study.variants.get(str(variant), ""),
            _n(rows, "sent"),
            _n(rows, "skipped"),
            _n(rows, "failed"),
            _n(rows, "unknown"),
            _n(rows, "queued") + _n(rows, "sending"),
            sum(row.n_opened for row in rows),
            sum(row.n_clicked for row in rows),
            sum(row.cost_minor for row in rows if row.state in {"sent", "unknown"}),
        )
        for (step, channel, variant), rows in groups.items()
    ]


def _n(rows: list[MessageRow], state: str) -> int:
    return sum(row.n for row in rows if row.state == state)


def parts_of(study: CampaignStudy) -> Iterator[Parts]:
    """Two queries for the names of tiers and branches."""
    if not study.has_control:
        return
    names: dict[str, Mapping[str, str]] = {
        "stage": {key: str(label) for key, label in Stage.choices},
        "layer": {key: str(label) for key, label in Layer.choices},
        "tier": {str(pk): name for pk, name in Tier.objects.values_list("pk", "name")},
        "branch": {str(pk): name for pk, name in Branch.objects.values_list("pk", "name")},
    }
    for key, label in DIMENSION_WORDS.items():
        found = study.parts(key, order=list(names[key]))
        if sum(bool(part.level) for part in found) > 1:
            rows = [(names[key].get(part.level) or _("not known"), part) for part in found]
            yield Parts(key, str(label), rows)
