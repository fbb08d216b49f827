"""What members do for points: claimed on their page or by the app, approved by staff, paid once."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from customers.services.timeline import record_event
from loyalty.exceptions import RuleRefused
from loyalty.models import Account, ActivityClaim, Coupon, EarnRule, LedgerEntry
from loyalty.services.activities import refuse
from loyalty.services.member_claims import MOST_WAITING, claim_as_member, pay_answers
from loyalty.services.member_links import make_link
from loyalty.services.occasions import give_for_occasions
from tests.conftest import BrowserClient
from tests.factories.customers import (
    NOON,
    ContactPointFactory,
    CustomerFactory,
    IdentityFactory,
)
from tests.factories.loyalty import make_programme
from tests.factories.rewards import JAN_1, MAY_1, OfferFactory, member_with

POST = "https://social.example/p/7"
PAGE = "/m/activities/"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def programme(clinic):
    return make_programme()


@pytest.fixture
def anna(programme):
    return member_with(10, name="Anna Berg")


def earns(programme, activity: str, points: int = 50, **more) -> EarnRule:
    return EarnRule.objects.create(
        programme=programme, kind="fixed", activity=activity, points=points, effective_on=JAN_1,
        **more,
    )  # fmt: skip


def account_of(customer) -> Account:
    return Account.objects.select_related("programme", "customer").get(customer=customer)


def hand_in(customer, activity="sharing", proof=POST) -> ActivityClaim:
    return claim_as_member(account=account_of(customer), activity=activity, on=MAY_1, proof=proof)


def phone_of(customer) -> BrowserClient:
    phone = BrowserClient()
    phone.post(urlsplit(make_link(customer=customer, at=NOON)).path)
    return phone


def test_a_member_hands_in_a_post_staff_approve_it_and_the_points_come(anna, client_as):
    rule = earns(anna.accounts.get().programme, "sharing")
    phone, owner = phone_of(anna), client_as("owner")

    assert phone.post(PAGE, {"rule": rule.pk, "proof": POST}).status_code == 302
    made = ActivityClaim.objects.get()
    assert (made.state, account_of(anna).balance) == ("waiting", 10)
    assert POST in owner.get("/loyalty/design/claims/").text
    owner.post(f"/loyalty/design/claims/{made.pk}/decide/")

    assert account_of(anna).balance == 60
    assert "+50" in phone.get(PAGE).text


def test_a_refusal_is_told_with_its_reason(anna, owner):
    earns(anna.accounts.get().programme, "review")
    made = hand_in(anna, "review")
    refuse(claim_id=made.pk, reason="The page is private", by=owner, at=NOON)

    assert "The page is private" in phone_of(anna).get(PAGE).text
    assert account_of(anna).balance == 10


def test_one_post_counts_once_whoever_hands_it_in(anna, programme):
    earns(programme, "sharing")
    other = member_with(0)

    assert hand_in(anna) == hand_in(anna, proof=f"  {POST.upper()} ")
    with pytest.raises(RuleRefused, match="handed in already"):
        hand_in(other)
    assert hand_in(other, proof="my story of today").pk != hand_in(anna, proof="My story of today")


def test_what_a_member_says_of_a_survey_or_an_event_is_looked_at_first(anna, programme):
    earns(programme, "survey")
    earns(programme, "event")

    states = {hand_in(anna, what, "the one of last week").state for what in ("survey", "event")}

    assert (states, account_of(anna).balance) == ({"waiting"}, 10)


@pytest.mark.parametrize("activity", ["birthday", "referral", "result_photo", "review"])
def test_what_cannot_be_claimed_or_earns_nothing_is_refused(anna, programme, activity):
    if activity != "review":
        earns(programme, activity)

    with pytest.raises(RuleRefused):
        hand_in(anna, activity)
    assert ActivityClaim.objects.count() == 0


def test_without_saying_what_nothing_is_handed_in(anna, programme):
    earns(programme, "sharing")

    with pytest.raises(RuleRefused) as refusal:
        hand_in(anna, proof="   ")
    assert refusal.value.field == "proof"


def test_nobody_floods_who_has_to_look(anna, programme):
    earns(programme, "sharing")
    for number in range(MOST_WAITING):
        hand_in(anna, proof=f"{POST}{number}")

    with pytest.raises(RuleRefused, match="wait to be looked at"):
        hand_in(anna)
    assert hand_in(anna, proof=f"{POST}0").state == "waiting"  # the same again is no new one


def test_a_complete_profile_is_paid_at_once_and_once(anna, programme):
    rule, phone = earns(programme, "profile"), phone_of(anna)
    type(anna).objects.filter(pk=anna.pk).update(birth_on=None, gender="")

    said = phone.post(PAGE, {"rule": rule.pk}, follow=True).text
    assert "Still missing: your birthday" in said and account_of(anna).balance == 10

    type(anna).objects.filter(pk=anna.pk).update(birth_on=JAN_1.replace(year=1990), gender="female")
    ContactPointFactory(customer=anna, kind="phone", value="+8613800000001")
    ContactPointFactory(customer=anna, kind="email", value="anna@mail.example")
    for _time in range(2):
        phone.post(PAGE, {"rule": rule.pk})

    assert account_of(anna).balance == 60


def test_an_answer_told_as_an_event_is_paid_once_and_gives_one_coupon(anna, programme):
    earns(programme, "survey", most_times_a_year=1)
    OfferFactory(occasion="survey")
    for number in range(2):
        record_event(kind="feedback.given", customer=anna, occurred_at=NOON,
                     source_key=f"survey:{number}", at=NOON)  # fmt: skip

    assert [pay_answers(on=MAY_1), pay_answers(on=MAY_1)] == [1, 0]
    assert account_of(anna).balance == 60
    give_for_occasions(on=MAY_1, at=NOON)
    assert Coupon.objects.filter(customer=anna).count() == 2  # two answers, and no more


def test_an_old_answer_and_one_of_somebody_without_account_are_not_paid(anna, programme):
    earns(programme, "survey")
    long_ago = NOON - timedelta(days=9)
    record_event(
        kind="feedback.given", customer=anna, occurred_at=long_ago, source_key="a", at=NOON
    )
    stranger = CustomerFactory()
    record_event(
        kind="feedback.given", customer=stranger, occurred_at=NOON, source_key="b", at=NOON
    )

    assert pay_answers(on=MAY_1) == 0


def test_another_rule_than_ones_own_is_as_unknown_as_none(anna, programme):
    stopped = earns(programme, "sharing", until_on=JAN_1)
    phone = phone_of(anna)

    for rule in (stopped.pk, 999_999, "x"):
        assert phone.post(PAGE, {"rule": rule, "proof": POST}).status_code == 404


def test_the_app_claims_and_reads_what_was_claimed(anna, programme, api):
    IdentityFactory(customer=anna, source="app", external_id="M-1")
    earns(programme, "review")
    earns(programme, "survey", 20)
    client, address = api("loyalty.write", "customers.read"), "/api/v1/members/app/M-1/activities/"
    review = {"activity": "review", "reference": "r-1", "proof": POST}

    first = client.post(address, review, headers={"Idempotency-Key": "a"})
    again = client.post(address, review, headers={"Idempotency-Key": "b"})
    survey = client.post(address, {"activity": "survey", "reference": "s-1"})

    assert (first.status_code, first.json()["state"], first.json()["points"]) == (
        201, "waiting", None,
    )  # fmt: skip
    assert again.json() == first.json() and survey.json()["points"] == 20
    told = client.get(address).json()
    assert [one["activity"] for one in told["doable"]] == ["review", "survey"]
    assert len(told["claims"]) == ActivityClaim.objects.count() == 2


@pytest.mark.parametrize("activity", ["profile", "birthday"])
def test_the_app_cannot_claim_what_the_record_does_not_show(anna, programme, api, activity):
    IdentityFactory(customer=anna, source="app", external_id="M-1")
    earns(programme, activity)
    address = "/api/v1/members/app/M-1/activities/"

    answer = api("loyalty.write").post(address, {"activity": activity, "reference": "r"})

    assert (answer.status_code, account_of(anna).balance) == (409, 10)


def test_a_post_of_the_page_is_no_second_one_by_the_app(anna, programme, api):
    IdentityFactory(customer=anna, source="app", external_id="M-1")
    earns(programme, "sharing")
    hand_in(anna)
    said = {"activity": "sharing", "reference": "r", "proof": POST}

    answer = api("loyalty.write").post("/api/v1/members/app/M-1/activities/", said)

    assert (answer.status_code, ActivityClaim.objects.count()) == (201, 1)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"activity": "dancing", "reference": "r"}, 400),
        ({"activity": "review", "reference": "r"}, 409),
        ({"activity": "sharing", "reference": "r", "proof": POST}, 409),
        ({"activity": "review", "reference": "", "proof": POST}, 400),
    ],
)
def test_the_app_is_told_what_was_wrong(anna, programme, api, said, status):
    IdentityFactory(customer=anna, source="app", external_id="M-1")
    earns(programme, "review")

    response = api("loyalty.write").post("/api/v1/members/app/M-1/activities/", said)

    assert response.status_code == status
    assert LedgerEntry.objects.filter(kind="accrual").count() == 0
