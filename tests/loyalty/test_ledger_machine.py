"""Everything that can happen to points, in any order, on the database and on a plain model."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from customers.models import Guardian
from customers.services.merging import merge_customers, undo_merge
from loyalty.exceptions import InsufficientPoints
from loyalty.invariants import violations
from loyalty.models import Account, Hold, LedgerEntry, PointLot, Programme
from loyalty.queries.accounts import spendable_points
from loyalty.services.accrual import accrue_pending
from loyalty.services.balances import Statement, post_statements
from loyalty.services.expiry import expire_points
from loyalty.services.holds import capture_hold, place_hold, release_hold
from loyalty.services.redemption import give_points_back, redeem
from loyalty.services.transfers import transfer
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.loyalty import AccountFactory, make_programme

LASTS, PENDING = 30, 5
START = date(2026, 1, 1)
accounts = st.integers(0, 1)
amounts = st.integers(1, 60)


class Plain:
    """An account as a list of [points left, ends on, available on, sale]."""

    def __init__(self) -> None:
        self.balance, self.held, self.lots = 0, 0, []

    def add(self, points: int, ends: date, ready: date, sale: int | None = None) -> None:
        self.balance += points
        self.lots.append([points, ends, ready, sale])
        self.settle()

    def settle(self, first: int | None = None) -> None:
        excess = sum(lot[0] for lot in self.lots) - max(self.balance, 0)
        for lot in sorted(self.lots, key=lambda lot: (lot[3] != first or first is None, lot[1])):
            taken = min(lot[0], excess)
            lot[0], excess = lot[0] - taken, excess - taken

    def expire(self, on: date) -> None:
        """Whole lots that holds need stay."""
        before = 0
        for lot in sorted(self.lots, key=lambda lot: lot[1]):
            if lot[1] <= on:
                is_kept = before < self.held and lot[2] <= on
                before += lot[0] if lot[2] <= on else 0
                if not is_kept:
                    self.balance, lot[0] = self.balance - lot[0], 0

    def spendable(self, on: date) -> int:
        ready = [lot for lot in self.lots if lot[2] <= on]
        over = sum(lot[0] for lot in ready if lot[1] <= on)
        return sum(lot[0] for lot in ready if lot[1] > on) - max(self.held - over, 0)

    def take(self, points: int, on: date, *, over_too: bool = False) -> list[tuple[list, int]]:
        self.balance -= points
        uses = []
        for lot in sorted(self.lots, key=lambda lot: lot[1]):
            if lot[2] <= on and (lot[1] > on or over_too) and points and lot[0]:
                taken = min(lot[0], points)
                lot[0], points = lot[0] - taken, points - taken
                uses.append((lot, taken))
        return uses


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.work = transaction.atomic()
        self.work.__enter__()
        make_programme(starts_on=START, expires_after=LASTS)
        Programme.objects.update(pending_days=PENDING, allows_transfers=True)
        people = [CustomerFactory(), CustomerFactory()]
        Guardian.objects.create(customer=people[0], guardian=people[1], relation="mother")
        self.rows = [AccountFactory(customer=person) for person in people]
        self.plain, self.today, self.n = [Plain(), Plain()], START, 0
        self.sales: list[list] = []  # [whose, row, net, refunded]
        self.spent: list[list] = []  # [whose, entry, uses, given back]
        self.holds: list[list] = []  # [whose, key, points]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.work.__exit__(None, None, None)

    def key(self) -> str:
        self.n += 1
        return f"k{self.n}"

    def row(self, who: int) -> Account:
        return Account.objects.select_related("programme").get(pk=self.rows[who].pk)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(4), UTC)

    @rule(who=accounts, points=amounts)
    def earn(self, who: int, points: int) -> None:
        row = SaleFactory(customer=self.rows[who].customer, net_minor=points * 100, on=self.today)
        self.sales.append([who, row, points, 0])
        accrue_pending()
        ends, ready = (self.today + timedelta(days=n) for n in (LASTS, PENDING))
        self.plain[who].add(points, ends, ready, row.pk)

    @precondition(lambda self: self.sales)
    @rule(data=st.data())
    def refund(self, data) -> None:
        sale = data.draw(st.sampled_from(self.sales))
        who, row, points, refunded = sale
        if refunded == points:
            return
        back = data.draw(st.integers(1, points - refunded))
        SaleFactory(
            kind="refund", customer=row.customer, refund_of=row, net_minor=-back * 100,
            on=self.today, counts_on=row.occurred_on,
        )  # fmt: skip
        accrue_pending()
        sale[3] += back
        self.plain[who].balance -= back
        self.plain[who].settle(first=row.pk)

    @rule(who=accounts, points=amounts)
    def spend(self, who: int, points: int) -> None:
        plain, given = self.plain[who], {"on": self.today, "idempotency_key": self.key()}
        plain.expire(self.today)
        is_enough = plain.spendable(self.today) >= points
        try:
            entry = redeem(account=self.row(who), points=points, **given)
            assert redeem(account=self.row(who), points=points, **given) == entry
        except InsufficientPoints:
            assert not is_enough
        else:
            assert is_enough
            self.spent.append([who, entry, plain.take(points, self.today), 0])

    @precondition(lambda self: self.spent)
    @rule(data=st.data())
    def give_back(self, data) -> None:
        one = data.draw(st.sampled_from(self.spent))
        who, entry, uses, back = one
        left = -entry.points - back
        if not left:
            return
        points = data.draw(st.integers(1, left))
        entry = LedgerEntry.objects.get(pk=entry.pk)
        give_points_back(redemption=entry, on=self.today, idempotency_key=self.key(), points=points)
        one[3] += points
        self.plain[who].balance += points
        for place in range(len(uses) - 1, -1, -1):
            lot, taken = uses[place]
            returned = min(taken, points)
            lot[0], points = lot[0] + returned, points - returned
            uses[place] = (lot, taken - returned)
        self.plain[who].settle()

    @rule(who=accounts, points=amounts)
    def hold(self, who: int, points: int) -> None:
        plain, key = self.plain[who], self.key()
        plain.expire(self.today)
        is_enough = plain.spendable(self.today) >= points
        try:
            place_hold(
                account=self.row(who), points=points, on=self.today, at=self.now,
                idempotency_key=key, lasts=timedelta(days=7),
            )  # fmt: skip
        except InsufficientPoints:
            assert not is_enough
        else:
            assert is_enough
            plain.held += points
            self.holds.append([who, key, points])

    @precondition(lambda self: self.holds)
    @rule(is_wanted=st.booleans())
    def end_hold(self, is_wanted: bool) -> None:
        who, key, points = self.holds.pop()
        plain = self.plain[who]
        if not is_wanted or Hold.objects.get(idempotency_key=key).ends_at <= self.now:
            release_hold(idempotency_key=key, at=self.now)
            plain.held -= points
            return
        try:
            entry = capture_hold(idempotency_key=key, on=self.today, at=self.now)
        except InsufficientPoints:  # a refund took the points meanwhile
            release_hold(idempotency_key=key, at=self.now)
            plain.held -= points
            return
        self.spent.append([who, entry, plain.take(points, self.today, over_too=True), 0])
        plain.held -= points

    @rule(who=accounts, points=amounts)
    def pass_on(self, who: int, points: int) -> None:
        giver, receiver = self.plain[who], self.plain[1 - who]
        giver.expire(self.today)
        is_enough = giver.spendable(self.today) >= points
        try:
            transfer(
                giver=self.row(who), receiver=self.row(1 - who), points=points, on=self.today,
                reason="test", idempotency_key=self.key(),
            )  # fmt: skip
        except InsufficientPoints:
            assert not is_enough
            return
        assert is_enough
        ends: dict[date, int] = {}
        for lot, taken in giver.take(points, self.today):
            ends[lot[1]] = ends.get(lot[1], 0) + taken
        for day, amount in sorted(ends.items()):
            receiver.add(amount, day, START)

    @rule(who=accounts, points=amounts)
    def told_by_a_file(self, who: int, points: int) -> None:
        for plain in self.plain:
            plain.expire(self.today)
        balance = self.plain[who].balance
        statement = Statement(self.rows[who].customer_id, points)
        (posted,) = post_statements(
            programme=self.rows[who].programme, source=self.key(), statements=[statement],
            on=self.today, at=self.now, reason="file",
        )  # fmt: skip
        assert (posted.entry_id is None) == (points == balance)
        if points > balance:
            end = self.today + timedelta(days=LASTS)
            self.plain[who].add(points - balance, end, START)
        else:
            self.plain[who].balance = points
            self.plain[who].settle()

    @rule(n_days=st.integers(1, 20))
    def wait(self, n_days: int) -> None:
        self.today += timedelta(days=n_days)
        expire_points(on=self.today)
        for plain in self.plain:
            plain.expire(self.today)

    @precondition(lambda self: not self.holds)
    @rule()
    def merge_and_undo(self) -> None:
        before = [plain.balance for plain in self.plain]
        one, other = (row.customer for row in self.rows)
        made = merge_customers(survivor_id=one.pk, merged_id=other.pk, by=None, at=self.now)
        assert [self.row(who).balance for who in (0, 1)] == [sum(before), 0]
        assert violations() == []
        undo_merge(merge_id=made.pk, by=None, at=self.now)

    @invariant()
    def the_books_agree(self) -> None:
        assert violations() == []
        for row, plain in zip(self.rows, self.plain, strict=True):
            found = Account.objects.get(pk=row.pk)
            assert (found.balance, found.held) == (plain.balance, plain.held)
            assert spendable_points(row.pk, on=self.today) == plain.spendable(self.today)
            lots = PointLot.objects.filter(account=row, remaining__gt=0)
            left = sorted(lots.values_list("expires_on", "remaining"))
            assert left == sorted((lot[1], lot[0]) for lot in plain.lots if lot[0])


@pytest.mark.django_db
def test_whatever_happens_the_books_agree_with_the_model(clinic):
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=25, stateful_step_count=14, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
