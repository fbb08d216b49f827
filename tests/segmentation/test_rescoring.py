"""Between nights: what happened shows in a customer's scores, and the run stays what it was."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest

from customers.models import FeedMark, Interaction, SaleLine
from segmentation.models import CustomerScore, KeptScore, ScoreRun, Segment
from segmentation.services import membership, rescoring, touched
from segmentation.services.kept_scores import put_back
from segmentation.services.score_export import export_scores
from segmentation.services.score_rows import SCORED
from segmentation.services.score_run import run
from tests.factories.customers import (
    CustomerFactory,
    IdentityFactory,
    SaleFactory,
    TreatmentFactory,
)

AS_OF = date(2026, 5, 31)
TODAY = AS_OF + timedelta(days=1)
NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)  # of TODAY in Shanghai
NOON_BEFORE = NOON - timedelta(days=1)


def rows_of(made: ScoreRun, *left_out: str) -> dict[int, tuple]:
    columns = [name for name in SCORED if name not in left_out]
    return {
        row[0]: row[1:]
        for row in CustomerScore.objects.filter(run=made).values_list("customer_id", *columns)
    }


def score_of(customer) -> CustomerScore:
    return CustomerScore.objects.get(run__is_current=True, customer=customer)


@pytest.fixture
def people(clinic):
    """Sixteen customers with four years behind them, and a treatment that wears off."""
    toxin = TreatmentFactory(interval_days=105)
    customers = []
    for place in range(16):
        customer = CustomerFactory()
        IdentityFactory(customer=customer, external_id=f"C-{place}")
        customers.append(customer)
        for days_ago in range(5 + 22 * place, 900, 60 + 7 * (place % 9)):
            sale = sell(customer, AS_OF - timedelta(days=days_ago), 4_000 + 100 * place)
            if place % 2:
                SaleLine.objects.create(
                    sale=sale, line_no=1, treatment=toxin, net_minor=sale.net_minor
                )
    return customers


def sell(customer, on=TODAY, net_minor=90_000):
    return SaleFactory(customer=customer, on=on, net_minor=net_minor)


def test_who_is_scored_again_on_the_same_day_keeps_every_number(people):
    made = run(as_of=AS_OF)
    before = rows_of(made, "rescored_on", "stage_since_on")

    n = rescoring.rescore([customer.pk for customer in people[::2]], at=NOON_BEFORE)

    assert n == 8
    assert rows_of(made, "rescored_on", "stage_since_on") == before
    assert CustomerScore.objects.filter(rescored_on=AS_OF).count() == 8


def test_a_sale_today_shows_and_moves_nobody_else(people):
    made = run(as_of=AS_OF)
    before, late = rows_of(made), people[-1]
    was = score_of(late)
    assert was.stage in ("dormant", "churned")
    sell(late)

    rescoring.rescore([late.pk], at=NOON)

    now = score_of(late)
    assert (now.recency_days, now.r, now.m) == (0, 5, 5)
    assert (now.frequency, now.stage, now.stage_since_on) == (was.frequency + 1, "active", TODAY)
    assert now.churn_probability < was.churn_probability
    assert (now.rescored_on, now.told_on) == (TODAY, TODAY)
    after = rows_of(made)
    assert {pk for pk in after if after[pk] != before[pk]} == {late.pk}


def test_a_complaint_today_raises_the_risk(people):
    run(as_of=AS_OF)
    customer = people[3]
    was = score_of(customer).churn_probability
    Interaction.objects.create(
        customer=customer,
        kind="complaint",
        occurred_at=NOON,
        channel="phone",
        source="desk",
        external_id="1",
    )

    rescoring.rescore([customer.pk], at=NOON)

    assert score_of(customer).churn_probability > was


def test_the_run_is_put_back_to_the_byte(people):
    made = run(as_of=AS_OF)
    before = rows_of(made)
    newcomer = CustomerFactory(known_since_on=TODAY)
    sell(newcomer)
    sell(people[0])
    rescoring.rescore([newcomer.pk, people[0].pk], at=NOON)
    rescoring.rescore([people[0].pk], at=NOON + timedelta(hours=1))
    assert score_of(newcomer).stage == "new"

    put_back(made)

    assert rows_of(made) == before
    assert not KeptScore.objects.exists()


def test_export_of_the_day_does_not_know_of_the_next(people, tmp_path):
    made = run(as_of=AS_OF)
    export_scores(as_of=AS_OF, path=tmp_path / "before.csv")
    newcomer = CustomerFactory(known_since_on=TODAY)
    sell(people[1])
    rescoring.rescore([people[1].pk, newcomer.pk], at=NOON)

    n_rows, _nameless = export_scores(as_of=AS_OF, path=tmp_path / "after.csv")

    assert n_rows == made.n_customers
    one, other = ((tmp_path / name).read_text() for name in ("before.csv", "after.csv"))
    assert list(csv.reader(one.splitlines())) == list(csv.reader(other.splitlines()))


def test_the_next_run_begins_with_the_last_one_as_it_was(people):
    first = run(as_of=AS_OF)
    before = rows_of(first)
    sell(people[-1])
    rescoring.rescore([people[-1].pk], at=NOON)

    second = run(as_of=TODAY)

    assert rows_of(first) == before
    assert score_of(people[-1]).rescored_on is None
    assert score_of(people[-1]).stage_since_on == TODAY
    assert second.is_current


def test_a_run_of_yesterday_made_today_does_not_forget_today(people):
    run(as_of=AS_OF)
    sell(people[-1])
    FeedMark.objects.update(changed_at=NOON - timedelta(days=9))
    newest = FeedMark.objects.filter(kind="sale").order_by("-change_no", "-pk").first()
    FeedMark.objects.filter(pk=newest.pk).update(changed_at=NOON)
    rescoring.rescore([people[-1].pk], at=NOON)
    again = run(as_of=AS_OF)
    ScoreRun.objects.filter(pk=again.pk).update(started_at=NOON + timedelta(hours=1))
    assert score_of(people[-1]).rescored_on is None

    assert rescoring.rescore_newer(at=NOON + timedelta(hours=1)) == 1

    assert score_of(people[-1]).recency_days == 0


def test_segments_see_the_new_scores_at_once(people):
    run(as_of=AS_OF)
    rule = {"match": "all", "conditions": [
        {"attribute": "recency", "operator": "at_most", "value": 2}]}  # fmt: skip
    segment = Segment.objects.create(name="Fresh", rule=rule)
    touched.refresh_touched(at=NOON)
    assert not membership.SegmentMembership.objects.filter(segment=segment).exists()
    sell(people[-1])

    touched.refresh_touched(at=NOON)

    inside = membership.SegmentMembership.objects.get(segment=segment)
    assert inside.customer_id == people[-1].pk


def test_a_run_that_taught_nothing_is_left_alone(people):
    made = run(as_of=AS_OF)
    ScoreRun.objects.filter(pk=made.pk).update(population={})
    before = rows_of(made)

    assert rescoring.rescore([people[0].pk], at=NOON) == 0
    assert rows_of(made) == before
