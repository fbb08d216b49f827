"""Customers with given scores in given runs, without the machinery behind them."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from segmentation.models import CustomerScore, ScoreRun
from segmentation.services.score_run import ScoreRules, asdict
from tests.factories.customers import CustomerFactory


def made_run(as_of: date, *, is_current: bool = False, **fields) -> ScoreRun:
    now: datetime = timezone.now()
    return ScoreRun.objects.create(
        as_of=as_of, is_current=is_current, started_at=now, finished_at=now,
        rules=asdict(ScoreRules()), **fields,
    )  # fmt: skip


def scored(run: ScoreRun, customer=None, *, name: str = "", branch=None, **fields) -> CustomerScore:
    """A regular, active customer who bought 20 days before, unless said otherwise."""
    if customer is None:
        customer = CustomerFactory(**({"name": name} if name else {}), home_branch=branch)
    defaults = {
        "stage": "active", "stage_since_on": run.as_of, "layer": "regular", "recency_days": 20,
        "frequency": 3, "monetary_minor": 100_000, "churn_probability": 0.2, "r": 3, "f": 3, "m": 3,
        "expected_interval_days": 90.0, "last_purchase_on": run.as_of - timedelta(days=20),
        "clv_minor": 50_000, "historical_value_minor": 20_000,
    } | fields  # fmt: skip
    return CustomerScore.objects.create(run=run, customer=customer, **defaults)
