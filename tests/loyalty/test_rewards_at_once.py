"""Many tills at the same moment, each on its own connection, on committed data."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import pytest
from django.db import connection

from loyalty.invariants import violations
from loyalty.models import Account, Coupon, CouponUse, Offer, Redemption, Reward
from loyalty.services.coupon_uses import Till, reserve, use
from loyalty.services.coupons import issue_coupon
from loyalty.services.rewards import Exchange, exchange, undo
from tenancy.exceptions import DomainError
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tests.factories.customers import NOON, CustomerFactory
from tests.factories.loyalty import make_programme
from tests.factories.rewards import OfferFactory, RewardFactory, member_with
from tests.factories.tenancy import ClinicFactory

pytestmark = pytest.mark.django_db(transaction=True)
N_CONNECTIONS = 16  # of 200 who ask, as many as the test's Postgres lets in


@pytest.fixture
def open_clinic(transactional_db) -> Clinic:
    clinic = ClinicFactory()
    with clinic_scope(clinic.pk):
        make_programme()
    return clinic


def at_once(clinic: Clinic, n: int, work: Callable[[int], object]) -> Counter:
    """Do it n times together; what came of it: "ok" or the code of the refusal, counted."""
    gate = Semaphore(0)

    def run(number: int) -> str:
        with gate:
            pass
        try:
            with clinic_scope(clinic.pk):
                work(number)
            return "ok"
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(N_CONNECTIONS) as pool:
        asked = [pool.submit(run, number) for number in range(n)]
        gate.release(N_CONNECTIONS)
        return Counter(one.result(timeout=120) for one in asked)


def test_the_last_piece_goes_to_one_of_two_hundred(open_clinic):
    with clinic_scope(open_clinic.pk):
        reward = RewardFactory(stock=1)
        members = [member_with(100) for _ in range(20)]

    def ask(number: int) -> None:
        wanted = Exchange(members[number % 20], f"till-{number}", NOON)
        exchange(reward=Reward.objects.get(pk=reward.pk), asked=wanted)

    assert at_once(open_clinic, 200, ask) == {"ok": 1, "out_of_stock": 199}

    with clinic_scope(open_clinic.pk):
        assert (Reward.objects.get().stock, Redemption.objects.count()) == (0, 1)
        assert sum(Account.objects.values_list("balance", flat=True)) == 20 * 100 - 100
        assert violations() == []


def test_one_key_from_two_hundred_clicks_has_one_effect(open_clinic):
    with clinic_scope(open_clinic.pk):
        reward, member = RewardFactory(stock=50), member_with(500)

    def ask(_number: int) -> None:
        exchange(reward=reward, asked=Exchange(member, "the same click", NOON))

    assert at_once(open_clinic, 200, ask) == {"ok": 200}
    with clinic_scope(open_clinic.pk):
        assert (Reward.objects.get().stock, Account.objects.get().balance) == (49, 400)


def test_one_exchange_is_undone_once(open_clinic):
    with clinic_scope(open_clinic.pk):
        reward, member = RewardFactory(stock=1), member_with(100)
        made = exchange(reward=reward, asked=Exchange(member, "k", NOON))

    def take_back(_number: int) -> None:
        undo(redemption=Redemption.objects.get(pk=made.pk), at=NOON, by=None)

    assert at_once(open_clinic, 30, take_back) == {"ok": 1, "too_late_to_undo": 29}
    with clinic_scope(open_clinic.pk):
        assert (Reward.objects.get().stock, Account.objects.get().balance) == (1, 100)
        assert violations() == []


def test_one_code_at_two_hundred_tills_is_used_once(open_clinic):
    with clinic_scope(open_clinic.pk):
        anna = CustomerFactory()
        coupon = issue_coupon(customer=anna, offer=OfferFactory(), cause="desk", key="k", at=NOON)

    def pay(number: int) -> None:
        take = use if number % 2 else reserve
        take(coupon.code, Till(NOON, anna), key=f"till-{number}")

    found = at_once(open_clinic, 200, pay)

    assert found["ok"] == 1
    assert set(found) <= {"ok", "used", "reserved", "person_limit"}
    with clinic_scope(open_clinic.pk):
        assert CouponUse.objects.count() == Offer.objects.get().n_used == 1
        assert Coupon.objects.get().state in {"used", "reserved"}


def test_the_last_use_of_a_word_goes_to_one_of_two_hundred(open_clinic):
    with clinic_scope(open_clinic.pk):
        OfferFactory(code="SUMMER618", max_uses=7)
        people = CustomerFactory.create_batch(50)

    def pay(number: int) -> None:
        use("SUMMER618", Till(NOON, people[number % 50]), key=f"till-{number}")

    found = at_once(open_clinic, 200, pay)

    assert found["ok"] == 7
    with clinic_scope(open_clinic.pk):
        used = list(CouponUse.objects.values_list("customer", flat=True))
        assert (len(used), len(set(used)), Offer.objects.get().n_used) == (7, 7, 7)
