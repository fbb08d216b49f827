"""Members complete their own record: only what the clinic allows and only what is missing."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail

from customers.models import Consent, ContactPoint, Customer
from loyalty.models import Account, ActivityClaim, EarnRule, MemberLink, Programme
from loyalty.services.member_profile import confirm_address
from tenancy.models import AuditEntry
from tests.factories.customers import NOON, ContactPointFactory
from tests.factories.loyalty import make_programme
from tests.factories.rewards import JAN_1, MAY_1, member_with
from tests.loyalty.test_activities import phone_of

PAGE, CODE = "/m/profile/", "/m/profile/code/"
ALL = ["birth_on", "gender", "phone", "email"]
MAIL = "anna@mail.example"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def programme(clinic):
    return make_programme()


@pytest.fixture
def anna(programme):
    return member_with(10, name="Anna Berg", gender="", birth_on=None)


def allows(*fields: str) -> None:
    Programme.objects.update(member_fields=list(fields))


def balance_of(customer) -> int:
    return Account.objects.get(customer=customer).balance


def code_in_mail() -> str:
    return re.search(r"\d{6}", mail.outbox[-1].body)[0]


def asked_in(response) -> str:
    return re.search(r'name="asked" value="([^"]+)"', response.text)[1]


def asks(phone, address: str = MAIL):
    return phone.post(PAGE, {"kind": "email", "address": address})


def test_a_member_completes_the_profile_and_the_points_come_by_themselves(
    anna, programme, run_tasks
):
    allows(*ALL)
    EarnRule.objects.create(programme=programme, kind="fixed", activity="profile", points=50,
                            effective_on=JAN_1)  # fmt: skip
    ContactPointFactory(customer=anna, kind="phone", value="+8613800000001")
    phone = phone_of(anna)

    assert phone.post(PAGE, {"birth_on": "1990-05-01", "gender": "female"}).status_code == 302
    anna.refresh_from_db()
    assert (anna.birth_on, anna.gender, balance_of(anna)) == (date(1990, 5, 1), "female", 10)

    with run_tasks():
        form = asks(phone)
    assert mail.outbox[-1].to == [MAIL]
    assert not ContactPoint.objects.filter(kind="email").exists()  # not before the code is there
    done = phone.post(CODE, {"asked": asked_in(form), "code": code_in_mail()}, follow=True)

    assert "50 points are yours" in done.text and "a•" in done.text.replace("*", "•")
    assert ContactPoint.objects.get(kind="email").value == MAIL
    assert (balance_of(anna), ActivityClaim.objects.get().state) == (60, "approved")
    assert Consent.objects.count() == 0  # an address is no yes to anything
    assert MemberLink.objects.get(kind="own").address == ""
    told = AuditEntry.objects.filter(action="customer.changed")
    assert set(told.values_list("actor_label", flat=True)) == {"member page"}


def test_only_what_the_clinic_allows_and_what_is_missing_is_offered_and_taken(anna):
    allows("gender")
    phone = phone_of(anna)

    assert 'name="gender"' in phone.get(PAGE).text and 'name="birth_on"' not in phone.get(PAGE).text
    phone.post(PAGE, {"birth_on": "1990-05-01", "gender": "male"})
    assert asks(phone).status_code == 422  # e-mail is not theirs to fill in
    phone.post(PAGE, {"gender": "female"})  # and what stands is not changed

    anna.refresh_from_db()
    assert (anna.birth_on, anna.gender) == (None, "male")
    assert MemberLink.objects.filter(kind="own").count() == 0
    assert 'name="gender"' not in phone.get(PAGE).text


def test_without_a_word_of_the_clinic_nothing_is_filled_in(anna):
    phone = phone_of(anna)

    assert phone.post(PAGE, {"birth_on": "1990-05-01"}).status_code == 422
    assert "My details" not in phone.get("/m/").text
    assert Customer.objects.get(pk=anna.pk).birth_on is None


@pytest.mark.parametrize(
    ("born", "words"),
    [("2026-05-02", "future"), ("1066-10-14", "The year must lie"), ("hello", "valid date")],
)
def test_a_birthday_that_cannot_be_is_refused_at_its_field(anna, born, words):
    allows(*ALL)

    response = phone_of(anna).post(PAGE, {"birth_on": born})

    assert (response.status_code, words in response.text) == (422, True)
    assert Customer.objects.get(pk=anna.pk).birth_on is None


def test_a_wrong_or_late_code_and_that_of_another_member_write_nothing(
    anna, run_tasks, time_machine
):
    allows(*ALL)
    phone, other = phone_of(anna), phone_of(member_with(0, name="Bea"))
    with run_tasks():
        asked = asked_in(asks(phone))
    code = code_in_mail()
    wrong = "000000" if code != "000000" else "111111"

    assert phone.post(CODE, {"asked": asked, "code": wrong}).status_code == 422
    assert other.post(CODE, {"asked": asked, "code": code}).status_code == 422
    assert phone.post(CODE, {"asked": "x" + asked, "code": code}).status_code == 422
    time_machine.move_to(NOON + timedelta(minutes=11), tick=False)
    assert phone.post(CODE, {"asked": asked, "code": code}).status_code == 422
    assert ContactPoint.objects.count() == 0


def test_five_tries_and_no_more(anna, run_tasks):
    allows(*ALL)
    with run_tasks():
        asked = asked_in(asks(phone_of(anna)))
    code = code_in_mail()
    for _time in range(5):
        confirm_address(customer=anna, asked=asked, code="no", at=NOON, on=MAY_1)

    assert confirm_address(customer=anna, asked=asked, code=code, at=NOON, on=MAY_1) is None


def test_nobody_floods_strangers_with_codes(anna):
    allows(*ALL)
    phone = phone_of(anna)

    answers = [asks(phone, f"somebody{n}@mail.example").status_code for n in range(4)]

    assert answers == [200, 200, 200, 422]


@pytest.mark.parametrize("address", ["not an address", "a@b.example, c@d.example"])
def test_what_is_no_address_is_refused_at_its_field(anna, address):
    allows(*ALL)

    assert asks(phone_of(anna), address).status_code == 422
    assert MemberLink.objects.filter(kind="own").count() == 0


def test_a_way_by_which_no_code_can_be_sent_is_not_offered(anna):
    allows(*ALL)
    phone = phone_of(anna)

    assert 'value="phone"' not in phone.get(PAGE).text
    said = {"kind": "phone", "address": "13800000001"}
    assert phone.post(PAGE, said).status_code == 404
