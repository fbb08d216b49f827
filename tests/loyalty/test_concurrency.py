"""Several tills and the nightly work at once, on committed data."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.db import connection

from loyalty.exceptions import InsufficientPoints
from loyalty.invariants import violations
from loyalty.models import Account, LedgerEntry
from loyalty.services.accrual import accrue_pending
from loyalty.services.expiry import expire_points
from loyalty.services.redemption import redeem
from loyalty.services.tiers import judge
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tests.factories.customers import SaleFactory
from tests.factories.loyalty import make_programme
from tests.factories.tenancy import ClinicFactory

MAY_1 = date(2026, 5, 1)
N_THREADS = 8

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_clinic(transactional_db) -> Clinic:
    """A clinic with one account of 100 points, all committed; no scope is left open."""
    clinic = ClinicFactory()
    with clinic_scope(clinic.pk):
        make_programme(expires_after=365)
        SaleFactory(net_minor=10_000, on=MAY_1)
        accrue_pending()
    return clinic


def at_once(clinic: Clinic, work: Callable[[int], object], n: int = N_THREADS) -> list:
    """Run work(0) … work(n − 1) together, each in its own thread and on its own connection."""
    start = Barrier(n)

    def run(number: int) -> object:
        try:
            start.wait(timeout=30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


def redeem_or_not(clinic: Clinic, points: int, key: str) -> int | None:
    """The entry's id, or None where there were too few points."""
    try:
        with clinic_scope(clinic.pk):
            return redeem(
                account=Account.objects.get(), points=points, on=MAY_1, idempotency_key=key
            ).pk
    except InsufficientPoints:
        return None


def test_many_tills_never_spend_below_zero(open_clinic):
    def till(number: int) -> int:
        return sum(
            redeem_or_not(open_clinic, 3, f"till-{number}-{n}") is not None for n in range(10)
        )

    assert sum(at_once(open_clinic, till)) == 33  # 33 × 3 of 100; 47 tries are refused

    with clinic_scope(open_clinic.pk):
        assert Account.objects.get().balance == 1
        assert violations() == []


def test_one_key_from_many_tills_has_one_effect(open_clinic):
    entries = at_once(open_clinic, lambda _number: redeem_or_not(open_clinic, 60, "same"))

    assert len(set(entries)) == 1
    assert entries[0] is not None
    with clinic_scope(open_clinic.pk):
        assert Account.objects.get().balance == 40


def test_accruing_at_once_earns_once(open_clinic):
    with clinic_scope(open_clinic.pk):
        SaleFactory.create_batch(20)

    def run(_number: int) -> int:
        with clinic_scope(open_clinic.pk):
            return accrue_pending()

    assert sum(at_once(open_clinic, run)) == 20
    with clinic_scope(open_clinic.pk):
        assert LedgerEntry.objects.count() == 21
        assert violations() == []


def test_tills_and_nightly_work_do_not_disturb_each_other(open_clinic):
    def work(number: int) -> None:
        for n in range(5):
            if number % 4 == 0:
                redeem_or_not(open_clinic, 7, f"{number}-{n}")
                continue
            with clinic_scope(open_clinic.pk):
                if number % 4 == 1:
                    SaleFactory(customer=Account.objects.get(balance__gt=-(10**9)).customer)
                    accrue_pending()
                elif number % 4 == 2:
                    expire_points(on=MAY_1)
                else:
                    judge(MAY_1)

    at_once(open_clinic, work)

    with clinic_scope(open_clinic.pk):
        assert Account.objects.get().balance == 100 + 10 * 100 - 10 * 7
        assert violations() == []
