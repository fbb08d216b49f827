"""What the desk notes that a customer did for points: seen and paid, or proved and looked at."""

import pytest

from loyalty.models import Account, ActivityClaim, EarnRule, LedgerEntry, Programme
from tests.factories.customers import NOON, ContactPointFactory
from tests.factories.loyalty import make_programme
from tests.factories.rewards import JAN_1, member_with
from tests.loyalty.test_activities import POST, earns, hand_in

DESK = "/loyalty/desk/{}/activity/"
DECIDE = "/loyalty/design/claims/{}/decide/"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def programme(clinic):
    return make_programme()


@pytest.fixture
def anna(programme):
    return member_with(10, name="Anna Berg")


def notes(client, customer, rule: EarnRule | int, proof: str = "", key: str = "click-1"):
    return client.post(
        DESK.format(customer.pk),
        {"rule": getattr(rule, "pk", rule), "proof": proof, "key": key}, follow=True,
    )  # fmt: skip


def balance_of(customer) -> int:
    return Account.objects.get(customer=customer).balance


def test_what_staff_saw_is_paid_at_once_under_their_name_and_a_double_click_once(
    anna, programme, client_as
):
    rule, client = earns(programme, "event"), client_as("staff")
    assert "Joining an activity · 50 points" in client.get(DESK.format(anna.pk)).text

    for _time in range(2):
        said = notes(client, anna, rule, "open day of 30 April").text

    assert "The points are on the account" in said
    made = ActivityClaim.objects.get()
    assert (balance_of(anna), made.state, made.proof) == (60, "approved", "open day of 30 April")
    assert made.entered_by.role == made.entry.actor.role == "staff"


def test_a_proof_waits_for_somebody_who_may_give_points(anna, programme, client_as):
    rule, desk, owner = earns(programme, "review"), client_as("staff"), client_as("owner")

    assert "once somebody has looked" in notes(desk, anna, rule, POST).text
    made = ActivityClaim.objects.get()
    assert (made.state, balance_of(anna)) == ("waiting", 10)
    assert desk.post(DECIDE.format(made.pk)).status_code == 403
    assert "noted by" in owner.get("/loyalty/design/claims/").text
    owner.post(DECIDE.format(made.pk))

    assert balance_of(anna) == 60


def test_above_the_limit_nobody_believes_what_they_noted_themselves(anna, programme, client_as):
    Programme.objects.update(adjust_limit_points=20)
    rule, owner, manager = earns(programme, "review"), client_as("owner"), client_as("manager")
    notes(owner, anna, rule, POST)
    made = ActivityClaim.objects.get()

    said = owner.post(DECIDE.format(made.pk), follow=True).text
    assert "somebody else must decide" in said and balance_of(anna) == 10
    manager.post(DECIDE.format(made.pk))
    assert balance_of(anna) == 60


def test_a_post_that_the_member_handed_in_is_no_second_one_at_the_desk(anna, programme, client_as):
    rule = earns(programme, "sharing")
    hand_in(anna)

    notes(client_as("staff"), anna, rule, f"{POST} ")
    assert ActivityClaim.objects.count() == 1
    other = member_with(0)
    assert "handed in already" in notes(client_as("staff"), other, rule, POST).text


def test_without_saying_what_nothing_is_noted(anna, programme, client_as):
    rule = earns(programme, "event")

    assert "Say what they did" in notes(client_as("staff"), anna, rule, " ").text
    assert ActivityClaim.objects.count() == 0


def test_a_profile_proves_itself(anna, programme, client_as):
    rule, client = earns(programme, "profile"), client_as("staff")

    assert "Still missing" in notes(client, anna, rule).text
    type(anna).objects.filter(pk=anna.pk).update(birth_on=JAN_1.replace(year=1990), gender="female")
    ContactPointFactory(customer=anna, kind="phone", value="+8613800000001")
    ContactPointFactory(customer=anna, kind="email", value="anna@mail.example")
    notes(client, anna, rule)

    assert balance_of(anna) == 60


def test_what_earns_nothing_today_is_as_unknown_as_none(anna, programme, client_as):
    over, client = earns(programme, "event", until_on=JAN_1), client_as("staff")
    birthday = earns(programme, "birthday")

    for rule in (over, birthday, 999_999):
        assert notes(client, anna, rule, "x").status_code == 404
    assert LedgerEntry.objects.filter(kind="accrual").count() == 0
