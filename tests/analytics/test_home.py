"""Today: who sees what, of which branch."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from analytics.queries.today import birthday_condition
from care.models import Task
from customers.models import Customer
from segmentation.models import CustomerScore
from segmentation.services.score_run import run
from tests.factories.campaigns import EnrolmentFactory, RunningCampaignFactory
from tests.factories.customers import (
    AppointmentFactory,
    ContactPointFactory,
    CustomerFactory,
    SaleFactory,
    TreatmentFactory,
)
from tests.factories.tenancy import BranchFactory, MembershipFactory

NOW = datetime(2026, 6, 2, 2, tzinfo=UTC)  # 10:00 of 2 June in Shanghai
TODAY = date(2026, 6, 2)
SCORED_ON = date(2026, 6, 1)
FRAME = 13  # session, person, memberships, branches, and the transaction around the page


@pytest.fixture(autouse=True)
def in_june():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def look(client_as):
    def at(who="owner", language: str = "en"):
        client = client_as(who)
        client.cookies["language"] = language
        return client.get("/")

    return at


def regular(name: str, *days_ago: int, net_minor: int = 10_000, **fields):
    """Bought so many days before the scoring."""
    customer = CustomerFactory(name=name, **fields)
    for days in days_ago:
        SaleFactory(customer=customer, on=SCORED_ON - timedelta(days=days), net_minor=net_minor)
    return customer


def slipping(name: str, **fields):
    """Every 30 days, last 46 days ago: dormant on 1 June, still active on 30 May."""
    return regular(name, 46, 76, 106, 136, 166, **fields)


def call_for(customer, **fields) -> Task:
    ContactPointFactory(customer=customer, kind="phone", value="+8613900000000")
    return Task.objects.create(customer=customer, intent="at_risk", due_on=TODAY, **fields)


def text_of(page) -> str:
    return page.content.decode()


def test_an_empty_clinic_is_taught_to_import(look):
    page = text_of(look("manager"))

    assert "Nobody is here yet" in page
    assert 'href="/customers/imports/new/"' in page
    assert "导入客户" in text_of(look("owner", "zh-hans"))


@pytest.mark.parametrize("role", ["staff", "analyst"])
def test_who_may_not_import_is_offered_no_import(look, role):
    page = text_of(look(role))

    assert "Nobody is here yet" in page
    assert "/customers/imports/new/" not in page


def test_customers_without_scores_are_no_empty_clinic(look):
    CustomerFactory()

    assert "Nobody is scored yet" in text_of(look())


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("owner", {"calls", "coming", "birthdays", "slipped", "figures", "running"}),
        ("manager", {"slipped", "figures", "running"}),
        ("staff", {"calls", "coming", "birthdays"}),
        ("analyst", {"figures", "running"}),
    ],
)
def test_each_role_sees_its_own_day(look, role, sees):
    regular("Anna", 10)
    run(as_of=SCORED_ON)

    page = look(role)

    parts = {"calls", "coming", "birthdays", "slipped", "figures", "running"}
    assert {part for part in parts if part in page.context} == sees


def test_appointments_of_the_clinics_day_in_order_of_time(look):
    def booked(name, at, status="booked", **fields):
        customer = CustomerFactory(name=name, last_visit_on=fields.pop("seen_on", None))
        AppointmentFactory(customer=customer, starts_at=at, status=status, **fields)

    peel = TreatmentFactory(name="Peel")
    booked("Late", datetime(2026, 6, 2, 15, 59, tzinfo=UTC), treatment=peel)  # 23:59 at the clinic
    booked("Early", datetime(2026, 6, 1, 16, tzinfo=UTC), seen_on=date(2026, 3, 1))
    booked("Tomorrow", datetime(2026, 6, 2, 16, tzinfo=UTC))
    booked("Yesterday", datetime(2026, 6, 1, 15, 59, tzinfo=UTC))
    booked("Called off", datetime(2026, 6, 2, 4, tzinfo=UTC), status="cancelled")

    page = look("staff")

    coming = [(one.appointment.customer.name, one.is_first_visit) for one in page.context["coming"]]
    assert coming == [("Early", False), ("Late", True)]
    assert "23:59" in text_of(page)
    assert "Peel · Booked" in text_of(page)


def test_an_appointment_warns_of_a_customer_who_may_leave(look):
    lost = slipping("Mona")
    AppointmentFactory(customer=lost, starts_at=NOW)
    run(as_of=SCORED_ON)
    lost.scores.update(churn_probability=0.5)

    assert [one.is_at_risk for one in look("staff").context["coming"]] == [True]

    lost.scores.update(churn_probability=0.49)
    assert [one.is_at_risk for one in look("staff").context["coming"]] == [False]


@pytest.mark.parametrize(
    ("born", "day", "celebrates"),
    [
        (date(1990, 6, 2), date(2026, 6, 2), True),
        (date(1990, 6, 3), date(2026, 6, 2), False),
        (date(1992, 2, 29), date(2026, 2, 28), True),
        (date(1992, 2, 29), date(2028, 2, 28), False),
        (date(1992, 2, 29), date(2028, 2, 29), True),
    ],
)
def test_birthdays(clinic, born, day, celebrates):
    CustomerFactory(birth_on=born)

    assert Customer.objects.filter(birthday_condition(day)).count() == int(celebrates)


def test_figures_lead_to_the_customers_behind_them(look, client_as):
    regular("Birgit", 20, birth_on=date(1990, 6, 2))
    regular("Due", 25, 55, 85)
    run(as_of=SCORED_ON)
    client = client_as("owner")

    assert look().context["standing"].n_due == 1
    assert 'href="/customers/?due=week"' in text_of(look())
    due = client.get("/customers/?due=week").context["page"]
    born = client.get("/customers/?birthday=today").context["page"]
    assert [one.name for one in due.customers] == ["Due"]
    assert [one.name for one in born.customers] == ["Birgit"]


def test_who_slipped_away_with_the_last_scores(look, client_as):
    slipping("Rich", net_minor=90_000)
    slipping("Poor", net_minor=10_000)
    regular("Faithful", 10, 40, 70)
    run(as_of=SCORED_ON - timedelta(days=2))
    run(as_of=SCORED_ON)

    slipped = look("manager").context["slipped"]

    assert [score.customer.name for score in slipped.scores] == ["Rich", "Poor"]
    assert (slipped.n, slipped.n_now) == (2, 2)
    listed = client_as("owner").get("/customers/?slipped=last_run").context["page"]
    assert {one.name for one in listed.customers} == {"Rich", "Poor"}


def test_who_slipped_away_a_few_days_ago_is_still_told(look, client_as):
    slipping("Monday's")
    regular("Today's", 45, 75, 105, 135, 165)  # dormant one day later
    regular("Last year's", 600, 630, 660)
    for days in (9, 6, 1, 0):
        run(as_of=SCORED_ON - timedelta(days=days))
    CustomerScore.objects.filter(customer__name="Monday's").update(
        stage="dormant", stage_since_on=SCORED_ON - timedelta(days=6)
    )
    CustomerScore.objects.filter(customer__name="Today's").update(
        stage="dormant", stage_since_on=SCORED_ON
    )

    page = look("manager")
    listed = client_as("owner").get("/customers/?slipped=week").context["page"]

    slipped = page.context["slipped"]
    assert [score.customer.name for score in slipped.scores] == ["Today's", "Monday's"]
    assert (slipped.n, slipped.n_now) == (2, 1)
    assert {one.name for one in listed.customers} == {"Today's", "Monday's"}
    CustomerScore.objects.filter(customer__name="Monday's").update(
        stage_since_on=SCORED_ON - timedelta(days=7)
    )
    assert look("manager").context["slipped"].n == 1


def test_a_day_without_appointments_shows_the_next_one_with_some(look):
    AppointmentFactory(
        customer=CustomerFactory(name="Thursday's"), starts_at=NOW + timedelta(days=2)
    )
    AppointmentFactory(customer=CustomerFactory(name="Friday's"), starts_at=NOW + timedelta(days=3))

    page = look("staff")

    assert [one.appointment.customer.name for one in page.context["coming"]] == ["Thursday's"]
    assert "Nobody is booked for today. 1 on 4 Jun 2026" in text_of(page)


def test_nobody_booked_for_a_week_is_said(look):
    AppointmentFactory(starts_at=NOW + timedelta(days=8))

    page = look("staff")

    assert page.context["coming"] == []
    assert "Nobody is booked for the next 7 days." in text_of(page)


def test_nobody_slips_away_in_the_first_scoring(look):
    slipping("Rich")
    run(as_of=SCORED_ON)

    assert look("manager").context["slipped"].n == 0


def test_campaigns_that_run_and_that_are_over(look):
    CustomerFactory()
    running = RunningCampaignFactory(launched_on=date(2026, 5, 20))
    closed = RunningCampaignFactory(launched_on=date(2026, 4, 1), state="finished")

    page = look("manager")

    assert [result.campaign for result in page.context["running"]] == [running]
    assert [result.campaign for result in page.context["closed"]] == [closed]
    assert "17 days left" in text_of(page)


def test_recall_rate_stands_beside_the_natural_rate(look):
    campaign = RunningCampaignFactory(launched_on=date(2026, 4, 1), holdout_rate=0.5)
    for arm, bought in [("treated", True), ("treated", False), ("holdout", False)]:
        enrolment = EnrolmentFactory(campaign=campaign, arm=arm, enrolled_on=date(2026, 4, 1))
        if bought:
            SaleFactory(customer=enrolment.customer, on=date(2026, 4, 5))

    recall = look("analyst").context["recall"]

    assert (recall.recall_rate, recall.natural_rate, recall.n_campaigns) == (0.5, 0, 1)


def test_calls_of_everybody_where_none_are_mine(look, staff):
    colleague = MembershipFactory(role="staff")
    call_for(CustomerFactory(name="Hers"), assigned_to=colleague)

    page = look(staff)
    assert [call.task.customer.name for call in page.context["calls"].calls] == ["Hers"]
    assert "Calls of everybody" in text_of(page)

    call_for(CustomerFactory(name="Mine"), assigned_to=staff)
    page = look(staff)
    assert [call.task.customer.name for call in page.context["calls"].calls] == ["Mine"]
    assert "My calls" in text_of(page)


def test_a_member_of_a_branch_sees_its_customers_only(look):
    north, south = BranchFactory(), BranchFactory()
    for name, branch in [("Northern", north), ("Southern", south)]:
        customer = slipping(name, home_branch=branch, birth_on=date(1990, 6, 2))
        AppointmentFactory(customer=customer, starts_at=NOW)
        call_for(customer)
    run(as_of=SCORED_ON - timedelta(days=2))
    run(as_of=SCORED_ON)

    page = look(MembershipFactory(role="owner", branch=north))

    assert "Southern" not in text_of(page)
    seen = page.context
    assert [one.appointment.customer.name for one in seen["coming"]] == ["Northern"]
    assert [customer.name for customer in seen["birthdays"]] == ["Northern"]
    assert [score.customer.name for score in seen["slipped"].scores] == ["Northern"]
    assert (seen["slipped"].n, seen["standing"].n_customers) == (1, 1)
    assert seen["figures"].now().retention.n == 0
    assert [call.task.customer.name for call in seen["calls"].calls] == ["Northern"]


@pytest.mark.parametrize(
    ("role", "n_queries"), [("owner", 12), ("manager", 6), ("staff", 7), ("analyst", 5)]
)
@pytest.mark.parametrize("n", [1, 3])
def test_today_asks_a_fixed_number_of_queries(
    client_as, django_assert_num_queries, role, n_queries, n
):
    for number in range(n):
        customer = slipping(f"Customer {number}", birth_on=date(1990, 6, 2))
        AppointmentFactory(customer=customer, starts_at=NOW)
        call_for(customer)
        for launched_on in (date(2026, 5, 20), date(2026, 4, 1)):
            EnrolmentFactory(campaign=RunningCampaignFactory(launched_on=launched_on))
    run(as_of=SCORED_ON - timedelta(days=2))
    run(as_of=SCORED_ON)
    client = client_as(role)
    client.get("/")  # the figures are counted on the first look

    with django_assert_num_queries(FRAME + n_queries):
        client.get("/")
