"""Who is due for what by week or day, and who of them has booked."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from segmentation.scores_pages.due import periods_of
from tenancy.clock import local_day
from tests.factories.customers import AppointmentFactory, TreatmentFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory
from tests.segmentation.pages_people import made_run, scored

URL = "/segments/scores/due/"


@pytest.fixture
def current(clinic):
    return made_run(date(2026, 5, 31), is_current=True)


@pytest.fixture
def today(clinic):
    return local_day(clinic.zone, timezone.now())


def due(current, treatment, on, **fields):
    return scored(current, next_due_on=on, next_due_treatment=treatment, **fields)


def test_weeks_begin_on_monday_and_leave_no_day_out():
    overdue, first, second, *_more = periods_of(date(2026, 6, 4), "week")

    assert (overdue.first, overdue.last) == (date(2026, 4, 5), date(2026, 6, 3))
    assert (first.first, first.last) == (date(2026, 6, 4), date(2026, 6, 7))
    assert (second.first, second.last) == (date(2026, 6, 8), date(2026, 6, 14))


@pytest.mark.parametrize("by", ["week", "day"])
def test_calendar_counts_by_treatment_and_every_figure_leads_to_its_people(
    current, today, client_as, by
):
    toxin, filler = TreatmentFactory(name="Toxin"), TreatmentFactory(name="Filler")
    for _number in range(2):
        due(current, toxin, today)
    due(current, filler, today)
    due(current, filler, today + timedelta(days=15))
    due(current, filler, today - timedelta(days=3))
    due(current, toxin, today - timedelta(days=61))  # given up
    client = client_as("staff")

    page = client.get(URL, {"by": by})

    overdue, now, later = page.context["shown"]
    assert [(one.name, one.n) for one in now.treatments] == [("Toxin", 2), ("Filler", 1)]
    assert (overdue.period.n, later.period.n, page.context["n_ahead"]) == (1, 1, 4)
    assert sum(page.context["chart"]["series"][0]["values"]) == 4
    for one in page.context["shown"]:
        assert client.get(one.url).context["total"] == one.period.n
        for treatment in one.treatments:
            assert client.get(treatment.url).context["total"] == treatment.n


def test_who_has_booked_is_told_apart(current, today, client_as):
    toxin = TreatmentFactory()
    booked, cancelled, past = (due(current, toxin, today) for _number in range(3))
    soon = timezone.now() + timedelta(days=2)
    AppointmentFactory(customer=booked.customer, starts_at=soon)
    AppointmentFactory(customer=cancelled.customer, starts_at=soon, status="cancelled")
    AppointmentFactory(customer=past.customer, starts_at=timezone.now() - timedelta(days=9))
    client = client_as("owner")

    (one,) = client.get(URL).context["shown"]
    waiting = client.get(one.open_url).context["page"].rows

    assert (one.period.n, one.period.n_booked) == (3, 1)
    assert {score.pk for score in waiting} == {cancelled.pk, past.pk}
    assert "Booked" in client.get(one.url).content.decode()


def test_branch_bound_member_sees_own_branch_only(current, today, client_as):
    mine, theirs, toxin = BranchFactory(), BranchFactory(), TreatmentFactory()
    due(current, toxin, today, name="Of Mine", branch=mine)
    due(current, toxin, today, name="Of Theirs", branch=theirs)
    client = client_as(MembershipFactory(role="staff", branch=mine))

    (one,) = client.get(URL).context["shown"]
    people = client.get(one.url).content.decode()

    assert one.period.n == 1
    assert "Of Mine" in people
    assert "Of Theirs" not in people


@pytest.mark.parametrize("n", [1, 3])
def test_pages_ask_a_fixed_number_of_queries(
    current, today, client_as, django_assert_num_queries, n
):
    for _number in range(n):
        due(current, TreatmentFactory(), today)
    client = client_as("owner")

    with django_assert_num_queries(PAGE_QUERIES):
        (one,) = client.get(URL).context["shown"]
    with django_assert_num_queries(PEOPLE_QUERIES):
        client.get(one.url)


PAGE_QUERIES, PEOPLE_QUERIES = 15, 16


@pytest.mark.parametrize(
    "query",
    [{}, {"from": "2026-06-01"}, {"from": "yesterday", "to": "2026-06-01"},
     {"from": "2026-06-01", "to": "2026-06-02", "treatment": "x"},
     {"from": "2026-06-01", "to": "2026-06-02", "treatment": "99999"}],
)  # fmt: skip
def test_what_makes_no_sense_is_not_found(current, client_as, query):
    assert client_as("owner").get(f"{URL}people/", query).status_code == 404


def test_another_clinics_treatment_is_not_found(current, client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        theirs = TreatmentFactory()
    query = {"from": "2026-06-01", "to": "2026-06-02", "treatment": theirs.pk}

    assert client_as("owner").get(f"{URL}people/", query).status_code == 404


def test_before_the_first_scores_and_with_nobody_due_the_page_says_so(client_as, clinic):
    client = client_as("owner")
    assert "Nobody is scored yet" in client.get(URL).content.decode()
    assert client.get(URL, {"by": "year"}).status_code == 404

    made_run(date(2026, 5, 31), is_current=True)
    assert "Nobody is due" in client.get(URL).content.decode()
