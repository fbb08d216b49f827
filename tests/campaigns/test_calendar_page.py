"""The year of promotions: festivals, the campaigns beside them, last year's sales."""

from datetime import date

import pytest
import time_machine

from campaigns.models import OwnFestival
from campaigns.queries.promotions import promotions_of
from tests.factories.campaigns import CampaignFactory, RunningCampaignFactory
from tests.factories.customers import SaleFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

NOON = "2026-05-01T12:00:00+08:00"
DOOR = 13  # session, person, memberships, branches, and the scope around them


@pytest.fixture(autouse=True)
def may_2026():
    with time_machine.travel(NOON, tick=False):
        yield


def text_of(answer) -> str:
    return answer.content.decode()


def year(clinic, membership, **asked):
    asked = {"on": date(2026, 5, 1), "branch": None, "zone": clinic.zone} | asked
    return promotions_of(2026, membership=membership, **asked)


def by_key(seen) -> dict:
    return {one.festival.key: one for one in seen.promotions}


def test_last_years_sales_of_the_week_up_to_the_day(clinic, manager):
    for day in (date(2025, 6, 12), date(2025, 6, 18), date(2025, 6, 19), date(2025, 12, 1)):
        SaleFactory(on=day, net_minor=10_000)

    told = by_key(year(clinic, manager))["618"]

    # 40,000 over the 203 days from the first sale to the end of the year, times seven.
    assert (told.sold_minor, told.usual_minor) == (20_000, 1_379)
    assert (told.days_away, told.last_on) == (48, date(2025, 6, 18))


def test_a_clinic_without_last_year_says_that_nothing_is_known(clinic, manager):
    assert by_key(year(clinic, manager))["618"].sold_minor is None


def test_a_campaign_belongs_to_the_festival_it_leads_up_to(clinic, manager):
    near = RunningCampaignFactory(launched_on=date(2026, 6, 1))
    other = RunningCampaignFactory(launched_on=date(2026, 7, 20))
    CampaignFactory()  # a draft without a day

    seen = year(clinic, manager)

    assert by_key(seen)["618"].campaigns == [near]
    assert by_key(seen)["dragon_boat"].campaigns == [near]
    assert seen.campaigns == [other]


def test_a_branch_sees_its_own_sales(clinic):
    here, there = BranchFactory(), BranchFactory()
    SaleFactory(on=date(2025, 6, 18), net_minor=100, branch=here)
    SaleFactory(on=date(2025, 6, 18), net_minor=900, branch=there)
    member = MembershipFactory(role="manager", branch=here)

    assert by_key(year(clinic, member, branch=here))["618"].sold_minor == 100


def test_the_page_shows_festivals_own_days_and_what_is_not_announced(client_as):
    client = client_as("manager")

    client.post(
        "/campaigns/calendar/own/", {"name": "Founding", "month": 5, "day": 20, "since_year": 2016}
    )
    page = text_of(client.get("/campaigns/calendar/"))
    next_year = text_of(client.get("/campaigns/calendar/?year=2027"))

    assert "Double 11" in page
    assert "Founding" in page
    assert "10 years" in page
    assert "February 15 – February 23" in page or "15 February – 23 February" in page
    assert "The days off of 2027 are not announced yet" in next_year


@pytest.mark.parametrize("asked", ["1999", "2061", "0001"])
def test_a_year_that_is_not_known_says_so(client_as, asked):
    answer = client_as("manager").get(f"/campaigns/calendar/?year={asked}")

    assert answer.status_code == 200
    assert "we do not guess" in text_of(answer)


@pytest.mark.parametrize("asked", ["", "x", "²⁰²⁶", "99999", "-1"])
def test_what_is_no_year_is_this_year(client_as, asked):
    page = text_of(client_as("manager").get("/campaigns/calendar/", {"year": asked}))

    assert "Promotions and festivals 2026" in page


@pytest.mark.parametrize(
    "day", [{"month": 2, "day": 30}, {"month": 13, "day": 1}, {"month": "", "day": 1}]
)
def test_a_day_that_no_year_has_is_refused(client_as, day):
    client_as("manager").post("/campaigns/calendar/own/", {"name": "Never"} | day)

    assert not OwnFestival.objects.exists()


def test_a_name_is_taken_once_and_a_day_can_go(client_as):
    client = client_as("manager")
    for _ in range(2):
        client.post("/campaigns/calendar/own/", {"name": "Founding", "month": 2, "day": 29})

    own = OwnFestival.objects.get()
    client.post(f"/campaigns/calendar/own/{own.pk}/remove/")

    assert not OwnFestival.objects.exists()


def test_who_may_not_see_results_sees_no_sales(client_as):
    SaleFactory(on=date(2025, 6, 18), net_minor=1_234_500)

    assert "12,345" in text_of(client_as("manager").get("/campaigns/calendar/"))
    assert "12,345" not in text_of(client_as("staff").get("/campaigns/calendar/"))


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_page_asks_as_much_whatever_there_is(client_as, django_assert_num_queries, item_count):
    client = client_as("manager")
    for number in range(item_count):
        RunningCampaignFactory(launched_on=date(2026, 3, 1 + number))
        OwnFestival.objects.create(name=f"Day {number}", month=4, day=1 + number)
        SaleFactory(on=date(2025, 6, 10 + number))

    with django_assert_num_queries(DOOR + 4):
        client.get("/campaigns/calendar/")
