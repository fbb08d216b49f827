"""Spent points that come back, points passed on in a family, points by two people."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Guardian
from loyalty.exceptions import (
    InsufficientPoints,
    KeyUsedOtherwise,
    NeedsSecondPerson,
    NotARedemption,
    NotOneFamily,
    OwnRequest,
    PointsNotPositive,
    ReasonMissing,
    RequestDecided,
    ReturnTooMany,
    SamePerson,
    TransferNotAllowed,
)
from loyalty.invariants import violations
from loyalty.models import Account, AdjustmentRequest, LedgerEntry, PointLot, Programme
from loyalty.services.accrual import accrue_pending
from loyalty.services.adjustment import (
    adjust,
    approve_adjustment,
    ask_adjustment,
    refuse_adjustment,
)
from loyalty.services.awards import award
from loyalty.services.redemption import give_points_back, redeem
from loyalty.services.transfers import family_of, transfer
from tests.factories.customers import ContactPointFactory, CustomerFactory, SaleFactory
from tests.factories.loyalty import AccountFactory, make_programme
from tests.factories.tenancy import MembershipFactory

MAY_1 = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def account(clinic) -> Account:
    """150 points: 100 until 1 March 2027, 50 until 1 May 2027."""
    make_programme(expires_after=365)
    sale = SaleFactory(net_minor=10_000, on=date(2026, 3, 1))
    SaleFactory(net_minor=5_000, on=MAY_1, customer=sale.customer)
    accrue_pending()
    return Account.objects.get()


def lots() -> list[int]:
    return list(PointLot.objects.order_by("expires_on", "pk").values_list("remaining", flat=True))


def spend(account: Account, points: int = 120) -> LedgerEntry:
    return redeem(account=account, points=points, on=MAY_1, idempotency_key="till")


def back(entry: LedgerEntry, points: int | None = None, key: str = "u") -> LedgerEntry:
    return give_points_back(redemption=entry, on=MAY_1, idempotency_key=key, points=points)


def test_points_given_back_return_to_the_lots_they_came_from(account):
    entry = spend(account)
    assert lots() == [0, 30]

    first = back(entry)

    assert (first.kind, first.points, first.contra, back(entry)) == (
        "return",
        120,
        "redeemed",
        first,
    )
    assert (lots(), Account.objects.get().balance, violations()) == ([100, 50], 150, [])


def test_a_part_comes_back_to_the_lot_that_lasts_longest(account):
    entry = spend(account)
    back(entry, 15)
    back(entry, 10, key="v")

    assert (lots(), violations()) == ([5, 50], [])
    with pytest.raises(ReturnTooMany, match="only 95"):
        back(entry, 96, key="w")
    with pytest.raises(PointsNotPositive):
        back(entry, 0, key="w")


def test_what_is_owed_is_paid_before_points_come_back(account):
    entry = spend(account, 150)
    sale = account.customer.sales.order_by("occurred_on").first()
    SaleFactory(kind="refund", customer=account.customer, refund_of=sale, net_minor=-10_000)
    accrue_pending()

    back(entry)

    assert (sum(lots()), Account.objects.get().balance, violations()) == (50, 50, [])


def test_only_a_redemption_can_be_given_back(account):
    with pytest.raises(NotARedemption):
        back(account.entries.filter(kind="accrual").first())


def test_the_key_of_a_return_says_one_thing(account):
    entry = spend(account)
    back(entry, 5)
    with pytest.raises(KeyUsedOtherwise):
        back(entry, 6)


@pytest.fixture
def child(account) -> Account:
    Programme.objects.update(allows_transfers=True)
    child = CustomerFactory()
    Guardian.objects.create(customer=child, guardian=account.customer, relation="mother")
    return AccountFactory(customer=child)


def pass_on(giver: Account, receiver: Account, points: int = 120, **more) -> LedgerEntry:
    giver, receiver = (Account.objects.get(pk=one.pk) for one in (giver, receiver))
    given = {"reason": "Birthday", "idempotency_key": "t"} | more
    return transfer(giver=giver, receiver=receiver, points=points, on=MAY_1, **given)


def test_passed_on_points_live_no_longer(account, child):
    first = pass_on(account, child)

    assert pass_on(account, child) == first
    ends = child.lots.order_by("expires_on").values_list("remaining", "expires_on")
    assert list(ends) == [(100, date(2027, 3, 1)), (20, date(2027, 5, 1))]
    assert [Account.objects.get(pk=one.pk).balance for one in (account, child)] == [30, 120]
    assert violations() == []


def test_points_pass_only_inside_a_family(account, child):
    stranger = AccountFactory()
    with pytest.raises(NotOneFamily):
        pass_on(account, stranger)
    ContactPointFactory(customer=account.customer, kind="phone", value="+8613800138000")
    ContactPointFactory(customer=stranger.customer, kind="phone", value="+8613800138000")
    pass_on(account, stranger, 5)

    assert violations() == []


def test_children_of_one_guardian_are_a_family(account, child):
    other = CustomerFactory()
    Guardian.objects.create(customer=other, guardian=account.customer, relation="mother")

    assert list(family_of(other.pk).order_by("pk")) == [account.customer, child.customer]


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"points": 0}, PointsNotPositive),
        ({"points": 151}, InsufficientPoints),
        ({"reason": " "}, ReasonMissing),
    ],
)
def test_odd_transfers_are_refused(account, child, more, refusal):
    with pytest.raises(refusal):
        pass_on(account, child, **more)
    assert Account.objects.get(pk=child.pk).balance == 0


def test_transfers_are_off_unless_the_programme_allows_them(account, child):
    with pytest.raises(SamePerson):
        pass_on(account, account)
    Programme.objects.update(allows_transfers=False)
    with pytest.raises(TransferNotAllowed):
        pass_on(account, child)


def test_a_transfer_key_says_one_thing(account, child):
    pass_on(account, child, 5)
    with pytest.raises(KeyUsedOtherwise):
        pass_on(account, child, 6)


def test_the_database_refuses_a_transfer_that_does_not_close(account):
    with pytest.raises(IntegrityError, match="sum to -5"), transaction.atomic():
        account.entries.create(
            kind="transfer", points=-5, posted_on=MAY_1, idempotency_key="x", transfer_key="x"
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_spending_below_zero(account):
    Account.objects.update(balance=-1)
    with pytest.raises(IntegrityError, match="below zero"), transaction.atomic():
        account.entries.create(kind="redemption", points=-151, posted_on=MAY_1, idempotency_key="x")


def test_an_entry_names_both_sides_and_nobody_can_say_otherwise(account):
    spend(account)
    sides = set(LedgerEntry.objects.values_list("kind", "contra"))

    assert sides == {("accrual", "issued"), ("redemption", "redeemed")}
    with pytest.raises(Exception, match="contra"), transaction.atomic(), connection.cursor() as c:
        c.execute(
            "INSERT INTO loyalty_ledgerentry (clinic_id, account_id, kind, points, posted_on,"
            " idempotency_key, reason, created_at, contra) SELECT clinic_id, id, 'accrual', 5,"
            " '2026-05-01', 'x', '', now(), 'expired' FROM loyalty_account"
        )


@pytest.fixture
def people(account):
    Programme.objects.update(adjust_limit_points=100)
    return MembershipFactory(role="manager"), MembershipFactory(role="owner")


def ask(account: Account, by, points: int = 500, key: str = "k") -> AdjustmentRequest:
    return ask_adjustment(
        account=account, points=points, reason="Goodwill", idempotency_key=key, asked_by=by, at=NOON
    )


def test_above_the_limit_a_second_person_decides(account, people):
    one, other = people
    account = Account.objects.get()
    with pytest.raises(NeedsSecondPerson, match="100"):
        adjust(account=account, points=-101, on=MAY_1, reason="x", idempotency_key="a", actor=one)
    adjust(account=account, points=100, on=MAY_1, reason="x", idempotency_key="a", actor=one)
    request = ask(account, one)

    with pytest.raises(OwnRequest):
        approve_adjustment(request=request, by=one, on=MAY_1, at=NOON)
    assert Account.objects.get().balance == 250
    entry = approve_adjustment(request=request, by=other, on=MAY_1, at=NOON)
    assert (entry.points, entry.actor, Account.objects.get().balance) == (500, one, 750)
    with pytest.raises(RequestDecided):
        refuse_adjustment(request=request, by=other, at=NOON)
    assert violations() == []


def test_a_refused_request_posts_nothing(account, people):
    one, other = people
    refuse_adjustment(request=ask(account, one), by=other, at=NOON)

    assert Account.objects.get().balance == 150
    assert AdjustmentRequest.objects.get().state == "refused"


def test_a_request_is_written_once(account, people):
    one, _other = people
    assert ask(account, one) == ask(account, one)
    with pytest.raises(KeyUsedOtherwise):
        ask(account, one, points=501)


def test_the_database_wants_two_people(account, people):
    one, _other = people
    request = ask(account, one)
    with pytest.raises(IntegrityError, match="adjustment_needs_another"), transaction.atomic():
        AdjustmentRequest.objects.filter(pk=request.pk).update(
            state="refused", decided_by=one, decided_at=NOON
        )


def test_an_award_earns_once_and_names_its_rule(account):
    account = Account.objects.get()
    given = {"points": 30, "on": MAY_1, "idempotency_key": "survey:1", "reason": "Survey"}
    first = award(account=account, rules=[7], **given)

    assert award(account=account, rules=[7], **given) == first
    assert LedgerEntry.objects.get(pk=first.pk).rules == [7]
    assert (Account.objects.get().balance, violations()) == (180, [])
