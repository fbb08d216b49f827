"""Charts of a campaign's result, in the shape of docs/components.md."""

from typing import Any

from django.utils.translation import gettext as _

from analytics.measure.comparison import ArmResult
from analytics.measure.rates import rate_with_interval
from analytics.queries.campaign_study import PROFIT, RETURNED, CampaignStudy
from analytics.result_rows import Parts

Chart = dict[str, Any]
FEWEST_DRAWN = 10  # customers on a side; the interval of fewer reaches over the whole chart


def profit_chart(study: CampaignStudy, currency: str) -> Chart | None:
    """From the extra profit over the costs to what is left; None without a holdout or a sale."""
    extra, left = study.total(PROFIT), study.incremental_profit
    if extra is None or left is None or study.nobody_came:
        return None
    costs = study.costs
    bars = [
        (_("Extra profit from purchases"), round(extra.value), "accent"),
        (_("Messages"), -costs.messages_minor, "neutral"),
        (_("Offers taken"), -costs.offer_minor, "neutral"),
        (_("Left after costs"), round(left.value), "good" if left.value > 0 else "act"),
    ]
    bars = [bar for bar in bars if bar[1] or bar[2] != "neutral"]
    return {
        "kind": "bar",
        "horizontal": True,
        "labels": [label for label, _value, _tone in bars],
        "series": [
            {
                "name": _("Amount"),
                "values": [value for _label, value, _tone in bars],
                "tones": [tone for _label, _value, tone in bars],
            }
        ],
        "unit": "money",
        "currency": currency,
    }


def variants_chart(study: CampaignStudy) -> Chart | None:
    """Return rate of each variant and of those held out; None where there is one text only."""
    arms = study.variant_arms
    if len(arms) < 2:
        return None
    rows = [(arm.name, arm, "accent") for arm in arms]
    if study.holdout.n:
        held = ArmResult("", study.holdout.n, {RETURNED: study.holdout.n_returned})
        rows.append((_("Held out"), held, "neutral"))
    rates = [rate_with_interval(arm.n_hits[RETURNED], arm.n) for _name, arm, _tone in rows]
    return {
        "kind": "dots",
        "labels": [name for name, _arm, _tone in rows],
        "series": [
            {
                "name": _("Came back"),
                "values": [rate.rate for rate in rates],
                "low": [rate.low for rate in rates],
                "high": [rate.high for rate in rates],
                "tones": [tone for _name, _arm, tone in rows],
            }
        ],
        "unit": "percent",
    }


def parts_chart(parts: Parts) -> Chart | None:
    """Difference of the return rates at each level with enough customers on both sides."""
    rows = [
        (name, part.effect)
        for name, part in parts.rows
        if part.effect and min(part.treated.n, part.holdout.n) >= FEWEST_DRAWN
    ]
    if len(rows) < 2:
        return None
    return {
        "kind": "dots",
        "labels": [name for name, _effect in rows],
        "series": [
            {
                "name": _("Uplift"),
                "values": [effect.value for _name, effect in rows],
                "low": [effect.low for _name, effect in rows],
                "high": [effect.high for _name, effect in rows],
                "tones": ["accent" if effect.tells else "neutral" for _name, effect in rows],
            }
        ],
        "unit": "percent",
        "target": 0,
    }
