"""The early-warning list: who stands on it, why, and giving its calls to somebody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from care import early_warning
from care.early_warning import REASONS
from care.models import Task
from care.services.given_calls import give_calls
from care.services.planning import plan_calls
from customers.models import Customer
from segmentation.models import CustomerList, CustomerScore, ScoreRun
from segmentation.scoring.reasons import REASONS as SCORED_REASONS
from segmentation.services.score_run import ScoreRules, asdict
from tenancy.clock import local_day
from tenancy.models import AuditEntry
from tests.care.factories import at_risk, current_run, open_call
from tests.factories.customers import NOON, ConsentFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

URL = "/segments/scores/early-warning/"
GIVE = f"{URL}give/"


@pytest.fixture
def listed(clinic):
    """A run with its rules, as the page reads them."""
    current_run()
    ScoreRun.objects.update(rules=asdict(ScoreRules()))
    return clinic


@pytest.fixture
def today(clinic):
    return local_day(clinic.zone, timezone.now())


def names(page) -> list[str]:
    return [row.score.customer.name for row in page.context["page"].rows]


def test_most_at_stake_first_and_only_who_can_still_be_won(listed, client_as):
    at_risk(name="Small", spend=1_000)
    at_risk(name="Large", spend=900_000, churn=0.4)
    at_risk(name="Middle", spend=100_000, stage="active")
    at_risk(name="Calm", churn=0.29)
    at_risk(name="Gone", stage="churned")
    at_risk(name="Never came", stage="potential")

    page = client_as("analyst").get(URL)

    assert names(page) == ["Large", "Middle", "Small"]
    total = page.context["total"]
    assert (total.n, total.at_stake_minor, total.n_without_call) == (3, 360_000 + 80_000 + 800, 3)


def test_row_says_why_who_until_when_and_what_came_of_it(listed, client_as, today):
    consultant, caller = MembershipFactory(role="staff"), MembershipFactory(role="staff")
    customer = at_risk(name="Anna Berg", consultant=consultant)
    earlier = {"outcome": "no_answer", "done_at": timezone.now(), "done_by": caller}
    open_call(customer, **earlier)
    page = client_as("owner").get(URL)
    (before,) = page.context["page"].rows
    open_call(customer, assigned_to=caller, due_on=today)

    page = client_as("owner").get(URL)

    (row,) = page.context["page"].rows
    assert before.owner == consultant
    assert (row.owner, row.call.due_on, row.last.outcome) == (caller, today, "no_answer")
    assert "past the usual" in page.content.decode()
    assert "No answer" in page.content.decode()


def test_filters_narrow_the_list(listed, client_as):
    north = BranchFactory(name="North gate")
    anna, ben = MembershipFactory(role="staff"), MembershipFactory(role="staff")
    at_risk(name="Active north", stage="active", home_branch=north, churn=0.4)
    at_risk(name="Given to Ben", consultant=anna)
    at_risk(name="Anna's", consultant=anna)
    open_call(Customer.objects.get(name="Given to Ben"), assigned_to=ben)
    client = client_as("owner")

    def found(**query) -> set[str]:
        return set(names(client.get(URL, query)))

    assert found(stage="active") == {"Active north"}
    assert found(branch=north.pk) == {"Active north"}
    assert found(risk="medium") == {"Active north"}
    assert found(risk="high") == {"Given to Ben", "Anna's"}
    assert found(owner=anna.pk) == {"Anna's"}
    assert found(owner=ben.pk) == {"Given to Ben"}
    assert found(owner="none") == {"Active north"}


def test_a_filter_that_is_none_is_told_and_left_out(listed, client_as):
    at_risk(name="Anna")

    page = client_as("owner").get(URL, {"stage": "rich", "owner": "x\x00"})

    assert names(page) == ["Anna"]
    assert "A filter could not be read" in page.content.decode()


def test_reason_is_the_first_of_the_explanation_and_looks_past_a_whole_look(
    listed, client_as, monkeypatch
):
    monkeypatch.setattr(early_warning, "LOOK_AT_ONCE", 2)
    for number in range(5):
        at_risk(name=f"Waits {number}", spend=90_000 - number)
    complained = at_risk(name="Complained", spend=10)
    points = [0] * len(SCORED_REASONS)
    points[SCORED_REASONS.index("complaint")] = 2_000
    CustomerScore.objects.filter(customer=complained).update(reason_points=points)
    client = client_as("owner")

    assert names(client.get(URL, {"reason": "complaint"})) == ["Complained"]
    assert len(names(client.get(URL, {"reason": "wait"}))) == 5
    assert names(client.get(URL, {"reason": "survey"})) == []


def test_a_rare_reason_stops_somewhere_and_goes_on_from_there(listed, client_as, monkeypatch):
    monkeypatch.setattr(early_warning, "LOOK_AT_ONCE", 2)
    monkeypatch.setattr(early_warning, "MOST_LOOKED_AT", 3)
    for number in range(5):
        at_risk(spend=90_000 - number)
    client = client_as("owner")

    first = client.get(URL, {"reason": "survey"}).context["page"]
    second = client.get(URL, {"reason": "survey", "page": first.next}).context["page"]

    assert (first.rows, first.is_cut) == ([], True)
    assert (second.rows, second.is_cut, second.next) == ([], False, "")


def test_every_reason_has_a_name():
    assert set(REASONS) == set(SCORED_REASONS)


def test_pages_begin_behind_the_last_row(listed, client_as):
    for number in range(30):
        at_risk(spend=1_000 * (number // 3), phone=False)
    client = client_as("owner")

    first = client.get(URL).context["page"]
    second = client.get(URL, {"page": first.next}).context["page"]

    rows = [row.score for row in (*first.rows, *second.rows)]
    assert [len(first.rows), len(second.rows), second.next] == [25, 5, ""]
    assert len({score.pk for score in rows}) == 30
    stakes = [score.at_stake_minor for score in rows]
    assert stakes == sorted(stakes, reverse=True)
    assert client.get(URL, {"page": "no~place"}).context["page"].rows[0].score == rows[0]


@pytest.mark.parametrize("n", [1, 3])
def test_page_asks_a_fixed_number_of_queries(listed, client_as, django_assert_num_queries, n):
    for _number in range(n):
        open_call(at_risk(consultant=MembershipFactory(role="staff")))
    client = client_as("owner")

    with django_assert_num_queries(PAGE_QUERIES):
        page = client.get(URL)
    assert len(page.context["page"].rows) == n


PAGE_QUERIES = 20


def test_branch_bound_member_sees_and_gives_own_branch_only(listed, client_as, today):
    mine, theirs = BranchFactory(), BranchFactory()
    seen = at_risk(name="Of Mine", home_branch=mine)
    hidden = at_risk(name="Of Theirs", home_branch=theirs)
    stranger = MembershipFactory(role="staff", branch=theirs)
    client = client_as(MembershipFactory(role="staff", branch=mine))

    page = client.get(URL)

    assert names(page) == ["Of Mine"]
    assert page.context["total"].n == 1
    assert "branch" not in page.context["filters"].fields
    assert stranger not in page.context["give_form"].fields["to"].queryset
    both = {"customer": [seen.pk, hidden.pk], "due_on": today}
    assert client.post(GIVE, both).status_code == 404
    assert not Task.objects.exists()


def test_giving_opens_calls_and_changes_open_ones(listed, client_as, owner, today):
    consultant, caller = MembershipFactory(role="staff"), MembershipFactory(role="staff")
    fresh, called = at_risk(consultant=consultant), at_risk()
    existing = open_call(called, assigned_to=consultant)
    deadline = today + timedelta(days=5)

    answer = client_as(owner).post(
        f"{GIVE}?stage=dormant",
        {"customer": [fresh.pk, called.pk], "to": caller.pk, "due_on": deadline},
    )

    assert (answer.status_code, answer["Location"]) == (302, f"{URL}?stage=dormant")
    tasks = Task.objects.filter(intent="at_risk", done_at=None)
    assert {(t.customer, t.assigned_to, t.due_on) for t in tasks} == {
        (fresh, caller, deadline), (called, caller, deadline),
    }  # fmt: skip
    assert existing in tasks
    assert AuditEntry.objects.get(action="task.given").detail == {"n": 2, "to": caller.pk}


def test_giving_to_nobody_in_particular_gives_each_to_their_consultant(listed, client_as, today):
    consultant = MembershipFactory(role="staff")
    mine, nobodys = at_risk(consultant=consultant), at_risk()

    client_as("staff").post(GIVE, {"customer": [mine.pk, nobodys.pk], "due_on": today})

    assert {(t.customer, t.assigned_to) for t in Task.objects.all()} == {
        (mine, consultant), (nobodys, None),
    }  # fmt: skip


def test_who_said_no_to_calls_gets_none(listed, client_as, today):
    quiet = at_risk(name="Quiet")
    ConsentFactory(customer=quiet, channel="phone", withdrawn_at=NOON + timedelta(days=1))
    client = client_as("staff")

    page = client.get(URL).content.decode()
    told = client.post(GIVE, {"customer": [quiet.pk], "due_on": today}, follow=True)

    assert f'value="{quiet.pk}"' not in page
    assert "No calls" in page
    assert "does not want to be called" in told.content.decode()
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Tick the customers first"),
        ({"customer": "own", "due_on": ""}, "This field is required"),
        ({"customer": "own", "due_on": "2001-01-01"}, "Choose a day from today"),
        ({"customer": "own", "due_on": "2099-01-01"}, "Choose a day from today"),
        ({"customer": "own", "to": "999999", "due_on": "2026-12-01"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_given_is_said(listed, client_as, sent, said):
    customer = at_risk()
    sent = sent | ({"customer": customer.pk} if "customer" in sent else {})

    told = client_as("staff").post(GIVE, sent, follow=True)

    assert said in told.content.decode()
    assert not Task.objects.exists()


@pytest.mark.parametrize("wrong", ["abc", "-1", "99999999", "1; DROP"])
def test_customers_who_are_not_on_the_list_are_not_found(listed, client_as, today, wrong):
    at_risk()

    answer = client_as("staff").post(GIVE, {"customer": [wrong], "due_on": today})

    assert answer.status_code == 404


def test_analysts_read_but_do_not_give(listed, client_as, today):
    customer = at_risk()
    client = client_as("analyst")

    assert "Give the ticked calls" not in client.get(URL).content.decode()
    assert client.post(GIVE, {"customer": [customer.pk], "due_on": today}).status_code == 403


def test_nightly_planning_leaves_a_given_call_with_its_owner_and_day(listed, owner, today):
    caller, consultant = MembershipFactory(role="staff"), MembershipFactory(role="staff")
    risky = at_risk(consultant=consultant)
    medium = at_risk(churn=0.35, stage="active")  # the planning itself would not call them
    scores = early_warning.warned_scores(current_run(), None).select_related("customer")
    give_calls(scores, to=caller, due_on=today + timedelta(days=4), by=owner)
    CustomerScore.objects.filter(customer=risky).update(monetary_minor=777_000)

    plan_calls(today)

    tasks = Task.objects.filter(done_at=None)
    assert {(t.customer, t.assigned_to, t.due_on) for t in tasks} == {
        (one, caller, today + timedelta(days=4)) for one in (risky, medium)
    }
    assert Task.objects.get(customer=risky).priority == pytest.approx(777_000 * 0.8)


def test_another_clinics_customer_is_not_found(listed, client_as, other_clinic, in_clinic, today):
    with in_clinic(other_clinic):
        theirs = at_risk(name="Theirs")
    client = client_as("owner")

    answer = client.post(GIVE, {"customer": [theirs.pk], "due_on": today})

    assert answer.status_code == 404
    assert names(client.get(URL)) == []


def test_empty_pages_say_what_that_means(client_as, clinic):
    client = client_as("owner")
    assert "Nobody is scored yet" in client.get(URL).content.decode()

    current_run()
    ScoreRun.objects.update(rules=asdict(ScoreRules()))
    assert "Nobody is slipping away" in client.get(URL).content.decode()
    assert "Nobody fits these filters" in client.get(URL, {"stage": "new"}).content.decode()


CAMPAIGN = f"{URL}campaign/"


def test_the_ticked_become_the_list_of_a_new_campaign(listed, client_as):
    picked = [at_risk(name=name) for name in ("Anna", "Berta")]
    at_risk(name="Clara")
    client = client_as("manager")

    for number in (1, 2):
        answer = client.post(CAMPAIGN, {"customer": [one.pk for one in picked]}, follow=True)
        made = CustomerList.objects.latest("pk")
        address = f"/campaigns/new/?list={made.pk}"
        assert answer.redirect_chain == [(address, 302)]
        assert answer.context["form"]["customer_list"].value() == made.pk
        assert made.name.endswith(" (2)") is (number == 2)
        assert set(made.entries.values_list("customer__name", flat=True)) == {"Anna", "Berta"}


def test_a_campaign_needs_somebody_ticked(listed, client_as):
    at_risk(name="Anna")

    answer = client_as("manager").post(f"{CAMPAIGN}?risk=high", follow=True)

    assert answer.redirect_chain == [(f"{URL}?risk=high", 302)]
    assert not CustomerList.objects.exists()


def test_who_is_not_on_the_list_cannot_be_picked_and_not_everybody_may_plan(listed, client_as):
    calm, anna = at_risk(name="Calm", churn=0.1), at_risk(name="Anna")

    assert client_as("manager").post(CAMPAIGN, {"customer": [calm.pk]}).status_code == 404
    assert client_as("analyst").post(CAMPAIGN, {"customer": [anna.pk]}).status_code == 403
    assert CAMPAIGN not in client_as("analyst").get(URL).content.decode()
    assert not CustomerList.objects.exists()
