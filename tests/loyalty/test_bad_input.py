"""What comes in wrong, from the sale to the points: a clear answer, nothing lost or counted."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Sale
from customers.services.intake import CustomerRecord, SaleRecord, upsert_customers, upsert_sales
from loyalty.invariants import violations
from loyalty.models import Account, LedgerEntry, Redemption
from loyalty.refusals import OutOfStock
from loyalty.services.accrual import accrue, accrue_pending
from loyalty.services.expiry import expire_points
from loyalty.services.rewards import Exchange, exchange
from loyalty.services.tiers import judge
from tests.factories.loyalty import make_programme
from tests.factories.rewards import RewardFactory, member_with

AT = datetime(2026, 6, 1, 4, tzinfo=UTC)
TODAY = AT.date()
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _members(clinic, time_machine):
    time_machine.move_to(AT, tick=False)
    make_programme(starts_on=datetime(2020, 1, 1).date())
    upsert_customers(source="till", records=[CustomerRecord("C1", name="Anna")], at=AT - DAY)


def sold(external_id: str = "S1", **said) -> SaleRecord:
    usual = {"customer_external_id": "C1", "occurred_at": AT - DAY, "net_minor": 10_000}
    return SaleRecord(external_id, **(usual | said))


def take_in(*records: SaleRecord) -> list[str]:
    """What each was answered; points are posted afterwards."""
    outcomes = upsert_sales(source="till", records=records, at=AT)
    accrue_pending()
    return [outcome.code or outcome.state for outcome in outcomes]


def balance() -> int:
    return sum(Account.objects.values_list("balance", flat=True))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"occurred_at": AT + DAY + timedelta(minutes=1)}, "in_future"),
        ({"currency": "EUR"}, "other_currency"),
        ({"net_minor": 10**16}, "too_large"),
        ({"net_minor": -5}, "negative_sale"),
    ],
)
def test_a_sale_that_cannot_be_says_why_and_earns_nothing_while_its_neighbours_do(wrong, code):
    answers = take_in(sold("S0"), sold("S1", **({"kind": "sale"} | wrong)), sold("S2"))

    assert answers == ["created", code, "created"]
    assert (balance(), violations()) == (200, [])


def test_a_sale_dated_tomorrow_earns_when_its_day_has_come_and_rewards_nobody_before(clinic):
    tomorrow = AT + 20 * DAY / 24  # 1 June at noon in Shanghai and 20 hours: a till's clock is off
    assert take_in(sold(occurred_at=tomorrow)) == ["created"]
    assert Sale.objects.get().occurred_on == TODAY + DAY
    judge(TODAY)

    assert (LedgerEntry.objects.count(), Account.objects.count()) == (0, 0)
    accrue(on=TODAY + DAY)
    accrue(on=TODAY + DAY)

    assert LedgerEntry.objects.get().posted_on == TODAY + DAY
    assert (balance(), violations()) == (100, [])


def test_a_refund_dated_tomorrow_takes_back_when_its_day_has_come():
    refund = sold("R1", refund_of="S1", net_minor=-4_000, occurred_at=AT + 20 * DAY / 24)
    assert take_in(sold(), refund) == ["created", "created"]

    assert balance() == 100
    accrue(on=TODAY + DAY)
    assert (balance(), violations()) == (60, [])


def test_a_sale_of_three_years_ago_earns_what_is_over_and_lifts_nobody():
    long_ago = AT - 3 * 365 * DAY

    assert take_in(sold(occurred_at=long_ago, net_minor=3_000_000)) == ["created"]
    assert Account.objects.get().entries.get().posted_on == long_ago.date()
    expire_points(on=TODAY)
    judge(TODAY)

    assert (balance(), violations()) == (0, [])
    assert Account.objects.get().tier.name == "Pearl"
    assert LedgerEntry.objects.filter(kind="expiry").get().points == -30_000


def test_a_refund_before_its_sale_is_refused_and_taken_once_the_sale_is_there():
    refund = sold("R1", refund_of="S1", net_minor=-4_000, occurred_at=AT - DAY / 2)

    assert take_in(refund) == ["unknown_sale"]
    assert LedgerEntry.objects.count() == Sale.objects.count() == 0
    assert take_in(refund, sold()) == ["created", "created"]  # one delivery puts it right itself
    assert (balance(), violations()) == (60, [])


def test_a_sale_that_is_sent_twice_or_corrected_earns_once():
    assert take_in(sold()) == ["created"]
    assert take_in(sold()) == ["unchanged"]
    assert take_in(sold(net_minor=12_000)) == ["updated"]

    assert (balance(), violations()) == (120, [])


def test_a_piece_that_runs_out_between_click_and_confirm_costs_nothing():
    mask = RewardFactory(points=100, stock=1)
    first, second = member_with(100), member_with(100)
    exchange(reward=mask, asked=Exchange(first, "click-1", AT))

    with pytest.raises(OutOfStock) as refusal:
        exchange(reward=mask, asked=Exchange(second, "click-2", AT))

    assert mask.name in refusal.value.message
    assert Account.objects.get(customer=second).balance == 100
    assert (Redemption.objects.count(), violations()) == (1, [])
