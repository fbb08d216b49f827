"""Random histories of a small clinic, played on the database and on a plain model beside it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Sale
from loyalty.exceptions import InsufficientPoints
from loyalty.invariants import violations
from loyalty.models import Account, PointLot
from loyalty.services.accrual import accrue_pending
from loyalty.services.adjustment import adjust
from loyalty.services.expiry import expire_points
from loyalty.services.redemption import redeem
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.loyalty import AccountFactory, make_programme

LASTS = 30  # days until points expire
START = date(2026, 1, 1)


@dataclass
class Lot:
    ends_on: date
    sale: int | None
    left: int


@dataclass
class PlainAccount:
    """What one customer's account should be, kept with ordinary lists."""

    balance: int = 0
    lots: list[Lot] = field(default_factory=list)

    def credit(self, points: int, on: date, sale: int | None = None) -> None:
        self.balance += points
        self.lots.append(Lot(on + timedelta(days=LASTS), sale, points))

    def settle(self, first_of: set[int] = frozenset()) -> None:
        excess = sum(lot.left for lot in self.lots) - max(self.balance, 0)
        order = sorted(self.lots, key=lambda lot: (lot.sale not in first_of, lot.ends_on))
        for lot in order:  # sorted is stable: of equal days the older lot goes first
            taken = min(lot.left, excess)
            lot.left -= taken
            excess -= taken

    def expire(self, on: date) -> None:
        for lot in self.lots:
            if lot.ends_on <= on:
                self.balance -= lot.left
                lot.left = 0

    def spend(self, points: int, on: date) -> bool:
        self.expire(on)
        if points > self.balance:
            return False
        self.balance -= points
        self.settle()
        return True


@dataclass
class PlainSale:
    who: int
    net: int
    on: date
    row: Sale
    refunds: list[int] = field(default_factory=list)
    posted: int = 0

    def earned(self) -> int:
        return max(self.net - sum(self.refunds), 0) // 100


class World:
    """Two customers, a clock that only goes forward, the database and the model side by side."""

    def __init__(self) -> None:
        make_programme(starts_on=START, expires_after=LASTS)
        self.customers = [CustomerFactory(), CustomerFactory()]
        self.rows = [AccountFactory(customer=customer) for customer in self.customers]
        self.plain = [PlainAccount(), PlainAccount()]
        self.sales: list[PlainSale] = []
        self.today = START
        self.n = 0

    def key(self) -> str:
        self.n += 1
        return str(self.n)

    def sell(self, who: int, amount: int) -> None:
        row = SaleFactory(customer=self.customers[who], net_minor=amount, on=self.today)
        self.sales.append(PlainSale(who, amount, self.today, row))

    def refund(self, which: int, amount: int) -> None:
        if not self.sales:
            return
        sale = self.sales[which % len(self.sales)]
        sale.refunds.append(amount)
        SaleFactory(
            kind="refund", customer=sale.row.customer, refund_of=sale.row, net_minor=-amount,
            on=self.today, counts_on=sale.on,
        )  # fmt: skip

    def correct(self, which: int, amount: int) -> None:
        if not self.sales:
            return
        sale = self.sales[which % len(self.sales)]
        if sale.refunds:
            return  # corrected sales with refunds have tests of their own
        sale.net = amount
        Sale.objects.filter(pk=sale.row.pk).update(net_minor=amount, gross_minor=amount)

    def accrue(self, _which: int, _amount: int) -> None:
        accrue_pending()
        reduced: list[set[int]] = [set(), set()]
        for number, sale in enumerate(self.sales):
            self._accrue_one(number, sale, reduced)
        for account, sales in zip(self.plain, reduced, strict=True):
            account.settle(sales)
        assert accrue_pending() == 0

    def _accrue_one(self, number: int, sale: PlainSale, reduced: list[set[int]]) -> None:
        """A sale seen for the first time is credited whole; its refunds are debits of their own."""
        account, is_new = self.plain[sale.who], sale.posted == 0
        gross = sale.net // 100
        change = sale.earned() - sale.posted
        if is_new and sale.refunds and gross:
            account.credit(gross, sale.on, number)
            change = sale.earned() - gross
        if change > 0:
            account.credit(change, sale.on, number)
        elif change < 0:
            account.balance += change
            reduced[sale.who].add(number)
        sale.posted = sale.earned()

    def redeem(self, who: int, points: int) -> None:
        account, key = self.rows[who % 2], self.key()
        points = points % 60 + 1
        is_enough = self.plain[who % 2].spend(points, self.today)
        try:
            redeem(account=account, points=points, on=self.today, idempotency_key=key)
            redeem(account=account, points=points, on=self.today, idempotency_key=key)
        except InsufficientPoints:
            assert not is_enough
        else:
            assert is_enough

    def give(self, who: int, points: int) -> None:
        points = points % 60 + 1
        self.plain[who % 2].expire(self.today)
        self.plain[who % 2].credit(points, self.today)
        self.plain[who % 2].settle()
        adjust(
            account=self.rows[who % 2], points=points, on=self.today, reason="test",
            idempotency_key=self.key(),
        )  # fmt: skip

    def wait(self, n_days: int, _amount: int) -> None:
        self.today += timedelta(days=n_days)
        expire_points(on=self.today)
        for account in self.plain:
            account.expire(self.today)

    def check(self) -> None:
        assert violations() == []
        for row, plain in zip(self.rows, self.plain, strict=True):
            assert Account.objects.get(pk=row.pk).balance == plain.balance
            lots = PointLot.objects.filter(account=row, remaining__gt=0)
            left = sorted(lots.values_list("expires_on", "remaining"))
            assert left == sorted((lot.ends_on, lot.left) for lot in plain.lots if lot.left)


MOVES = ("sell", "refund", "correct", "accrue", "redeem", "give", "wait")
histories = st.lists(
    st.tuples(st.sampled_from(MOVES), st.integers(0, 20), st.integers(0, 9_999)), max_size=25
)


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
def test_any_history_ends_where_the_model_says(clinic, history):
    with transaction.atomic():
        world = World()
        for move, which, amount in history:
            if move == "sell":
                which %= 2
            getattr(world, move)(which, amount)
            world.check()
        transaction.set_rollback(True)
