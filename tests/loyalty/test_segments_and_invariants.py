from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from customers.models import ContactPoint, Customer
from loyalty.models import Account, LotUse, PointLot, Tier
from loyalty.services.accrual import accrue_pending
from loyalty.services.tiers import judge
from segmentation.attributes import attribute, condition_of
from tests.factories.customers import (
    ContactPointFactory,
    CustomerFactory,
    SaleFactory,
    VisitFactory,
)
from tests.factories.loyalty import make_programme

MAY_1 = date(2026, 5, 1)


@pytest.fixture
def member(clinic) -> Customer:
    make_programme()
    sale = SaleFactory(net_minor=600_000, on=MAY_1)
    accrue_pending()
    judge(MAY_1)
    return sale.customer


def found(key: str, operator: str, value) -> list[Customer]:
    condition = condition_of(attribute(key), operator, value, MAY_1)
    return list(Customer.objects.filter(condition).order_by("pk"))


def test_segments_ask_for_tier_and_points(member):
    other = CustomerFactory()
    jade = Tier.objects.get(name="Jade")

    assert found("tier", "is", [jade.pk]) == [member]
    assert found("tier", "is_not", [jade.pk]) == [other]
    assert found("points", "at_least", 6_000) == [member]
    assert found("points", "at_least", 6_001) == []
    assert list(attribute("tier").choices())[1] == (jade.pk, "Jade")


def check(clinic) -> str:
    errors = StringIO()
    try:
        call_command("check_invariants", "--clinic", clinic.slug, stdout=StringIO(), stderr=errors)
    except CommandError:
        return errors.getvalue()
    return ""


def test_a_sound_clinic_passes(member, clinic):
    assert check(clinic) == ""


def test_a_balance_that_is_off_is_named(member, clinic):
    account = Account.objects.get()
    Account.objects.update(balance=7)

    assert check(clinic).splitlines() == [
        f"north: loyalty: account {account.pk}: the balance is not the sum of its entries",
        f"north: loyalty: account {account.pk}: its lots do not hold max(balance, 0)",
    ]


def test_lots_that_are_off_are_named(member, clinic):
    PointLot.objects.update(remaining=1)

    told = check(clinic)

    assert "its lots do not hold max(balance, 0)" in told
    assert f"lot {PointLot.objects.get().pk}: what remains is not its points less" in told


def test_a_debt_that_no_refund_explains_is_named(member, clinic):
    account = Account.objects.get()
    account.entries.create(kind="redemption", points=-9_000, posted_on=MAY_1, idempotency_key="x")
    Account.objects.update(balance=-3_000)
    lot = PointLot.objects.get()
    LotUse.objects.create(lot=lot, entry=account.entries.get(points=-9_000), points=lot.remaining)
    PointLot.objects.update(remaining=0)

    assert check(clinic).splitlines()[0] == (
        f"north: loyalty: account {account.pk}: it owes more than refunds and corrections took back"
    )


def test_customers_that_are_off_are_named(clinic):
    customer = VisitFactory(visited_on=MAY_1).customer
    point = ContactPointFactory()
    ContactPoint.objects.update(is_primary=False)

    assert check(clinic).splitlines() == [
        f"north: customers: customer {customer.pk}: last_visit_on is not the day of the last visit",
        f"north: customers: customer {point.customer_id}: a kind of contact has not exactly one"
        " primary point",
    ]


def test_an_unknown_clinic_is_refused_with_the_known_ones(clinic):
    with pytest.raises(CommandError, match=r"There is no clinic 'nowhere'\. Known: .*north"):
        call_command("check_invariants", "--clinic", "nowhere")


def test_lots_and_entries_stay_in_one_account(member):
    from loyalty.invariants import violations

    other = Account.objects.create(
        programme=Account.objects.get().programme, customer=CustomerFactory()
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loyalty_pointlot SET account_id = %s", [other.pk])

    assert any("another account than its entry" in line for line in violations())
