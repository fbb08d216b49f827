from datetime import date

import pytest
from django.db import IntegrityError, transaction

from loyalty.exceptions import (
    InsufficientPoints,
    KeyUsedOtherwise,
    NothingToAdjust,
    PointsNotPositive,
    PointsTooMany,
    ReasonMissing,
)
from loyalty.invariants import violations
from loyalty.models import Account, LedgerEntry, PointLot
from loyalty.services.accrual import accrue_pending
from loyalty.services.adjustment import adjust
from loyalty.services.redemption import redeem
from tests.factories.customers import SaleFactory
from tests.factories.loyalty import AccountFactory, make_programme

MAY_1 = date(2026, 5, 1)


@pytest.fixture
def account(clinic):
    """100 points that expire on 1 March 2027 and 50 on 1 May 2027."""
    make_programme(expires_after=365)
    sale = SaleFactory(net_minor=10_000, on=date(2026, 3, 1))
    SaleFactory(net_minor=5_000, on=MAY_1, customer=sale.customer)
    accrue_pending()
    return Account.objects.get()


def remaining() -> list[int]:
    return list(PointLot.objects.order_by("expires_on", "pk").values_list("remaining", flat=True))


def test_redeeming_spends_the_first_expiring_points_first(account, staff):
    entry = redeem(
        account=account, points=120, on=MAY_1, idempotency_key="t", actor=staff, reason="Mask"
    )

    assert (entry.kind, entry.points, entry.actor, entry.reason) == (
        "redemption", -120, staff, "Mask",
    )  # fmt: skip
    assert (remaining(), account.balance) == ([0, 30], 30)
    assert violations() == []


def test_redeem_twice_with_one_key_spends_once(account):
    first = redeem(account=account, points=30, on=MAY_1, idempotency_key="till-7")
    again = redeem(account=account, points=30, on=MAY_1, idempotency_key="till-7")

    assert again == first
    assert Account.objects.get().balance == 120


def test_a_key_cannot_say_something_else_later(account):
    redeem(account=account, points=30, on=MAY_1, idempotency_key="till-7")
    other = AccountFactory()

    with pytest.raises(KeyUsedOtherwise):
        redeem(account=account, points=31, on=MAY_1, idempotency_key="till-7")
    with pytest.raises(KeyUsedOtherwise):
        redeem(account=other, points=30, on=MAY_1, idempotency_key="till-7")

    assert Account.objects.get(pk=account.pk).balance == 120


def test_redeeming_the_last_point_works_and_one_more_is_refused(account):
    with pytest.raises(InsufficientPoints) as refusal:
        redeem(account=account, points=151, on=MAY_1, idempotency_key="a")
    redeem(account=account, points=150, on=MAY_1, idempotency_key="a")

    assert (
        refusal.value.message
        == "There are only 150 points to spend on this account, fewer than 151."
    )
    assert (remaining(), account.balance) == ([0, 0], 0)


@pytest.mark.parametrize(
    ("points", "refusal"),
    [(0, PointsNotPositive), (-5, PointsNotPositive), (10**12, PointsTooMany)],
)
def test_odd_numbers_of_points_are_refused(account, points, refusal):
    with pytest.raises(refusal):
        redeem(account=account, points=points, on=MAY_1, idempotency_key="a")

    assert Account.objects.get().balance == 150


def test_points_that_expired_cannot_be_spent(account):
    with pytest.raises(InsufficientPoints):
        redeem(account=account, points=51, on=date(2027, 3, 1), idempotency_key="a")
    redeem(account=account, points=50, on=date(2027, 3, 1), idempotency_key="a")

    assert (remaining(), account.balance) == ([0, 0], 0)
    assert violations() == []


def test_points_can_be_spent_on_the_day_before_they_expire(account):
    redeem(account=account, points=150, on=date(2027, 2, 28), idempotency_key="a")

    assert account.balance == 0


def test_an_adjustment_needs_a_reason_and_an_amount(account):
    with pytest.raises(ReasonMissing):
        adjust(account=account, points=5, on=MAY_1, reason=" ", idempotency_key="a")
    with pytest.raises(NothingToAdjust):
        adjust(account=account, points=0, on=MAY_1, reason="Typo", idempotency_key="a")
    with pytest.raises(PointsTooMany):
        adjust(account=account, points=10**10, on=MAY_1, reason="Typo", idempotency_key="a")


def test_an_adjustment_gives_and_takes(account):
    adjust(account=account, points=20, on=MAY_1, reason="Sorry for the wait", idempotency_key="a")
    adjust(account=account, points=-30, on=MAY_1, reason="Counted twice", idempotency_key="b")

    assert (account.balance, sum(remaining())) == (140, 140)
    with pytest.raises(InsufficientPoints):
        adjust(account=account, points=-141, on=MAY_1, reason="x", idempotency_key="c")


def test_an_adjustment_pays_what_is_owed_first(account):
    redeem(account=account, points=150, on=MAY_1, idempotency_key="a")
    sale = account.customer.sales.order_by("occurred_on").first()
    SaleFactory(kind="refund", customer=account.customer, refund_of=sale, net_minor=-10_000)
    accrue_pending()

    adjust(account=account, points=130, on=MAY_1, reason="Goodwill", idempotency_key="b")

    assert (account.balance, sum(remaining())) == (30, 30)
    assert violations() == []


@pytest.mark.parametrize(
    ("constraint", "make"),
    [
        ("ledger_sign_matches_kind", lambda a: {"kind": "redemption", "points": 5}),
        ("ledger_sign_matches_kind", lambda a: {"kind": "accrual", "points": -5}),
        ("ledger_key_once", lambda a: {"idempotency_key": a.entries.first().idempotency_key}),
    ],
)
def test_the_database_keeps_the_ledger_sane(account, constraint, make):
    fields = {"kind": "adjustment", "points": 1, "idempotency_key": "new"} | make(account)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        LedgerEntry.objects.create(account=account, posted_on=MAY_1, **fields)


@pytest.mark.parametrize("remaining_points", [-1, 101])
def test_the_database_keeps_lots_between_nothing_and_all(account, remaining_points):
    lot = PointLot.objects.filter(points=100)

    with pytest.raises(IntegrityError, match="lot_never_overspent"), transaction.atomic():
        lot.update(remaining=remaining_points)
