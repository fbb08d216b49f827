"""The page of scores and its button."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from segmentation.models import ScoreRun
from segmentation.services import score_jobs
from segmentation.services.score_jobs import ask_again, ask_for_run, work_job
from segmentation.services.score_run import ScoreRefused, run
from tenancy.models import Job
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

AS_OF = date(2026, 5, 31)
URL = "/segments/scores/"
LATER = datetime(2099, 1, 1, tzinfo=UTC)


def lost_regular(name: str, **fields):
    """Came every month, then not for months: dormant or at risk."""
    customer = CustomerFactory(name=name, **fields)
    for days in (120, 150, 180, 210):
        SaleFactory(customer=customer, on=AS_OF - timedelta(days=days))
    return customer


def test_page_without_scores_says_what_to_do(client_as):
    page = client_as("owner").get(URL)

    assert page.status_code == 200
    assert "Nobody is scored yet" in page.content.decode()


def test_page_shows_stages_map_and_who_is_at_stake(client_as):
    lost_regular("Anna Berg")
    SaleFactory(customer=CustomerFactory(name="Fresh Face"), on=AS_OF)
    run(as_of=AS_OF)

    page = client_as("analyst").get(URL)

    text = page.content.decode()
    assert "Anna Berg" in text
    assert "Fresh Face" not in text
    assert 'href="/customers/?r=3&amp;f=1"' in text
    assert page.context["seen"].n_at_risk == len(page.context["at_stake"])
    assert dict(page.context["seen"].by_stage)["new"] == 1


@pytest.mark.parametrize("n", [1, 3])
def test_page_asks_a_fixed_number_of_queries(client_as, django_assert_num_queries, n):
    for number in range(n):
        lost_regular(f"Customer {number}")
    run(as_of=AS_OF)
    client = client_as("owner")

    with django_assert_num_queries(20):
        client.get(URL)


def test_branch_bound_member_sees_own_branch_only(client_as):
    mine, theirs = BranchFactory(), BranchFactory()
    lost_regular("Of Mine", home_branch=mine)
    lost_regular("Of Theirs", home_branch=theirs)
    run(as_of=AS_OF)
    member = MembershipFactory(role="staff", branch=mine)

    page = client_as(member).get(URL)

    assert "Of Theirs" not in page.content.decode()
    assert sum(n for _stage, n in page.context["seen"].by_stage) == 1


@pytest.mark.parametrize("role", ["staff", "analyst"])
def test_button_is_for_those_who_lead(client_as, role):
    client = client_as(role)

    assert "Score now" not in client.get(URL).content.decode()
    assert client.post(f"{URL}run/").status_code == 403
    assert not Job.objects.exists()


def test_button_scores_and_the_page_refreshes(client_as, run_tasks):
    lost_regular("Anna Berg")
    client = client_as("manager")

    with run_tasks():
        answer = client.post(f"{URL}run/", headers={"hx-request": "true"})

    job = Job.objects.get()
    assert "score-job" in answer.content.decode()
    assert (job.state, job.n_done, job.n_total) == ("done", 3, 3)
    assert ScoreRun.objects.get(is_current=True).job == job
    watched = client.get(f"{URL}run/{job.pk}/", headers={"hx-request": "true"})
    assert watched["HX-Refresh"] == "true"


def test_asking_twice_makes_one_job(clinic):
    assert ask_for_run(by=None) == ask_for_run(by=None)


def test_job_delivered_twice_runs_once(clinic):
    job = ask_for_run(by=None)

    work_job(job_id=job.pk, at=timezone.now())
    work_job(job_id=job.pk, at=timezone.now())

    assert ScoreRun.objects.count() == 1


def test_job_that_fails_says_so_and_can_be_asked_again(clinic, client_as, monkeypatch):
    def refuse(**_asked):
        raise ScoreRefused("Not today.")

    job = ask_for_run(by=None)
    monkeypatch.setattr(score_jobs, "run", refuse)
    with pytest.raises(ScoreRefused):
        work_job(job_id=job.pk, at=timezone.now())

    assert "Not today." in client_as("owner").get(URL).content.decode()
    assert ask_for_run(by=None) != job


def test_job_whose_worker_fell_silent_is_taken_up_again(clinic):
    job = ask_for_run(by=None)
    Job.objects.filter(pk=job.pk).update(state="running", heartbeat_at=timezone.now())
    assert ask_again(at=timezone.now()) == 0

    assert ask_again(at=LATER) == 1
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
    work_job(job_id=job.pk, at=timezone.now())

    job.refresh_from_db()
    assert job.state == "done"


def test_another_clinics_job_is_not_found(client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        theirs = ask_for_run(by=None)

    assert client_as("owner").get(f"{URL}run/{theirs.pk}/").status_code == 404
