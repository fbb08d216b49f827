from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from customers.models import Sale
from loyalty.invariants import violations
from loyalty.models import Account, LedgerEntry, PointLot
from loyalty.services.accrual import accrue, accrue_pending
from loyalty.services.adjustment import adjust
from loyalty.services.programme import Terms, edit_programme
from loyalty.services.redemption import redeem
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.loyalty import LADDER, make_programme

MAY_1 = date(2026, 5, 1)


def refund(sale: Sale, net_minor: int, **fields) -> Sale:
    return SaleFactory(
        kind="refund", customer=sale.customer, refund_of=sale, net_minor=-net_minor, **fields
    )


def entries_of(customer) -> list[tuple[str, int, str]]:
    rows = LedgerEntry.objects.filter(account__customer=customer).order_by("pk")
    return list(rows.values_list("kind", "points", "idempotency_key"))


def balance_of(customer) -> int:
    return Account.objects.get(customer=customer).balance


def remaining_of(customer) -> int:
    return sum(
        PointLot.objects.filter(account__customer=customer).values_list("remaining", flat=True)
    )


@pytest.fixture
def programme(clinic):
    return make_programme()


def test_a_sale_opens_an_account_and_earns_whole_points(programme):
    sale = SaleFactory(net_minor=12_399, on=MAY_1)

    assert accrue_pending() == 1

    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.points, entry.posted_on) == ("accrual", 123, MAY_1)
    assert (entry.idempotency_key, entry.sale_id) == (f"sale:{sale.pk}", sale.pk)
    lot = PointLot.objects.get()
    assert (lot.points, lot.remaining, lot.expires_on) == (123, 123, MAY_1 + timedelta(days=730))
    assert balance_of(sale.customer) == 123
    assert violations() == []


def test_accruing_twice_posts_once(programme):
    SaleFactory.create_batch(3)

    assert [accrue_pending(), accrue_pending()] == [3, 0]

    assert LedgerEntry.objects.count() == 3


def test_a_clinic_without_programme_earns_nothing(clinic):
    SaleFactory()

    assert accrue_pending() == 0
    assert Account.objects.count() == 0


@pytest.mark.parametrize(
    "fields", [{"on": date(2025, 12, 31)}, {"net_minor": 0}, {"net_minor": 99}]
)
def test_a_sale_before_the_start_or_below_one_point_posts_nothing(programme, fields):
    SaleFactory(**fields)

    assert accrue_pending() == 0


def test_a_sale_on_the_first_day_earns(programme):
    SaleFactory(on=date(2026, 1, 1))

    assert accrue_pending() == 1


def test_points_may_never_expire(clinic):
    make_programme(expires_after=None)
    SaleFactory()
    accrue_pending()

    assert PointLot.objects.get().expires_on is None


def test_a_currency_without_minor_units_counts_whole_units(clinic):
    clinic.currency = "JPY"
    clinic.save()
    make_programme(rate="0.01")
    sale = SaleFactory(net_minor=12_800, currency="JPY")
    accrue_pending()

    assert balance_of(sale.customer) == 128


def test_a_full_refund_takes_back_exactly_what_was_earned(programme):
    sale = SaleFactory(net_minor=9_999)  # 99 points
    for part in (3_333, 3_333, 3_333):
        refund(sale, part)
    accrue_pending()

    taken = [points for kind, points, _key in entries_of(sale.customer) if kind == "reversal"]
    assert taken == [-33, -33, -33]
    assert (balance_of(sale.customer), remaining_of(sale.customer)) == (0, 0)


def test_partial_refunds_round_like_one_refund(programme):
    sale = SaleFactory(net_minor=10_050)  # 100 points
    refund(sale, 60)  # 99.90 is left: 99 points
    refund(sale, 90)  # 99.00 is left: still 99 points, nothing to post
    accrue_pending()

    assert [points for _kind, points, _key in entries_of(sale.customer)] == [100, -1]
    assert violations() == []


def test_a_refund_above_the_sale_takes_no_more_than_was_earned(programme):
    sale = SaleFactory(net_minor=10_000)
    refund(sale, 25_000)
    accrue_pending()

    assert balance_of(sale.customer) == 0


def test_a_refund_that_names_no_sale_takes_back_by_its_amount(programme):
    sale = SaleFactory(net_minor=10_000)
    SaleFactory(kind="refund", customer=sale.customer, net_minor=-4_050)
    accrue_pending()

    assert balance_of(sale.customer) == 60


def test_a_refund_of_a_sale_before_the_start_takes_nothing(programme):
    sale = SaleFactory(net_minor=10_000, on=date(2025, 6, 1))
    refund(sale, 10_000, on=MAY_1)

    assert accrue_pending() == 0


def test_a_refund_known_before_its_sale_is_put_right_when_it_is_linked(programme):
    early = SaleFactory(kind="refund", net_minor=-5_000)
    accrue_pending()
    assert balance_of(early.customer) == -50

    early.refund_of = SaleFactory(customer=early.customer, net_minor=8_000)
    early.save()
    accrue_pending()

    assert balance_of(early.customer) == 30
    assert violations() == []


def test_refunding_spent_points_makes_the_account_owe_and_the_next_accrual_pays_first(programme):
    sale = SaleFactory(net_minor=10_000)
    accrue_pending()
    account = Account.objects.get()
    redeem(account=account, points=80, on=MAY_1, idempotency_key="till-1")
    refund(sale, 10_000)
    accrue_pending()
    assert (balance_of(sale.customer), remaining_of(sale.customer)) == (-80, 0)

    SaleFactory(customer=sale.customer, net_minor=5_000)
    accrue_pending()
    assert (balance_of(sale.customer), remaining_of(sale.customer)) == (-30, 0)

    SaleFactory(customer=sale.customer, net_minor=5_000)
    accrue_pending()
    assert (balance_of(sale.customer), remaining_of(sale.customer)) == (20, 20)
    assert violations() == []


def test_a_refund_takes_its_own_points_before_older_ones(programme):
    old = SaleFactory(net_minor=10_000, on=date(2026, 2, 1))
    new = SaleFactory(net_minor=10_000, customer=old.customer, on=MAY_1)
    accrue_pending()
    refund(new, 6_000, on=MAY_1)
    accrue_pending()

    left = PointLot.objects.order_by("expires_on").values_list("remaining", flat=True)
    assert list(left) == [100, 40]


def test_a_corrected_sale_gets_a_correcting_entry(programme):
    sale = SaleFactory(net_minor=10_000)
    accrue_pending()

    for net_minor in (15_000, 2_000):
        Sale.objects.filter(pk=sale.pk).update(net_minor=net_minor, gross_minor=net_minor)
        accrue_pending()

    key = f"sale:{sale.pk}"
    assert entries_of(sale.customer) == [
        ("accrual", 100, key),
        ("adjustment", 50, f"{key}:v1"),
        ("adjustment", -130, f"{key}:v2"),
    ]
    assert (balance_of(sale.customer), remaining_of(sale.customer)) == (20, 20)


def test_a_sale_given_to_another_customer_takes_its_points_along(programme):
    sale, heir = SaleFactory(net_minor=10_000), CustomerFactory()
    first = sale.customer
    accrue_pending()
    Sale.objects.filter(pk=sale.pk).update(customer=heir)
    accrue_pending()

    assert (balance_of(first), balance_of(heir)) == (0, 100)
    assert (remaining_of(first), remaining_of(heir)) == (0, 100)
    assert accrue_pending() == 0


def test_a_sale_that_wanders_leaves_one_version_a_step(programme):
    """To another customer, to a third where it is worth nothing, and back with another amount."""
    sale = SaleFactory(net_minor=10_000)
    first, second, third = sale.customer, CustomerFactory(), CustomerFactory()
    accrue_pending()
    for customer, net in ((second, 10_000), (third, 50), (second, 7_000), (first, 7_000)):
        Sale.objects.filter(pk=sale.pk).update(customer=customer, gross_minor=net, net_minor=net)
        accrue_pending()
        assert accrue_pending() == 0

    rows = LedgerEntry.objects.order_by("pk").values_list("idempotency_key", "points")
    versions = [(key.partition(":v")[2], points) for key, points in rows]
    assert sorted(version for version, _points in versions) == ["", "1", "2", "3", "4", "5", "6"]
    assert sorted(points for _version, points in versions) == [-100, -100, -70, 70, 70, 100, 100]
    assert [balance_of(each) for each in (first, second)] == [70, 0]
    assert violations() == []


def test_a_new_rate_holds_from_its_day_and_leaves_earlier_sales_alone(programme):
    before = SaleFactory(net_minor=10_000, on=date(2026, 4, 30))
    accrue_pending()
    terms = Terms(name="Member points", points_per_unit=2, point_value_minor=1)
    edit_programme(programme=programme, terms=terms, ladder=LADDER, on=MAY_1)
    late = SaleFactory(net_minor=10_000, on=date(2026, 4, 29))
    after = SaleFactory(net_minor=10_000, on=MAY_1)
    refund(before, 5_000, on=date(2026, 5, 2))
    accrue_pending()

    assert [balance_of(sale.customer) for sale in (before, late, after)] == [50, 100, 200]


def test_looking_only_at_changed_sales_posts_the_same_for_them(programme):
    seen = SaleFactory(net_minor=10_000)
    touched_at = Sale.objects.get().updated_at
    accrue_pending()
    later = SaleFactory(net_minor=3_000)
    refund(seen, 5_000)

    assert accrue(on=MAY_1, changed_since=touched_at + timedelta(hours=1)).n_entries == 0
    posted = accrue(on=MAY_1, changed_since=touched_at + timedelta(microseconds=1))

    assert sorted(posted.customer_ids) == [seen.customer_id, later.customer_id]
    assert (balance_of(seen.customer), balance_of(later.customer)) == (50, 30)
    assert accrue_pending() == 0


def test_another_clinics_sales_earn_nothing_here(programme, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        SaleFactory()

    assert accrue_pending() == 0


@pytest.mark.parametrize(
    "change", ["UPDATE loyalty_ledgerentry SET points = 1", "DELETE FROM loyalty_ledgerentry"]
)
def test_the_database_refuses_to_change_the_ledger(programme, change):
    SaleFactory()
    accrue_pending()

    refused = pytest.raises(ProgrammingError, match="permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)

    assert LedgerEntry.objects.get().points == 100


def test_points_given_by_hand_expire_like_earned_ones(programme):
    sale = SaleFactory()
    accrue_pending()
    account = Account.objects.get(customer=sale.customer)

    adjust(account=account, points=40, on=MAY_1, reason="Birthday", idempotency_key="a")

    lot = PointLot.objects.get(points=40)
    assert lot.expires_on == MAY_1 + timedelta(days=730)
