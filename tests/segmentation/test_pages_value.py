"""The high-value list, what separates from the next layer, and what high-value customers share."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from customers.models import SaleLine
from segmentation.models import CustomerScore
from segmentation.scores_pages import high_value
from segmentation.scores_pages.traits import SMALLEST_GROUP, traits_of
from segmentation.services.score_run import run
from tests.factories.customers import CustomerFactory, SaleFactory, TreatmentFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory
from tests.segmentation.pages_people import made_run, scored

URL = "/segments/scores/value/"
MAY = date(2026, 5, 31)


@pytest.fixture
def current(clinic):
    return made_run(MAY, is_current=True)


def test_layers_begin_where_the_run_cut_them(clinic):
    for place in range(37):
        customer = CustomerFactory()
        for days in range(10 + place, 700, 30 + 3 * place):
            SaleFactory(
                customer=customer, on=MAY - timedelta(days=days), net_minor=1_000 * (1 + place % 7)
            )
    CustomerFactory()  # never bought
    made = run(as_of=MAY)

    cuts = high_value.cuts_of(made)

    by_layer = {}
    for score in CustomerScore.objects.filter(run=made, last_purchase_on__isnull=False):
        worth = (score.clv_minor or 0) + score.historical_value_minor
        by_layer.setdefault(score.layer, []).append(worth)
    assert cuts.n == 37
    assert min(by_layer["high"]) >= cuts.from_minor["high"]
    assert max(by_layer["potential_high"]) < cuts.from_minor["high"]
    assert min(by_layer["potential_high"]) >= cuts.from_minor["potential_high"]
    assert max(by_layer["regular"]) < cuts.from_minor["potential_high"]


def ladder(current, **fields):
    """Ten customers worth 10,000 to 100,000; the layers as a run would cut them."""
    layers = ["regular"] * 6 + ["potential_high"] * 2 + ["high"] * 2
    return [
        scored(
            current, name=f"Worth {step}", layer=layer, clv_minor=10_000 * step,
            historical_value_minor=0, monetary_minor=1_000 * step, frequency=step, **fields,
        )
        for step, layer in enumerate(layers, start=1)
    ]  # fmt: skip


def test_gap_is_what_is_missing_to_the_layer_above(current, client_as):
    ladder(current)
    client = client_as("analyst")

    near = client.get(URL, {"view": "near"}).context["rows"]
    following = client.get(URL, {"view": "next"}).context["rows"]
    high = client.get(URL).context["rows"]

    assert [(row.score.worth_minor, row.gap_minor) for row in near] == [
        (80_000, 10_000), (70_000, 20_000),
    ]  # fmt: skip
    assert following[0].gap_minor == 10_000
    assert [(row.score.worth_minor, row.gap_minor) for row in high] == [
        (100_000, None), (90_000, None),
    ]  # fmt: skip


def test_reasons_say_by_what_somebody_is_among_the_best(current, client_as):
    ladder(current)

    best, second = client_as("owner").get(URL).context["rows"]

    assert best.reasons == ["Value to come: top 1%", "Spend: top 1%", "Purchase days: top 1%"]
    assert second.reasons == ["Value to come: top 20%", "Spend: top 20%", "Purchase days: top 20%"]


def test_spent_last_year_is_net_of_refunds_and_of_that_year_only(current, client_as):
    score = scored(current, layer="high")
    sale = SaleFactory(customer=score.customer, on=MAY - timedelta(days=364), net_minor=30_000)
    SaleFactory(
        customer=score.customer, on=MAY - timedelta(days=100), net_minor=-5_000, kind="refund",
        refund_of=sale,
    )  # fmt: skip
    SaleFactory(customer=score.customer, on=MAY - timedelta(days=365), net_minor=77_000)
    SaleFactory(customer=score.customer, on=MAY + timedelta(days=1), net_minor=88_000)

    (row,) = client_as("owner").get(URL).context["rows"]

    assert row.spent_year_minor == 25_000


def test_at_risk_are_those_who_are_worth_as_much_as_the_high_ones(current, client_as):
    ladder(current)
    scored(current, name="Slipping", layer="at_risk", clv_minor=95_000, historical_value_minor=0)
    scored(current, name="Little", layer="at_risk", clv_minor=5_000, historical_value_minor=0)

    rows = client_as("owner").get(URL, {"view": "risk"}).context["rows"]

    assert [row.score.customer.name for row in rows] == ["Slipping"]


def test_erased_customers_are_on_no_list(current, client_as):
    gone = scored(current, layer="high").customer
    scored(current, layer="high", name="Stays")
    type(gone).with_merged.filter(pk=gone.pk).update(erased_at=timezone.now())

    rows = client_as("owner").get(URL).context["rows"]

    assert [row.score.customer.name for row in rows] == ["Stays"]


@pytest.mark.parametrize("n", [1, 3])
def test_page_asks_a_fixed_number_of_queries(current, client_as, django_assert_num_queries, n):
    for _number in range(n):
        scored(current, layer="high")
    client = client_as("owner")

    with django_assert_num_queries(PAGE_QUERIES):
        page = client.get(URL)
    assert len(page.context["rows"]) == n
    with django_assert_num_queries(TRAIT_QUERIES):
        client.get(f"{URL}traits/", headers={"hx-request": "true"})


PAGE_QUERIES, TRAIT_QUERIES = 18, 16


def test_branch_bound_member_sees_own_branch_only(current, client_as):
    mine, theirs = BranchFactory(), BranchFactory(name="Theirs")
    scored(current, layer="high", name="Of Mine", branch=mine)
    scored(current, layer="high", name="Of Theirs", branch=theirs)
    member = MembershipFactory(role="staff", branch=mine)

    rows = client_as(member).get(URL).context["rows"]

    assert [row.score.customer.name for row in rows] == ["Of Mine"]
    assert traits_of(current, mine) is None  # nobody else at this branch to compare with


def test_unknown_view_is_not_found(client_as):
    assert client_as("owner").get(URL, {"view": "rich"}).status_code == 404


@pytest.mark.parametrize("address", [URL, f"{URL}traits/"])
def test_without_scores_the_pages_say_so(client_as, address):
    text = client_as("owner").get(address).content.decode()

    assert "Nobody is scored yet" in text or "not enough buyers" in text


def crowd(current, n: int, *, layer: str, **fields):
    return [
        scored(current, CustomerFactory(**fields), layer=layer).customer for _number in range(n)
    ]


def test_traits_tell_what_is_commoner_and_how_sure_that_is(current):
    crowd(current, 20, layer="high", city="Lake", birth_on=date(1986, 1, 1))
    crowd(current, 20, layer="high", city="Hill", birth_on=date(1996, 1, 1))
    crowd(current, 10, layer="regular", city="Lake", birth_on=date(1986, 1, 1))
    crowd(current, 90, layer="regular", city="Hill", birth_on=date(1996, 1, 1))
    crowd(current, 40, layer="regular")  # city and age unknown: not counted among the others

    found = traits_of(current, None)

    assert (found.n_high, found.n_rest) == (40, 140)
    traits = {(str(t.kind), str(t.label)): t for t in (*found.telling, *found.others)}
    lake = traits["City", "Lake"]
    assert (lake.n, lake.rate, lake.rest_rate) == (20, 0.5, 0.1)
    assert lake.lift.value == pytest.approx(5.0)
    assert lake.lift.tells
    assert traits["Age", "35 to 44"].rate == 0.5
    assert ("City", "Hill") in traits
    assert found.telling[0].lift.value == max(t.lift.value for t in found.telling)


def test_categories_bought_count_a_customer_once_and_the_last_year_only(current):
    laser = TreatmentFactory(category="Laser")

    def bought(customer, days: int) -> None:
        sale = SaleFactory(customer=customer, on=MAY - timedelta(days=days))
        SaleLine.objects.create(sale=sale, line_no=1, treatment=laser, net_minor=sale.net_minor)

    for customer in crowd(current, 20, layer="high"):
        bought(customer, 10)
        bought(customer, 50)
    others = crowd(current, 40, layer="regular")
    for customer in others[:10]:
        bought(customer, 100)
    for customer in others[10:]:
        bought(customer, 400)

    found = traits_of(current, None)

    (trait,) = [t for t in found.telling if t.label == "Laser"]
    assert (trait.n, trait.rate, trait.rest_rate) == (20, 1.0, 0.25)


def test_nothing_is_said_of_a_few(current):
    crowd(current, SMALLEST_GROUP - 1, layer="high", city="Lake")
    crowd(current, 30, layer="regular", city="Hill")

    found = traits_of(current, None)

    assert "Lake" not in [t.label for t in (*found.telling, *found.others)]
