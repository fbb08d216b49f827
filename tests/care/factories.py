"""A score of the current run, and a call, without the machinery behind them."""

from datetime import date, timedelta

from care.models import Task
from segmentation.models import CustomerScore, ScoreRun
from tests.factories.customers import NOON, ContactPointFactory, CustomerFactory

TODAY = date(2026, 6, 1)


def current_run() -> ScoreRun:
    run, _made = ScoreRun.objects.get_or_create(
        is_current=True, defaults={"as_of": TODAY, "started_at": NOON, "finished_at": NOON}
    )
    return run


def at_risk(*, churn: float | None = 0.8, spend: int = 100_000, stage: str = "dormant", phone=True,
            **fields):  # fmt: skip
    """A customer at risk, with a phone, in the current run."""
    customer = CustomerFactory(**fields)
    if phone:
        number = f"+86138{customer.pk:08d}"
        ContactPointFactory(customer=customer, kind="phone", value=number)
    CustomerScore.objects.create(
        run=current_run(), customer=customer, stage=stage, stage_since_on=TODAY,
        churn_probability=churn, monetary_minor=spend, expected_interval_days=90.4,
        last_purchase_on=None if stage == "potential" else TODAY - timedelta(days=160),
    )  # fmt: skip
    return customer


def open_call(customer=None, **fields) -> Task:
    defaults = {"intent": "at_risk", "due_on": TODAY, "priority": 80_000.0} | fields
    return Task.objects.create(customer=customer or at_risk(), **defaults)
