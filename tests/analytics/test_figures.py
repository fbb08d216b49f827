"""Rates and revenue of the clinic, counted by hand and against the definitions of `measure`."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import time_machine

from analytics.measure.period_counts import period_counts
from analytics.measure.rates_over_time import repurchase_rate, retention_rate
from analytics.models import Figures
from analytics.queries.figures import PERIODS, stored_figures
from analytics.services.figures import figures_of, month_starts, period_ends, refresh_figures
from segmentation.scoring.purchases import PurchaseDays, order_history
from segmentation.services.score_run import run
from tests.factories.campaigns import EnrolmentFactory, RunningCampaignFactory
from tests.factories.customers import CustomerFactory, SaleFactory, VisitFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

AS_OF = date(2026, 5, 31)


def bought(*days_ago: int, net_minor: int = 10_000, **fields):
    customer = CustomerFactory(**fields)
    for days in days_ago:
        SaleFactory(customer=customer, on=AS_OF - timedelta(days=days), net_minor=net_minor)
        VisitFactory(customer=customer, visited_on=AS_OF - timedelta(days=days))
    return customer


def test_rates_by_hand(clinic):
    bought(5, 40)  # twice in 90 days, and before: no
    bought(10, 100)  # once in 90 days, and in the 90 days before
    bought(100)  # before only: did not stay
    bought()

    now = figures_of(None, as_of=AS_OF).now(90)

    assert (now.repurchase.n_hits, now.repurchase.n) == (1, 2)
    assert (now.retention.n_hits, now.retention.n) == (1, 2)
    assert (now.visit.n_hits, now.visit.n) == (2, 4)


def test_borders_of_a_period(clinic):
    bought(0, 89)
    bought(90, 179)

    now = figures_of(None, as_of=AS_OF).now(90)

    assert (now.repurchase.n_hits, now.repurchase.n) == (1, 1)
    assert (now.retention.n_hits, now.retention.n) == (0, 1)


def test_who_became_known_in_the_period_is_no_visitor_of_it(clinic):
    bought(5, known_since_on=AS_OF - timedelta(days=89))
    bought(5, known_since_on=AS_OF - timedelta(days=90))

    assert figures_of(None, as_of=AS_OF).now(90).visit.n == 1


def test_a_refunded_day_is_no_purchase_day(clinic):
    sale = bought(5, 40).sales.first()
    SaleFactory(customer=sale.customer, kind="refund", refund_of=sale, on=AS_OF,
                counts_on=sale.counts_on, net_minor=-10_000)  # fmt: skip

    assert figures_of(None, as_of=AS_OF).now(90).repurchase.n_hits == 0


def test_revenue_by_month(clinic):
    bought(0, 30, 31, net_minor=700)  # 31 May, 1 May, 30 April
    bought(400, net_minor=900)  # long ago

    months = figures_of(None, as_of=AS_OF).months

    assert [(month.first_on, month.net_minor) for month in months][-2:] == [
        (date(2026, 4, 1), 700),
        (date(2026, 5, 1), 1_400),
    ]
    assert len(months) == 13
    assert sum(month.net_minor for month in months) == 2_100
    assert months[-1].is_whole


def test_the_running_month_is_marked(clinic):
    assert not figures_of(None, as_of=date(2026, 5, 30)).months[-1].is_whole


def test_a_line_has_a_point_a_month_and_today():
    assert month_starts(date(2026, 1, 15))[0] == date(2025, 1, 1)
    assert period_ends(date(2026, 1, 15))[0] == date(2025, 1, 31)
    assert period_ends(date(2026, 1, 15))[-2:] == [date(2025, 12, 31), date(2026, 1, 15)]


def test_each_branch_has_its_own_figures_and_they_add_up(clinic):
    north, south = BranchFactory(), BranchFactory()
    bought(5, 40, home_branch=north)
    bought(5, home_branch=south)
    bought(5)
    refresh_figures(AS_OF)

    n_buyers = [stored_figures(branch).now(90).repurchase.n for branch in (north, south, None)]

    assert n_buyers == [1, 1, 3]


def test_figures_are_kept_until_they_are_refreshed(clinic):
    bought(5)
    refresh_figures(AS_OF)
    bought(5)

    assert figures_of(None, as_of=AS_OF).now(90).repurchase.n == 1
    refresh_figures(AS_OF)
    assert figures_of(None, as_of=AS_OF).now(90).repurchase.n == 2
    assert Figures.objects.count() == 1


def test_scoring_refreshes_the_figures(clinic, run_tasks):
    bought(5)
    with run_tasks():
        run(as_of=AS_OF)

    assert Figures.objects.count() == 1


def test_counts_agree_with_the_rates_of_one_group():
    random = np.random.default_rng(7)
    n_customers, n_rows = 60, 700
    days = PurchaseDays(
        random.integers(0, n_customers, n_rows),
        20_000 + random.integers(0, 400, n_rows),
        random.integers(-50, 100, n_rows),
    )
    as_of = date(1970, 1, 1) + timedelta(days=20_400)
    first_on, last_on = as_of - timedelta(days=149), as_of - timedelta(days=50)
    history = order_history(days, n_customers=n_customers, as_of=as_of)
    counts = period_counts(
        history, history, known_since=np.zeros(n_customers, int),
        group=np.zeros(n_customers, int), n_groups=1, first_on=first_on, last_on=last_on,
    )  # fmt: skip
    asked = {"n_customers": n_customers, "first_on": first_on, "last_on": last_on}

    repurchase, retention = repurchase_rate(days, **asked), retention_rate(days, **asked)

    assert (counts.n_repeat[0], counts.n_buyers[0]) == (repurchase.n_hits, repurchase.n)
    assert (counts.n_stayed[0], counts.n_before[0]) == (retention.n_hits, retention.n)
    assert 0 < counts.n_stayed[0] < counts.n_before[0]


# The page


@pytest.fixture
def in_june():
    with time_machine.travel(datetime(2026, 6, 1, 4, tzinfo=UTC), tick=False):
        yield


def test_the_overview_shows_the_period_asked_for(client_as, in_june):
    bought(5, 40)
    bought(100)
    client = client_as("analyst")

    year, quarter = client.get("/analytics/"), client.get("/analytics/?period=90")

    assert year.context["rates"].repurchase.n == 2
    assert quarter.context["rates"].repurchase.n == 1
    assert client.get("/analytics/?period=nonsense").context["period_days"] == PERIODS[0]


def test_stages_lead_to_their_customers(client_as, in_june):
    bought(5)
    run(as_of=AS_OF)

    chart = client_as("manager").get("/analytics/").context["stages_chart"]

    assert dict(zip(chart["labels"], chart["series"][0]["values"], strict=True))["New"] == 1
    assert "/customers/?stage=new" in chart["links"]


def test_an_empty_clinic_has_an_overview(client_as, in_june):
    page = client_as("owner").get("/analytics/")

    assert page.status_code == 200
    assert "No campaign was launched in the last 12 months." in page.content.decode()


def test_a_bound_member_reads_the_branchs_figures(client_as, in_june):
    mine = BranchFactory()
    bought(5, home_branch=mine)
    bought(5)
    member = MembershipFactory(role="manager", branch=mine)

    assert client_as(member).get("/analytics/").context["rates"].repurchase.n == 1


@pytest.mark.parametrize("n", [1, 3])
def test_the_overview_asks_a_fixed_number_of_queries(
    client_as, in_june, django_assert_num_queries, n
):
    for _ in range(n):
        bought(5)
        EnrolmentFactory(campaign=RunningCampaignFactory())
    run(as_of=AS_OF)
    client = client_as("analyst")
    client.get("/analytics/")

    with django_assert_num_queries(17):
        client.get("/analytics/")
