from datetime import UTC, date, datetime

import pytest

from loyalty import tasks
from loyalty.invariants import violations
from loyalty.models import Account, LedgerEntry, PointLot
from loyalty.services import nights
from loyalty.services.accrual import accrue_pending
from loyalty.services.expiry import expire_points
from loyalty.services.redemption import redeem
from tenancy.models import NightlySlot
from tests.factories.customers import SaleFactory
from tests.factories.loyalty import make_programme


@pytest.fixture
def sale(clinic):
    """100 points that end on 1 May 2027."""
    make_programme(expires_after=365)
    sale = SaleFactory(net_minor=10_000, on=date(2026, 5, 1))
    accrue_pending()
    return sale


def test_nothing_expires_a_day_early(sale):
    assert expire_points(on=date(2027, 4, 30)) == 0
    assert Account.objects.get().balance == 100


def test_what_is_left_expires_once_on_its_day(sale):
    redeem(account=Account.objects.get(), points=30, on=date(2026, 6, 1), idempotency_key="a")

    assert [expire_points(on=date(2027, 5, 3)), expire_points(on=date(2027, 5, 3))] == [1, 0]

    entry = LedgerEntry.objects.get(kind="expiry")
    lot = PointLot.objects.get()
    assert (entry.points, entry.posted_on) == (-70, date(2027, 5, 1))
    assert (entry.idempotency_key, lot.remaining) == (f"expiry:{lot.pk}", 0)
    assert Account.objects.get().balance == 0
    assert violations() == []


def test_spent_points_do_not_expire(sale):
    redeem(account=Account.objects.get(), points=100, on=date(2026, 6, 1), idempotency_key="a")

    assert expire_points(on=date(2028, 1, 1)) == 0


def test_only_the_named_account_expires(sale):
    SaleFactory(net_minor=10_000, on=date(2026, 5, 1))
    accrue_pending()
    account = Account.objects.get(customer=sale.customer)

    assert expire_points(on=date(2027, 5, 1), account=account) == 1

    assert sorted(Account.objects.values_list("balance", flat=True)) == [0, 100]


def test_another_clinics_points_stay(sale, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        make_programme(expires_after=365)
        SaleFactory(net_minor=10_000, on=date(2026, 5, 1))
        accrue_pending()

    expire_points(on=date(2028, 1, 1))

    with in_clinic(other_clinic):
        assert Account.objects.get().balance == 100


def test_the_night_begins_at_one_on_the_clinics_clock(sale, clinic):
    assert nights.day_to_close(clinic, at=datetime(2027, 4, 30, 16, 59, tzinfo=UTC)) is None
    assert nights.day_to_close(clinic, at=datetime(2027, 4, 30, 17, 0, tzinfo=UTC)) == date(
        2027, 5, 1
    )


def test_the_nightly_work_is_done_once_a_day(sale, clinic):
    at = datetime(2027, 4, 30, 18, 0, tzinfo=UTC)  # two in the night of 1 May in Shanghai

    assert [nights.close_once(at=at), nights.close_once(at=at)] == [True, False]

    account = Account.objects.get()
    assert (account.balance, account.tier.name) == (0, "Pearl")
    assert nights.day_to_close(clinic, at=at) is None
    assert NightlySlot.objects.filter(job="loyalty.close_night").count() == 1


def test_beat_asks_for_every_clinics_night_and_the_tasks_do_it(
    sale, other_clinic, in_clinic, run_tasks, time_machine
):
    time_machine.move_to(datetime(2027, 5, 2, 2, 0, tzinfo=UTC))
    with in_clinic(other_clinic):
        make_programme(expires_after=365)
        SaleFactory(net_minor=10_000, on=date(2026, 5, 1))
    with run_tasks():
        from tests.conftest import outside_scope

        with outside_scope():
            tasks.expire_points()

    assert Account.objects.get().balance == 0
    with in_clinic(other_clinic):
        assert [e.kind for e in LedgerEntry.objects.order_by("pk")] == ["accrual", "expiry"]
