"""How scores are spread, and that a bar leads to the customers it counts."""

from datetime import date

import pytest
from django.utils import timezone

from segmentation.scores_pages.distributions import distributions, money_edges
from tests.factories.tenancy import BranchFactory, MembershipFactory
from tests.segmentation.pages_people import made_run, scored

URL = "/segments/scores/distributions/"


@pytest.fixture
def current(clinic):
    return made_run(date(2026, 5, 31), is_current=True)


def counts(found, key: str) -> list[tuple[float, int]]:
    return [(band.low, band.n) for band in found[key].bands if band.n]


def test_values_fall_into_the_band_that_begins_at_or_below_them(current):
    for recency, frequency, churn in ((0, 1, 0.0), (59, 2, 0.0999), (60, 11, 0.1), (900, 40, 1.0)):
        scored(current, recency_days=recency, frequency=frequency, churn_probability=churn)

    found = distributions(current, None)

    assert counts(found, "recency") == [(0, 2), (60, 1), (720, 1)]
    assert counts(found, "frequency") == [(1, 1), (2, 1), (11, 2)]
    assert counts(found, "churn") == [(0.0, 2), (0.1, 1), (0.9, 1)]
    assert found["recency"].median == 59
    assert found["recency"].n == 4


def test_who_bought_nothing_is_in_no_band(current):
    scored(
        current, stage="potential", recency_days=None, frequency=0, monetary_minor=0, r=None,
        f=None, m=None, churn_probability=None, expected_interval_days=None, last_purchase_on=None,
    )  # fmt: skip

    found = distributions(current, None)

    assert {key: one.n for key, one in found.items()} == dict.fromkeys(found, 0)
    assert found["spend"].median is None


def test_spend_below_nothing_stands_in_the_first_band(current):
    scored(current, monetary_minor=-500)
    scored(current, monetary_minor=100_000)

    assert distributions(current, None)["spend"].bands[0].n == 1


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (9, 1), (11, 2), (95_000, 10_000), (100_001, 20_000)]
)
def test_bands_of_money_are_round(most, step):
    edges = money_edges(most)

    assert edges[1] == step
    assert len(edges) == 11
    assert edges[-1] >= most


@pytest.mark.parametrize("key", ["recency", "frequency", "spend", "churn"])
def test_every_bar_leads_to_as_many_customers_as_it_counts(current, client_as, key):
    for place in range(12):
        scored(
            current, recency_days=70 * place, frequency=1 + place, monetary_minor=7_000 * place,
            churn_probability=round(place / 11, 4),
        )  # fmt: skip
    client = client_as("owner")

    page = client.get(URL)

    (shown,) = [one for one in page.context["shown"] if one.key == key]
    bars = zip(shown.chart["series"][0]["values"], shown.chart["links"], strict=True)
    for n, link in bars:
        if n:
            listed = client.get(link)
            assert len(listed.context["page"].customers) == n, link


def test_charts_stand_as_tables_too(current, client_as):
    scored(current, monetary_minor=100_000)

    text = client_as("owner").get(URL).content.decode()

    assert text.count("data-chart-table") == 5
    assert "60–119" in text


def test_branch_bound_member_sees_own_branch_only(current, client_as):
    mine, theirs = BranchFactory(), BranchFactory()
    scored(current, branch=mine)
    scored(current, branch=theirs)

    page = client_as(MembershipFactory(role="staff", branch=mine)).get(URL)

    assert [one.n for one in page.context["shown"]] == [1] * 5


def test_erased_customers_are_not_counted(current):
    gone = scored(current).customer
    type(gone).with_merged.filter(pk=gone.pk).update(erased_at=timezone.now())

    assert distributions(current, None)["churn"].n == 0


@pytest.mark.parametrize("n", [1, 3])
def test_page_asks_a_fixed_number_of_queries(current, client_as, django_assert_num_queries, n):
    for _number in range(n):
        scored(current)
    client = client_as("owner")

    with django_assert_num_queries(16):
        client.get(URL)


def test_before_the_first_scores_the_page_says_so(client_as):
    assert "Nobody is scored yet" in client_as("owner").get(URL).content.decode()
