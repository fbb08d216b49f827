"""Scores of people who can be shown, with what they are ranked by."""

from django.db.models import BigIntegerField, ExpressionWrapper, F, FloatField, QuerySet
from django.db.models.functions import Cast, Coalesce

from segmentation.models import CustomerScore, ScoreRun
from segmentation.score_queries import scores_seen
from tenancy.models import Branch

PAGE_ROWS = 25


def scores_shown(run: ScoreRun, branch: Branch | None) -> QuerySet[CustomerScore]:
    """Of a run, without who was merged into another or erased since."""
    return scores_seen(run, branch).filter(
        customer__merged_into__isnull=True, customer__erased_at__isnull=True
    )


def with_worth(scores: QuerySet[CustomerScore]) -> QuerySet[CustomerScore]:
    """Annotated with `worth_minor`: value to come + what was left of the last 365 days, as the
    layers are cut by it."""
    return scores.annotate(worth_minor=Coalesce("clv_minor", 0) + F("historical_value_minor"))


def with_at_stake(scores: QuerySet[CustomerScore]) -> QuerySet[CustomerScore]:
    """Annotated with `at_stake_minor`: spend in the window × probability of not coming back."""
    product = ExpressionWrapper(
        F("monetary_minor") * F("churn_probability"), output_field=FloatField()
    )
    return scores.annotate(at_stake_minor=Cast(product, BigIntegerField()))


def for_rows(scores: QuerySet[CustomerScore]) -> QuerySet[CustomerScore]:
    """With all that a row of a list says, so that it costs one query."""
    return scores.select_related(
        "customer__consultant__user", "customer__home_branch", "next_due_treatment"
    )
