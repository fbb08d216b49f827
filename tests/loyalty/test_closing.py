"""A programme that is closed and opened again: what earns, what stays, and from which day."""

from datetime import date, timedelta

import pytest

from loyalty.exceptions import LadderRefused, RuleRefused
from loyalty.invariants import violations
from loyalty.models import Account, EarnRule, LedgerEntry, Programme, ReferralTerms, TierChange
from loyalty.queries.ladders import rules_on
from loyalty.queries.referrals import terms_in_force
from loyalty.receipts import tier_of
from loyalty.services.accrual import accrue
from loyalty.services.activities import claim, give_birthday_points
from loyalty.services.closing import close_programme, reopen_programme
from loyalty.services.enrolment import enrol
from loyalty.services.expiry import expire_points
from loyalty.services.ladders import save_draft
from loyalty.services.redemption import redeem
from loyalty.services.referrals import settle_referrals
from loyalty.services.tiers import judge
from loyalty.services.what_if import reproduce
from loyalty.services.what_if_jobs import ask
from tenancy.models import AuditEntry
from tests.factories.customers import NOON, CustomerFactory, SaleFactory
from tests.factories.loyalty import make_programme

MAY_1, DAY = date(2026, 5, 1), timedelta(days=1)
CLOSE = "/loyalty/design/programmes/{}/close/"
REOPEN = "/loyalty/design/programmes/{}/reopen/"


@pytest.fixture
def programme(clinic, time_machine):
    time_machine.move_to(NOON, tick=False)
    return make_programme()


@pytest.fixture
def anna(programme):
    return CustomerFactory(name="Anna Berg", birth_on=date(1990, 5, 3))


def buys(customer, on: date, net_minor: int = 10_000):
    return SaleFactory(customer=customer, net_minor=net_minor, on=on)


def closed(programme, on: date = MAY_1) -> Programme:
    return close_programme(programme=programme, closed_on=on, today=MAY_1, by=None)


def balance_after(on: date, *, customer) -> int:
    accrue(on=on)
    assert violations() == []
    return sum(Account.objects.filter(customer=customer).values_list("balance", flat=True))


def test_what_was_bought_before_earns_and_is_taken_back_what_is_bought_later_earns_nothing(
    programme, anna
):
    before = buys(anna, MAY_1 - DAY)
    closed(programme)
    buys(anna, MAY_1)
    buys(anna, MAY_1 + 9 * DAY)

    assert balance_after(MAY_1 + 9 * DAY, customer=anna) == 100
    SaleFactory(kind="refund", refund_of=before, customer=anna, net_minor=-4_000,
                on=MAY_1 + 10 * DAY)  # fmt: skip
    assert balance_after(MAY_1 + 10 * DAY, customer=anna) == 60


def test_what_was_earned_on_the_closing_day_stays(programme, anna):
    buys(anna, MAY_1)
    assert balance_after(MAY_1, customer=anna) == 100

    closed(programme)

    assert balance_after(MAY_1, customer=anna) == 100


def test_points_of_a_closed_programme_are_spent_and_end_as_before(programme, anna):
    buys(anna, MAY_1 - DAY)
    accrue(on=MAY_1)
    closed(programme)
    account = Account.objects.get(customer=anna)

    redeem(account=account, points=30, on=MAY_1 + DAY, idempotency_key="till-1")
    expire_points(on=MAY_1 + 730 * DAY)

    kinds = LedgerEntry.objects.order_by("pk").values_list("kind", "points")
    assert list(kinds) == [("accrual", 100), ("redemption", -30), ("expiry", -70)]
    assert violations() == []


def test_nobody_joins_and_nothing_else_earns(programme, anna):
    for what in ("birthday", "event"):
        EarnRule.objects.create(programme=programme, kind="fixed", activity=what, points=50,
                                effective_on=date(2026, 1, 1))  # fmt: skip
    ReferralTerms.objects.create(starts_on=date(2026, 1, 1))
    account = enrol(programme=programme, customer=anna, through="desk", on=MAY_1)
    friend = CustomerFactory(referrer=anna)
    assert terms_in_force(MAY_1) is not None
    programme = closed(programme)
    buys(friend, MAY_1)

    account = Account.objects.select_related("programme").get(pk=account.pk)
    with pytest.raises(RuleRefused, match="nobody in any more"):
        enrol(programme=programme, customer=friend, through="desk", on=MAY_1)
    with pytest.raises(RuleRefused, match="No rule gives points"):
        claim(account=account, activity="event", key="open-day", on=MAY_1)
    assert give_birthday_points(on=date(2026, 5, 3)) == 0
    assert (settle_referrals(at=NOON), terms_in_force(MAY_1)) == (0, None)
    assert LedgerEntry.objects.count() == 0


def test_a_friend_who_first_paid_while_it_was_closed_never_brings_points(programme, anna):
    ReferralTerms.objects.create(starts_on=date(2026, 1, 1))
    closed(programme)
    buys(CustomerFactory(referrer=anna), MAY_1)
    late = CustomerFactory(referrer=anna)
    reopen_programme(programme=programme, on=MAY_1 + 3 * DAY, by=None)
    buys(late, MAY_1 + 3 * DAY)

    assert settle_referrals(at=NOON) == 0  # the day of the second has not come
    assert settle_referrals(at=NOON + 3 * DAY) == 1
    assert LedgerEntry.objects.filter(account__customer=anna).get().points == 500


def test_tiers_stand_still_and_their_receipts_stay(programme, anna):
    buys(anna, MAY_1 - DAY, 600_000)
    judge(MAY_1)
    closed(programme, MAY_1 + DAY)
    buys(anna, MAY_1 + DAY, 5_000_000)

    assert judge(MAY_1 + 2 * DAY) == judge(MAY_1 + 500 * DAY) == 0
    account = Account.objects.get(customer=anna)
    change = TierChange.objects.filter(account=account).latest("pk")
    assert account.tier.name == "Jade"
    assert tier_of(change.receipt) == "Jade"


def test_a_draft_is_not_tried_on_a_closed_programme(programme, owner):
    draft = save_draft(programme=programme, name="New", rules=rules_on(programme, MAY_1), by=owner)
    draft.programme = closed(programme)

    with pytest.raises(LadderRefused, match="Reopen it first"):
        ask(draft=draft, by=owner)


def test_reopened_it_earns_from_that_day_on_and_never_for_the_closed_days(programme, anna):
    closed(programme)
    buys(anna, MAY_1)
    again = reopen_programme(programme=programme, on=MAY_1 + 10 * DAY, by=None)
    buys(anna, MAY_1 + 9 * DAY)  # reported late
    buys(anna, MAY_1 + 10 * DAY, 600_000)

    assert again.closed_on is None
    assert balance_after(MAY_1 + 10 * DAY, customer=anna) == 6_000
    judge(MAY_1 + 10 * DAY)
    assert Account.objects.get(customer=anna).tier.name == "Jade"
    same = reproduce(again, as_of=MAY_1 + 10 * DAY)
    assert (same.n_people, same.n_same) == (1, 1)

    closed(again, MAY_1 + 20 * DAY)  # and a second time
    buys(anna, MAY_1 + 20 * DAY)
    assert balance_after(MAY_1 + 30 * DAY, customer=anna) == 6_000


def test_a_closing_that_was_only_planned_can_be_moved_and_called_off(programme, anna):
    closed(programme, MAY_1 + 10 * DAY)
    closed(programme, MAY_1 + 20 * DAY)
    buys(anna, MAY_1 + 15 * DAY)
    assert balance_after(MAY_1 + 15 * DAY, customer=anna) == 100

    reopen_programme(programme=programme, on=MAY_1 + 15 * DAY, by=None)

    buys(anna, MAY_1 + 25 * DAY)
    assert balance_after(MAY_1 + 25 * DAY, customer=anna) == 200
    assert programme.closures.count() == 0


@pytest.mark.parametrize("on", [MAY_1 - DAY, MAY_1 + 731 * DAY])
def test_a_day_that_cannot_be_is_refused(programme, on):
    with pytest.raises(RuleRefused) as refusal:
        closed(programme, on)
    assert refusal.value.field == "closed_on"


def test_twice_closed_and_twice_reopened_are_refused(programme):
    closed(programme)
    with pytest.raises(RuleRefused, match="closed already"):
        closed(programme, MAY_1 + DAY)
    reopen_programme(programme=programme, on=MAY_1, by=None)
    with pytest.raises(RuleRefused, match="is open"):
        reopen_programme(programme=programme, on=MAY_1, by=None)


def test_the_page_says_what_happens_closes_and_reopens(programme, anna, client_as):
    buys(anna, MAY_1 - DAY, 250_000)
    accrue(on=MAY_1)
    client, page = client_as("owner"), CLOSE.format(programme.pk)

    shown = client.get(page).text
    assert "2,500" in shown and "judged no more" in shown
    refused = client.post(page, {"closed_on": "2026-04-30"})
    assert (refused.status_code, "That day is over" in refused.text) == (422, True)
    assert client.post(page, {"closed_on": "2026-05-01"}).status_code == 302

    programme.refresh_from_db()
    assert programme.closed_on == MAY_1
    assert "Closed since" in client.get("/loyalty/design/programmes/").text
    assert "nothing earns points" in client.get("/loyalty/").text
    assert "What reopening does" in client.get(page).text
    assert client.post(REOPEN.format(programme.pk)).status_code == 302
    programme.refresh_from_db()
    assert programme.closed_on is None
    told = AuditEntry.objects.filter(action__startswith="programme.").order_by("pk")
    assert list(told.values_list("action", flat=True)) == [
        "programme.closed", "programme.reopened"]  # fmt: skip


def test_staff_can_neither_close_nor_reopen(programme, client_as):
    client = client_as("staff")

    assert client.get(CLOSE.format(programme.pk)).status_code == 403
    assert client.post(REOPEN.format(programme.pk)).status_code == 403
