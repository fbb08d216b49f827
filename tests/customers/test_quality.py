"""Figures a branch and night, and the lists on which records are mended."""

from datetime import UTC, date, datetime, timedelta

import pytest

from customers.models import Consent, ContactPoint, Customer, QualityDay
from customers.queries.quality import days_of, figures
from customers.services import quality
from tests.customers.test_pages_customers import own_queries, person
from tests.factories.customers import ConsentFactory, ContactPointFactory, CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

HTMX = {"HX-Request": "true"}
NIGHT = datetime(2026, 5, 1, 18, 30, tzinfo=UTC)  # 02:30 of 2 May in Shanghai
TODAY = date(2026, 5, 2)


@pytest.fixture
def branch(clinic):
    return BranchFactory(name="East")


@pytest.fixture
def records(branch):
    """One complete but for city, source and consultant; one with nothing; one at home nowhere."""
    full = person(
        "Anna", phone="+8613800134321", email="a@mail.example", home_branch=branch,
        birth_on=date(1990, 5, 4), gender="female",
    )  # fmt: skip
    ConsentFactory(customer=full)
    bare = person("Berta", home_branch=branch, known_since_on=date(2020, 1, 1))
    old = datetime(2020, 1, 1, tzinfo=UTC)
    Customer.objects.filter(pk=bare.pk).update(updated_at=old)
    lost = person("Clara")
    ContactPointFactory(customer=lost, kind="phone", value="+8613800139999", is_valid=False)
    return full, bare, lost


def test_figures_are_counted_branch_by_branch(records, branch):
    by_branch = {row["branch_id"]: row for row in figures(on=TODAY)}

    assert by_branch[branch.pk] == {
        "branch_id": branch.pk, "n_customers": 2, "n_known": 6 + 1, "n_no_phone": 1,
        "n_invalid_phone": 0, "n_no_birthday": 1, "n_no_consent": 1, "n_stale": 1,
        "n_possible_duplicates": 0,
    }  # fmt: skip
    assert by_branch[None]["n_invalid_phone"] == 1
    assert by_branch[None]["n_stale"] == 0


def test_merged_and_erased_people_are_not_counted(records):
    full, bare, lost = records
    Customer.objects.filter(pk=bare.pk).update(erased_at=NIGHT)
    Customer.objects.filter(pk=lost.pk).update(merged_into=full)

    assert [row["n_customers"] for row in figures(on=TODAY)] == [1]


def test_night_is_measured_once_for_its_clinic_only(records, clinic, other_clinic, in_clinic):
    assert quality.day_to_measure(clinic, at=NIGHT) == date(2026, 5, 1)
    assert quality.measure_finished_day(at=NIGHT) == 2
    assert quality.measure_finished_day(at=NIGHT + timedelta(hours=1)) == 0
    assert quality.day_to_measure(clinic, at=NIGHT) is None
    assert quality.day_to_measure(clinic, at=NIGHT.replace(hour=16, minute=30)) is None
    with in_clinic(other_clinic):
        assert QualityDay.objects.count() == 0


def test_completeness_is_the_share_of_agreed_fields(records, branch):
    quality.measure_finished_day(at=NIGHT)

    assert days_of(branch, since=date(2026, 1, 1))[0]["completeness"] == 7 / 18
    (both,) = days_of(None, since=date(2026, 1, 1))
    assert (both["n_customers"], both["completeness"]) == (3, (7 + 1) / 27)


def test_page_shows_figures_and_trend_or_says_when_they_come(records, client_as):
    client = client_as("manager")
    assert b"The first figures come tonight" in client.get("/customers/quality/").content
    quality.measure_finished_day(at=datetime.now(UTC))
    page = client.get("/customers/quality/")

    assert page.context["last"]["n_no_phone"] == 1
    assert b"East" in page.content
    assert client_as("analyst").get("/customers/quality/").status_code == 200


@pytest.mark.parametrize("n", [1, 3])
def test_lists_cost_the_same_for_any_number(clinic, client_as, n):
    for i in range(n):
        CustomerFactory(name=f"Anna {i}")
    client = client_as("staff")

    assert own_queries(client, "/customers/quality/") <= 2
    assert own_queries(client, "/customers/quality/no_phone/") == 3


def test_phone_is_mended_in_the_row_and_found_afterwards(records, client_as):
    _full, bare, lost = records
    client = client_as("staff")

    answer = client.post(
        f"/customers/quality/no_phone/{bare.pk}/", {"value": "138 0013 8000"}, headers=HTMX
    )
    client.post(f"/customers/quality/invalid_phone/{lost.pk}/", {"value": "13900139000"})

    assert b"Mended" in answer.content
    assert ContactPoint.objects.get(customer=bare).value == "+8613800138000"
    mended = ContactPoint.objects.get(customer=lost)
    assert (mended.value, mended.is_valid, mended.is_primary) == ("+8613900139000", True, True)
    assert b"Berta" in client.get("/customers/search/", {"q": "13800138000"}).content
    assert b"Clara" not in client.get("/customers/quality/invalid_phone/").content


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("no_phone", "12", "phone"), ("no_phone", "", "Write a phone number."),
     ("no_birthday", "2999-01-01", "between 1900 and today"), ("no_birthday", "x", "YYYY-MM-DD"),
     ("no_birthday", "1899-12-31", "between 1900 and today"),
     ("no_consent", "marketing/pigeon", "Choose what the customer agreed to.")],
)  # fmt: skip
def test_nonsense_is_refused_in_the_row(records, client_as, key, value, said):
    _full, bare, _lost = records

    answer = client_as("staff").post(f"/customers/quality/{key}/{bare.pk}/", {"value": value})

    assert answer.status_code == 422
    assert said.lower() in answer.content.decode().lower()
    assert not ContactPoint.objects.filter(customer=bare).exists()
    assert not Consent.objects.filter(customer=bare).exists()


def test_birthday_and_consent_are_mended(records, client_as):
    _full, bare, _lost = records
    client = client_as("staff")
    client.post(f"/customers/quality/no_birthday/{bare.pk}/", {"value": "1990-02-28"})
    client.post(f"/customers/quality/no_consent/{bare.pk}/", {"value": "care/phone"})

    assert Customer.objects.get(pk=bare.pk).birth_on == date(1990, 2, 28)
    consent = Consent.objects.get(customer=bare)
    assert (consent.purpose, consent.channel, consent.source) == ("care", "phone", "desk")


def test_work_lists_are_for_those_who_edit_and_stay_in_the_branch(records, branch, client_as):
    lost = records[2]
    bound = client_as(MembershipFactory(role="staff", branch=branch))

    assert client_as("analyst").get("/customers/quality/no_phone/").status_code == 403
    assert bound.get("/customers/quality/nothing/").status_code == 404
    assert b"Clara" not in bound.get("/customers/quality/invalid_phone/").content
    assert bound.post(f"/customers/quality/no_phone/{lost.pk}/", {"value": "1"}).status_code == 404
