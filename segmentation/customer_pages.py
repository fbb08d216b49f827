"""What scores add to the customers' pages: a column of the list, three places of the profile."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.columns import ListColumn, register_column
from customers.panels import ProfilePart, register_part
from customers.queries import Profile
from segmentation.models import CustomerScore, Stage
from segmentation.next_step import next_step, risk_of
from segmentation.rhythm_words import rhythm_text
from segmentation.standard_attributes import current_run


def score_of(profile: Profile) -> Mapping[str, Any]:
    """The customer's score in the current run, in one query; {"score": None} before the first."""
    score = (
        CustomerScore.objects.filter(run=current_run(), customer=profile.customer)
        .select_related("run", "next_due_treatment")
        .first()
    )
    return {
        "score": score,
        "risk": risk_of(score, profile.today, profile.clinic.currency) if score else None,
        "step": next_step(profile, score),
        "rhythm": rhythm_text(profile.spend, score.expected_interval_days) if score else "",
    }


def stages_of(customer_ids: list[int]) -> QuerySet[CustomerScore]:
    """The stage of each in the current run; who is not scored yet is left out."""
    scores = CustomerScore.objects.filter(run=current_run(), customer__in=customer_ids)
    return scores.annotate(cell=F("stage"))


def register() -> None:
    register_column(
        ListColumn(
            "stage",
            _("Stage"),
            "segmentation/_stage_cell.html",
            found=stages_of,
            order=10,
            is_shown=True,
            plain=lambda stage: Stage(stage).label,
        )
    )
    register_part(
        ProfilePart(
            "scores",
            score_of,
            {"badge": "segmentation/_stage_badge.html", "now": "segmentation/_now_cards.html"},
            order=10,
        )
    )
