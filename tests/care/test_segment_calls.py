"""A segment as a work list: who gets a call, whose it is, and what it means to the segment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from care.models import Task
from care.services.segment_calls import call_members, intent_of
from care.services.tasks import complete_task
from customers.models import Customer
from segmentation.models import Segment
from segmentation.services.segments import change_segment, create_segment, delete_segment
from segmentation.usage import uses_of
from tenancy.clock import local_day
from tenancy.exceptions import DomainError
from tests.care.factories import at_risk
from tests.factories.customers import ConsentFactory, CustomerFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

ALL = {"match": "all", "conditions": [
    {"attribute": "gender", "operator": "is", "value": ["female"]}]}  # fmt: skip


@pytest.fixture
def segment(clinic) -> Segment:
    return create_segment(name="Women", rule=ALL, by=None)


@pytest.fixture
def today(clinic):
    return local_day(clinic.zone, timezone.now())


@pytest.fixture
def give(segment, today):
    def work(**asked):
        defaults = {"to": None, "due_on": today, "why": "New laser", "most": 10, "branch": None}
        return call_members(segment, **defaults | asked, by=MembershipFactory(role="owner"))

    return work


def woman(name: str, **fields) -> Customer:
    return at_risk(name=name, gender="female", **fields)


def names_called() -> list[str]:
    tasks = Task.objects.filter(done_at__isnull=True).order_by("-priority", "pk")
    return list(tasks.values_list("customer__name", flat=True))


def test_calls_go_to_who_can_and_may_be_called(segment, give):
    woman("Anna", spent_minor=9_000)
    woman("No phone", phone=False)
    said_no = woman("Said no")
    now = timezone.now()
    ConsentFactory(customer=said_no, channel="phone", given_at=now, withdrawn_at=now)
    woman("Dead", died_on="2026-01-01")
    at_risk(name="Man", gender="male")

    opened = give()

    assert (opened.n_opened, opened.n_left) == (1, 0)
    (task,) = Task.objects.all()
    assert (task.customer.name, task.intent) == ("Anna", intent_of(segment))
    assert task.reason["why"] == "New laser"
    assert task.reason["churn_probability"] == 0.8


def test_those_who_spent_most_come_first_and_the_rest_the_next_time(give):
    for name, spent in (("Low", 1_000), ("High", 9_000), ("Middle", 5_000)):
        woman(name, spent_minor=spent, spend=spent)

    first = give(most=2)
    assert (first.n_opened, first.n_left, names_called()) == (2, 1, ["High", "Middle"])
    second = give(most=2)
    assert (second.n_opened, names_called()) == (1, ["High", "Middle", "Low"])
    assert give().n_opened == 0


def test_a_call_is_a_persons_or_the_consultants(give):
    consultant, other = MembershipFactory(role="staff"), MembershipFactory(role="staff")
    woman("Anna", consultant=consultant)
    give()
    woman("Berta", consultant=consultant)
    give(to=other)

    owners = dict(Task.objects.values_list("customer__name", "assigned_to"))
    assert owners == {"Anna": consultant.pk, "Berta": other.pk}


def test_a_segment_with_calls_to_be_made_stays_but_its_rule_is_free(segment, give):
    woman("Anna")
    give()

    (use,) = uses_of(segment)
    assert (str(use.what), use.name, use.url) == ("the call list", "1 call to be made", "/tasks/")
    with pytest.raises(DomainError, match="1 call to be made"):
        delete_segment(segment=segment, by=None)
    everybody = {"match": "all", "conditions": []}
    change_segment(segment=segment, name="Women", rule=everybody, by=None)

    complete_task(Task.objects.get(), "reached", by=None, at=timezone.now())
    assert uses_of(segment) == []
    delete_segment(segment=segment, by=None)


def address(segment: Segment) -> str:
    return f"/tasks/segment/{segment.pk}/"


def test_the_form_tells_how_many_and_gives_the_calls(segment, client_as, today):
    woman("Anna")
    client = client_as("staff")
    page = client.get(address(segment))
    assert page.context["n_callable"] == 1
    assert page.context["form"].initial["why"] == "Women"

    due_on = today + timedelta(days=2)
    sent = {"to": "", "due_on": due_on.isoformat(), "why": "Laser", "most": 5}
    answer = client.post(address(segment), sent, follow=True)

    assert answer.redirect_chain == [(f"/segments/{segment.pk}/", 302)]
    assert "1 call is given." in answer.content.decode()
    assert Task.objects.get().due_on == due_on
    assert "1 call to be made" in answer.content.decode()
    assert "Nobody to call" in client.get(address(segment)).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"most": 0}, {"most": 501}, {"why": ""}, {"due_on": "2020-01-01"}, {"to": "999"}]
)
def test_what_is_wrong_is_said_and_nothing_is_given(segment, client_as, today, wrong):
    woman("Anna")
    sent = {"to": "", "due_on": today.isoformat(), "why": "Laser", "most": 5} | wrong

    answer = client_as("staff").post(address(segment), sent)

    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.context["form"].errors
    assert not Task.objects.exists()


def test_a_member_of_a_branch_calls_only_its_customers(segment, client_as, today):
    here = BranchFactory()
    woman("Here", home_branch=here)
    woman("There", home_branch=BranchFactory())
    client = client_as(MembershipFactory(role="staff", branch=here))

    assert client.get(address(segment)).context["n_callable"] == 1
    client.post(address(segment), {"due_on": today.isoformat(), "why": "Laser", "most": 5})

    assert names_called() == ["Here"]


def test_a_rule_that_cannot_be_used_is_told(segment, client_as):
    broken = {"format": 2, "match": "all", "conditions": [{"attribute": "gone"}]}
    Segment.objects.filter(pk=segment.pk).update(rule=broken)

    page = client_as("staff").get(address(segment))

    assert page.status_code == 422
    assert "There is no attribute" in page.content.decode()


def test_who_may_not_call_sees_no_button(segment, client_as):
    CustomerFactory(gender="female")
    assert client_as("analyst").get(address(segment)).status_code == 403
    shown = client_as("analyst").get(f"/segments/{segment.pk}/").content.decode()
    assert address(segment) not in shown
    assert address(segment) in client_as("staff").get(f"/segments/{segment.pk}/").content.decode()
