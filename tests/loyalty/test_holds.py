"""Points kept for a booking in progress, and points that are pending."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from loyalty.exceptions import (
    HoldEnded,
    HoldTooLong,
    HoldUnknown,
    InsufficientPoints,
    KeyUsedOtherwise,
    PointsNotPositive,
)
from loyalty.invariants import violations
from loyalty.models import Account, Hold, PointLot, Programme
from loyalty.queries.accounts import spendable_points
from loyalty.services.accrual import accrue_pending
from loyalty.services.expiry import expire_points
from loyalty.services.holds import capture_hold, place_hold, release_hold
from loyalty.services.lapsing import lapse_holds
from loyalty.services.redemption import redeem
from tests.factories.customers import SaleFactory
from tests.factories.loyalty import make_programme

MAY_1 = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def account(clinic, time_machine) -> Account:
    """100 points of 1 May that last a year."""
    time_machine.move_to(NOON, tick=False)
    make_programme(expires_after=365)
    SaleFactory(net_minor=10_000, on=MAY_1)
    accrue_pending()
    return Account.objects.get()


def hold(account: Account, points: int = 60, key: str = "b1", **more) -> Hold:
    given = {"on": MAY_1, "at": NOON} | more
    return place_hold(account=account, points=points, idempotency_key=key, **given)


def left() -> tuple[int, int, int]:
    """balance, held, what can be spent"""
    account = Account.objects.get()
    return account.balance, account.held, spendable_points(account.pk, on=MAY_1)


def test_held_points_stay_the_customers_but_cannot_be_spent(account):
    hold(account)

    assert left() == (100, 60, 40)
    with pytest.raises(InsufficientPoints) as refusal:
        redeem(account=account, points=41, on=MAY_1, idempotency_key="x")
    assert "only 40 points" in refusal.value.message
    redeem(account=account, points=40, on=MAY_1, idempotency_key="x")
    assert (left(), violations()) == ((60, 60, 0), [])


def test_a_hold_becomes_a_redemption_once(account):
    hold(account)

    first = capture_hold(idempotency_key="b1", on=MAY_1, at=NOON)
    again = capture_hold(idempotency_key="b1", on=MAY_1, at=NOON)

    assert (first.kind, first.points, again) == ("redemption", -60, first)
    assert (left(), violations()) == ((40, 0, 40), [])
    with pytest.raises(HoldEnded, match="Redeemed"):
        release_hold(idempotency_key="b1", at=NOON)


def test_a_part_is_redeemed_and_the_rest_is_free(account):
    hold(account)
    capture_hold(idempotency_key="b1", on=MAY_1, at=NOON, points=10)

    assert (left(), violations()) == ((90, 0, 90), [])
    with pytest.raises(KeyUsedOtherwise):
        capture_hold(idempotency_key="b1", on=MAY_1, at=NOON, points=11)


def test_more_than_was_held_is_not_redeemed(account):
    hold(account)
    with pytest.raises(InsufficientPoints):
        capture_hold(idempotency_key="b1", on=MAY_1, at=NOON, points=61)
    with pytest.raises(PointsNotPositive):
        capture_hold(idempotency_key="b1", on=MAY_1, at=NOON, points=0)
    assert left() == (100, 60, 40)


def test_a_released_hold_frees_the_points_and_releasing_again_changes_nothing(account):
    hold(account)
    release_hold(idempotency_key="b1", at=NOON)
    release_hold(idempotency_key="b1", at=NOON)

    assert (left(), violations()) == ((100, 0, 100), [])
    with pytest.raises(HoldEnded, match="Released"):
        capture_hold(idempotency_key="b1", on=MAY_1, at=NOON)


def test_a_hold_lapses_by_itself(account, time_machine):
    hold(account)
    with pytest.raises(HoldEnded):
        capture_hold(idempotency_key="b1", on=MAY_1, at=LATER)
    time_machine.move_to(LATER, tick=False)

    redeem(account=account, points=100, on=MAY_1, idempotency_key="x")  # takes note of it itself

    assert Hold.objects.get().state == "lapsed"
    assert (left(), violations(), lapse_holds(at=LATER)) == ((0, 0, 0), [], 0)


def test_the_same_key_is_the_same_hold_and_never_another(account):
    assert hold(account) == hold(account)
    with pytest.raises(KeyUsedOtherwise):
        hold(account, points=61)
    assert left() == (100, 60, 40)


@pytest.mark.parametrize(
    ("points", "lasts", "refusal"),
    [
        (0, timedelta(minutes=5), PointsNotPositive),
        (101, timedelta(minutes=5), InsufficientPoints),
        (5, timedelta(seconds=5), HoldTooLong),
        (5, timedelta(days=8), HoldTooLong),
    ],
)
def test_odd_holds_are_refused(account, points, lasts, refusal):
    with pytest.raises(refusal):
        hold(account, points=points, lasts=lasts)
    assert (left(), Hold.objects.count()) == ((100, 0, 100), 0)


def test_an_unknown_hold_is_said_to_be_unknown(account):
    with pytest.raises(HoldUnknown):
        capture_hold(idempotency_key="nobody", on=MAY_1, at=NOON)
    with pytest.raises(HoldUnknown):
        release_hold(idempotency_key="nobody", at=NOON)


def test_points_that_end_while_held_wait_for_the_hold(account):
    hold(account)
    next_year = date(2027, 5, 1)

    assert expire_points(on=next_year) == 0
    assert spendable_points(account.pk, on=next_year) == 0  # 40 of the lot are over, 60 held
    with pytest.raises(InsufficientPoints):
        redeem(account=account, points=1, on=next_year, idempotency_key="x")
    capture_hold(idempotency_key="b1", on=next_year, at=NOON)
    assert expire_points(on=next_year) == 1
    assert (left()[:2], violations()) == ((0, 0), [])


def test_a_refund_takes_held_points_too_and_the_hold_cannot_be_redeemed_then(account):
    hold(account)
    sale = account.customer.sales.get()
    SaleFactory(kind="refund", customer=account.customer, refund_of=sale, net_minor=-5_000)
    accrue_pending()

    with pytest.raises(InsufficientPoints):
        capture_hold(idempotency_key="b1", on=MAY_1, at=NOON)
    assert (left()[:2], violations()) == ((50, 60), [])


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("hold_points_positive", {"points": 0}),
        ("hold_ends_later", {"ends_at": NOON}),
        ("hold_captured_has_entry", {"state": "captured"}),
    ],
)
def test_the_database_keeps_holds_sane(account, constraint, change):
    hold(account)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Hold.objects.update(**change)


def test_the_database_holds_no_less_than_nothing(account):
    with pytest.raises(IntegrityError, match="account_held_not_negative"), transaction.atomic():
        Account.objects.update(held=-1)


def test_points_are_pending_until_the_refund_window_ends(clinic):
    make_programme(expires_after=365)
    Programme.objects.update(pending_days=14)
    SaleFactory(net_minor=10_000, on=MAY_1)
    accrue_pending()
    account = Account.objects.get()

    assert account.balance == 100
    with pytest.raises(InsufficientPoints):
        redeem(account=account, points=1, on=date(2026, 5, 14), idempotency_key="a")
    redeem(account=account, points=100, on=date(2026, 5, 15), idempotency_key="a")
    assert (account.balance, violations()) == (0, [])


def test_pending_points_are_neither_held_nor_spent_beside_ready_ones(clinic):
    make_programme(expires_after=365)
    customer = SaleFactory(net_minor=3_000, on=MAY_1).customer
    accrue_pending()
    Programme.objects.update(pending_days=14)
    SaleFactory(net_minor=10_000, on=MAY_1, customer=customer)
    accrue_pending()
    account = Account.objects.get()

    with pytest.raises(InsufficientPoints):
        hold(account, points=31)
    hold(account, points=30)

    assert left() == (130, 30, 0)
    assert sorted(PointLot.objects.values_list("remaining", flat=True)) == [30, 100]


def test_a_refund_inside_the_window_takes_the_pending_points(clinic):
    make_programme()
    Programme.objects.update(pending_days=14)
    sale = SaleFactory(net_minor=10_000, on=MAY_1)
    accrue_pending()
    SaleFactory(kind="refund", customer=sale.customer, refund_of=sale, net_minor=-10_000, on=MAY_1)
    accrue_pending()

    assert (left(), violations()) == ((0, 0, 0), [])
