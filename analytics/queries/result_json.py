"""A campaign's result as plain values: for the API, the export, and whoever computes further."""

from dataclasses import asdict
from typing import Any

from analytics.measure.comparison import Effect
from analytics.queries.campaign_study import CampaignStudy, Total
from analytics.queries.outcomes import HOLDOUT, TREATED
from analytics.queries.read_outs import is_settled, last_day
from analytics.queries.study import Side

FORMAT = "clinic_crm.campaign_result/1"


def result_as_json(study: CampaignStudy, *, currency: str) -> dict[str, Any]:
    """Rates within 0–1, money in minor units, nothing rounded; null: cannot be told."""
    campaign, closes_on = study.campaign, last_day(study.campaign)
    split = study.split
    return {
        "format": FORMAT,
        "campaign": {
            "id": campaign.pk,
            "name": campaign.name,
            "goal": campaign.goal,
            "launched_on": campaign.launched_on.isoformat() if campaign.launched_on else None,
            "outcome_window_days": campaign.outcome_window_days,
            "closes_on": closes_on.isoformat() if closes_on else None,
            "is_final": is_settled(campaign, study.on),
        },
        "currency": currency,
        "arms": [_arm(TREATED, study.treated), _arm(HOLDOUT, study.holdout)],
        "split": None if split is None else asdict(split) | {"is_broken": split.is_broken},
        "effects": [_effect(effect) for effect in study.effects.values()],
        "adjusted_by_earlier_spend": {
            name: asdict(seen.difference) | {"narrower_by": seen.narrower_by}
            for name, seen in study.adjusted.items()
        },
        "costs": {
            "messages_minor": study.costs.messages_minor,
            "offers_minor": study.costs.offer_minor,
            "staff_minutes": study.costs.n_minutes,
            "staff_minor": study.costs.staff_minor,
            "total_minor": study.costs.total_minor,
        },
        "extra_customers": _total(study.extra_customers),
        "extra_revenue_minor": _total(study.extra_net),
        "incremental_profit_minor": _total(study.incremental_profit),
        "roi": study.roi,
        "cost_per_extra_customer_minor": _total(study.cost_each),
        "second_purchase": asdict(study.second_purchase) | {"is_open": study.is_second_open},
        "costed_rate": study.costed_rate,
        "variants": [_effect(effect) for effect in study.variant_effects],
        "best_variant": study.best_variant,
        "parts": {
            key: [
                {
                    "level": part.level or None,
                    "treated": asdict(part.treated),
                    "holdout": asdict(part.holdout),
                    "effect": None if part.effect is None else _effect(part.effect),
                }
                for part in study.parts(key)
            ]
            for key in ("stage", "layer", "tier", "branch")
        },
    }


def _arm(name: str, side: Side) -> dict[str, Any]:
    return {
        "arm": name,
        "n": side.n,
        "n_returned": side.n_returned,
        "n_came_again": side.n_came_again,
        "net_minor": side.net_minor,
        "profit_minor": side.profit_minor,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    verdict = "cannot_tell"
    if effect.tells:
        verdict = "more" if (effect.value or 0) > 0 else "fewer"
    return {
        "arm": effect.arm,
        "against": effect.against,
        "outcome": effect.outcome,
        "kind": effect.kind,
        "difference": effect.value,
        "low": effect.low,
        "high": effect.high,
        "p_value": effect.p_value,
        "p_corrected": effect.p_corrected,
        "method": effect.method,
        "verdict": verdict,
    }


def _total(total: Total | None) -> dict[str, Any] | None:
    return None if total is None else asdict(total) | {"tells": total.tells}
