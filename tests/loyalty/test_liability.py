"""Roll-forward, share never redeemed and deferred revenue, by hand and from the books."""

from datetime import date
from decimal import Decimal

import pytest

from customers.models import Guardian
from customers.services.merging import merge_customers
from loyalty.deferral import Cohort, Used, deferral
from loyalty.invariants import violations
from loyalty.liability import Ended, Moves, breakage_of, roll_forward
from loyalty.models import Account, Programme
from loyalty.queries.books import breakage_estimate, deferral_rows, rolled_months
from loyalty.services.accrual import accrue_pending
from loyalty.services.adjustment import adjust
from loyalty.services.expiry import expire_points
from loyalty.services.redemption import give_points_back, redeem
from loyalty.services.transfers import transfer
from tests.factories.customers import NOON, CustomerFactory, SaleFactory
from tests.factories.loyalty import make_programme

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))


def test_each_month_opens_with_what_the_last_one_closed_with():
    rolled = roll_forward([Moves(JAN, 100, 30, 5, -2), Moves(FEB, 10)], opening=7)

    assert [(row.opening, row.closing) for row in rolled] == [(7, 70), (70, 80)]


def ended(*accounts: tuple[int, int]) -> Ended:
    """accounts: (expired, total)"""
    x, n = [one[0] for one in accounts], [one[1] for one in accounts]
    return Ended(
        len(accounts), sum(x), sum(n), sum(a * a for a in x),
        sum(a * b for a, b in zip(x, n, strict=True)), sum(b * b for b in n),
    )  # fmt: skip


def test_with_little_history_nothing_is_said_of_breakage():
    assert breakage_of(ended(*[(10, 100)] * 29)) is None
    assert breakage_of(Ended()) is None


def test_the_interval_is_that_of_a_mean_when_all_accounts_are_alike_in_size():
    """40 accounts of 100 points, 10 of which let all expire: p = 0.25, s.e. = √(p q / (n − 1))."""
    found = breakage_of(ended(*[(100, 100)] * 10, *[(0, 100)] * 30))

    error = 1.959964 * (0.25 * 0.75 / 39) ** 0.5
    assert found.rate == 0.25
    assert (found.low, found.high) == pytest.approx((0.25 - error, 0.25 + error))


def test_where_nothing_ever_expired_the_interval_still_has_a_width():
    found = breakage_of(ended(*[(0, 100)] * 60))

    assert (found.rate, found.low, found.high) == (0.0, 0.0, 0.05)


def test_a_month_s_price_is_shared_out_and_recognised_as_points_are_used():
    """IFRS 15, example 52: 100,000 of sales, 10,000 points at 1 of which 9,500 are expected:
    8,676 deferred; 4,500 redeemed in the first year recognise 4,110."""
    rows = deferral(
        [Cohort(JAN, sales_minor=100_000, issued=10_000)],
        {(JAN, JAN): Used(redeemed=4_500), (JAN, FEB): Used(redeemed=4_000, expired=1_500)},
        months=[JAN, FEB],
        point_value_minor=Decimal(1),
        breakage_rate=Decimal("0.05"),
    )

    assert (rows[0].points_price_minor, rows[0].deferred_minor) == (9_500, 8_676)
    assert rows[0].redeemed_minor + rows[0].breakage_minor == 4_110
    assert (rows[0].goods_minor, rows[0].closing_minor) == (91_324, 4_566)
    assert rows[1].closing_minor == 0
    for row in rows:
        used = row.redeemed_minor + row.breakage_minor
        assert row.opening_minor + row.deferred_minor - used == row.closing_minor


def test_points_taken_back_by_refunds_defer_nothing():
    rows = deferral(
        [Cohort(JAN, sales_minor=0, issued=100, taken_back=100)], {}, months=[JAN],
        point_value_minor=Decimal(1), breakage_rate=Decimal(0),
    )  # fmt: skip
    assert (rows[0].deferred_minor, rows[0].closing_minor) == (0, 0)


@pytest.fixture
def account(clinic) -> Account:
    """January: 100 earned; February: 30 spent, 10 of them given back, 5 taken by hand."""
    make_programme(expires_after=59, value=10)
    SaleFactory(net_minor=10_000, on=date(2026, 1, 10))
    accrue_pending()
    account = Account.objects.get()
    spent = redeem(account=account, points=30, on=date(2026, 2, 2), idempotency_key="a")
    give_points_back(redemption=spent, on=date(2026, 2, 3), idempotency_key="a", points=10)
    adjust(account=account, points=-5, on=date(2026, 2, 4), reason="x", idempotency_key="a")
    return account


def test_the_books_roll_forward_exactly(account):
    expire_points(on=date(2026, 3, 10))

    rolled = rolled_months(Programme.objects.get(), on=date(2026, 3, 31))

    assert [(m.moves, m.opening, m.closing) for m in rolled] == [
        (Moves(JAN, issued=100), 0, 100),
        (Moves(FEB, redeemed=20, adjusted=-5), 100, 75),
        (Moves(MAR, expired=75), 75, 0),
    ]
    last = rolled_months(Programme.objects.get(), on=date(2026, 3, 31), n_months=1)
    assert (last[0].opening, Account.objects.get().balance) == (75, 0)


def test_deferral_follows_the_lots(account):
    expire_points(on=date(2026, 3, 10))
    Programme.objects.update(breakage_rate="0.5")

    rows = deferral_rows(Programme.objects.get(), on=date(2026, 3, 31))

    assert [(row.issued, row.taken_back, row.sales_minor) for row in rows] == [
        (100, 0, 10_000), (0, 0, 0), (0, 0, 0),
    ]  # fmt: skip
    assert [row.deferred_minor for row in rows] == [476, 0, 0]  # 10,000 × 500 ÷ 10,500
    assert [row.redeemed_minor for row in rows] == [0, 95, 0]
    # 5 points taken by hand come to nothing like those that expire: by March all 100 are settled.
    assert [row.breakage_minor for row in rows] == [0, 95, 286]
    assert rows[-1].closing_minor == 0


def recognised(on: date = date(2026, 3, 31)) -> list[tuple[int, int, int]]:
    rows = deferral_rows(Programme.objects.get(), on=on)
    return [(row.redeemed_minor, row.breakage_minor, row.closing_minor) for row in rows]


def test_points_passed_on_are_recognised_when_the_family_uses_them(account):
    child = CustomerFactory()
    Guardian.objects.create(customer=child, guardian=account.customer, relation="mother")
    Programme.objects.update(allows_transfers=True)
    account.refresh_from_db()
    programme = Programme.objects.get()
    theirs = Account.objects.create(programme=programme, customer=child)
    grandchild = Account.objects.create(programme=programme, customer=CustomerFactory())
    Guardian.objects.create(customer=grandchild.customer, guardian=child, relation="mother")
    transfer(giver=account, receiver=theirs, points=75, on=date(2026, 2, 5), reason="gift",
             idempotency_key="t1")  # fmt: skip
    transfer(giver=theirs, receiver=grandchild, points=40, on=date(2026, 2, 6), reason="gift",
             idempotency_key="t2")  # fmt: skip
    redeem(account=theirs, points=35, on=date(2026, 2, 7), idempotency_key="theirs")
    redeem(account=grandchild, points=40, on=date(2026, 2, 8), idempotency_key="grandchild")

    assert violations() == []
    assert recognised()[-1][2] == 0  # 95 used, 5 taken away: nothing stays deferred


def test_points_of_a_merged_record_are_recognised_when_the_survivor_uses_them(account):
    survivor = CustomerFactory()
    merge_customers(survivor_id=survivor.pk, merged_id=account.customer_id, at=NOON, by=None)
    theirs = Account.objects.get(customer=survivor)
    redeem(account=theirs, points=75, on=date(2026, 2, 20), idempotency_key="survivor")

    assert recognised()[-1][2] == 0


def test_points_that_pay_for_a_refund_of_another_month_are_not_deferred_for_ever(account):
    """January's purchase is refunded after its points were spent; February's pay what is owed."""
    redeem(account=account, points=75, on=date(2026, 2, 9), idempotency_key="rest")
    sale = account.customer.sales.get()
    SaleFactory(customer=account.customer, net_minor=20_000, on=date(2026, 2, 10))
    accrue_pending()
    SaleFactory(customer=account.customer, net_minor=-10_000, on=date(2026, 2, 11), kind="refund",
                refund_of=sale)  # fmt: skip
    accrue_pending()
    redeem(account=account, points=100, on=date(2026, 2, 20), idempotency_key="last")

    assert recognised()[-1][2] == 0


def test_what_ended_is_counted_account_by_account(account):
    expire_points(on=date(2026, 3, 10))

    estimate, found = breakage_estimate(Programme.objects.get(), on=date(2026, 3, 31))

    assert (estimate, found) == (None, Ended(1, 75, 95, 75 * 75, 75 * 95, 95 * 95))
