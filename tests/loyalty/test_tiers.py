from datetime import date, timedelta

import pytest

from customers.models import CustomerEvent
from loyalty.models import Account, TierChange
from loyalty.receipts import ToNext, spend_of, tier_of, to_next
from loyalty.services.programme import Rung, Terms, edit_programme
from loyalty.services.tiers import judge
from tests.factories.customers import SaleFactory
from tests.factories.loyalty import LADDER, make_programme

MAY_1 = date(2026, 5, 1)


@pytest.fixture
def programme(clinic):
    return make_programme()  # Pearl from 0, Jade from 5,000.00, Gold from 20,000.00; 365 days


def tier_name(customer) -> str:
    return Account.objects.get(customer=customer).tier.name


@pytest.mark.parametrize(
    ("net_minor", "tier"),
    [(0, None), (1, "Pearl"), (499_999, "Pearl"), (500_000, "Jade"), (2_000_000, "Gold")],
)
def test_the_highest_tier_whose_spend_is_met(programme, net_minor, tier):
    sale = SaleFactory(net_minor=net_minor, on=MAY_1)
    judge(MAY_1)

    account = Account.objects.filter(customer=sale.customer).first()
    assert (account and account.tier.name) == tier


def test_the_window_ends_on_the_day_and_begins_its_length_before(programme):
    sale = SaleFactory(net_minor=500_000, on=MAY_1)

    for on, tier in [
        (MAY_1, "Jade"),
        (MAY_1 + timedelta(days=364), "Jade"),
        (MAY_1 + timedelta(days=365), "Pearl"),
    ]:
        judge(on)
        assert (on, tier_name(sale.customer)) == (on, tier)


def test_a_window_over_a_leap_day_counts_days(clinic):
    make_programme(window_days=366)
    sale = SaleFactory(net_minor=500_000, on=date(2027, 3, 1))
    judge(date(2028, 2, 29))  # the 366th day, 1 March counted

    assert tier_name(sale.customer) == "Jade"
    judge(date(2028, 3, 1))
    assert tier_name(sale.customer) == "Pearl"


def test_a_refund_counts_towards_its_sale_once_it_is_known(programme):
    sale = SaleFactory(net_minor=500_000, on=MAY_1)
    SaleFactory(
        kind="refund", customer=sale.customer, refund_of=sale, net_minor=-1,
        on=MAY_1 + timedelta(days=10), counts_on=MAY_1,
    )  # fmt: skip

    judge(MAY_1 + timedelta(days=9))
    assert tier_name(sale.customer) == "Jade"
    judge(MAY_1 + timedelta(days=10))
    assert tier_name(sale.customer) == "Pearl"


def test_spend_before_the_programme_started_counts_for_the_tier(programme):
    sale = SaleFactory(net_minor=600_000, on=date(2025, 12, 1))
    judge(MAY_1)

    assert tier_name(sale.customer) == "Jade"


def test_judging_again_changes_nothing(programme):
    SaleFactory.create_batch(2, net_minor=600_000)

    assert [judge(MAY_1), judge(MAY_1)] == [2, 0]


def test_only_the_named_customers_are_judged(programme):
    sales = SaleFactory.create_batch(2, net_minor=600_000)
    judge(MAY_1, customers=[sales[0].customer_id])

    assert [account.customer for account in Account.objects.all()] == [sales[0].customer]


def test_a_change_comes_with_a_receipt_that_explains_it(programme):
    first = SaleFactory(net_minor=400_000, on=date(2026, 2, 1))
    second = SaleFactory(net_minor=250_000, on=MAY_1, customer=first.customer)
    SaleFactory(net_minor=900_000, on=date(2025, 5, 1), customer=first.customer)  # outside
    judge(MAY_1)

    change = TierChange.objects.get()
    version = programme.ladders.get()
    assert change.version == version
    assert change.receipt == {
        "programme": "Member points",
        "version": 1,
        "effective_on": "2026-01-01",
        "from_on": "2025-05-02",
        "until_on": "2026-05-01",
        "currency": "CNY",
        "before": {"rank": -1, "tier": None, "missed_on": None},
        "invited_rank": -1,
        "facts": {"spend_minor": 650_000, "n_days": 0, "points": 0, "n_kinds": 0},
        "purchases": [
            {"counts_on": "2026-02-01", "net_minor": 400_000, "n_sales": 1, "sales": [first.pk]},
            {"counts_on": "2026-05-01", "net_minor": 250_000, "n_sales": 1, "sales": [second.pk]},
        ],
        "folded": None,
        "kinds": [],
        "before_window": {
            "n": 1,
            "net_minor": 900_000,
            "newest": [{"counts_on": "2025-05-01", "net_minor": 900_000}],
        },
        "rules": version.rules,
        "tier": "Jade",
    }
    assert (spend_of(change.receipt), tier_of(change.receipt)) == (650_000, "Jade")
    # The first purchase that counts, of 1 February 2026, drops out a year later.
    assert to_next(change.receipt) == ToNext(
        "Gold", {"spend_minor": 1_350_000}, False, date(2027, 1, 31)
    )


def test_the_top_tier_has_nothing_missing(programme):
    SaleFactory(net_minor=2_000_000)
    judge(MAY_1)

    assert to_next(TierChange.objects.get().receipt) is None


def test_rising_and_falling_are_told_but_entering_at_the_foot_is_not(programme):
    sale = SaleFactory(net_minor=1_000, on=MAY_1)
    judge(MAY_1)
    assert CustomerEvent.objects.filter(kind="tier.changed").count() == 0

    SaleFactory(net_minor=2_000_000, on=MAY_1, customer=sale.customer)
    judge(MAY_1)
    judge(MAY_1 + timedelta(days=400))

    events = CustomerEvent.objects.filter(kind="tier.changed").order_by("pk")
    assert [event.payload for event in events] == [
        {"old_tier": "Pearl", "tier": "Gold", "is_up": True},
        {"old_tier": "Gold", "tier": "Pearl", "is_up": False},
    ]
    changes = TierChange.objects.order_by("pk").values_list("pk", flat=True)[1:]
    assert [event.source_key for event in events] == [f"tier_change:{pk}" for pk in changes]


def test_a_tier_taken_off_the_ladder_is_left_and_stays_in_the_history(programme):
    sale = SaleFactory(net_minor=600_000)
    judge(MAY_1)
    pearl, _jade, gold = programme.tiers.on_ladder()
    terms = Terms(name="Member points", points_per_unit=1, point_value_minor=1)
    ladder = [Rung("Pearl", 0, tier_id=pearl.pk), Rung("Jade", 2_000_000, tier_id=gold.pk)]
    edit_programme(programme=programme, terms=terms, ladder=ladder, on=MAY_1)

    judge(MAY_1)

    change = TierChange.objects.latest("pk")
    assert (change.old_tier.retired_on, change.new_tier) == (MAY_1, pearl)
    assert tier_name(sale.customer) == "Pearl"
    assert [t.pk for t in programme.tiers.on_ladder()] == [pearl.pk, gold.pk]


def test_rungs_may_swap_names(programme):
    pearl, jade, gold = programme.tiers.on_ladder()
    terms = Terms(name="Member points", points_per_unit=1, point_value_minor=1)
    ladder = [
        Rung("Pearl", 0, tier_id=pearl.pk),
        Rung("Gold", 1, tier_id=jade.pk),
        Rung("Jade", 2, tier_id=gold.pk),
    ]
    edit_programme(programme=programme, terms=terms, ladder=ladder, on=MAY_1)

    assert [t.name for t in programme.tiers.on_ladder()] == ["Pearl", "Gold", "Jade"]
    assert LADDER[1].name == "Jade"
