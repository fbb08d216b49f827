"""Adverse events as a list for those who follow them, and for other systems."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from customers.models import AdverseEvent
from customers.services import adverse_events
from tenancy.models import AuditEntry
from tests.factories.customers import CustomerFactory, IdentityFactory, TreatmentFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory

AT = datetime(2026, 5, 1, 4, tzinfo=UTC)
CANARY = "CANARY swollen eyelid"
API = "/api/v1/adverse-events/"


def note(name: str, follower, *, at: datetime = AT, **more) -> AdverseEvent:
    return adverse_events.note_event(
        customer=CustomerFactory(name=name, consultant=follower, **more), treatment=None,
        happened_on=at.date(), words=CANARY, follower=follower, by=follower, at=at,
    )  # fmt: skip


def shown(client, view: str) -> list[str]:
    page = client.get(f"/customers/adverse-events/?view={view}")
    assert CANARY not in page.content.decode()
    return [event.customer.name for event in page.context["page"]]


def test_open_mine_overdue_and_over(client_as, staff):
    other = MembershipFactory()
    note("Anna", staff)
    note("Bea", other, at=AT - timedelta(days=8))
    over = note("Carl", staff)
    adverse_events.close_event(
        customer=over.customer, event_id=over.pk, outcome="gone", by=staff, at=AT
    )

    with time_machine.travel(AT, tick=False):
        client = client_as(staff)
        views = {view: shown(client, view) for view in ("open", "mine", "overdue", "closed", "x")}

    assert views == {
        "open": ["Bea", "Anna"], "mine": ["Anna"], "overdue": ["Bea"], "closed": ["Carl"],
        "x": ["Bea", "Anna"],
    }  # fmt: skip


def test_a_member_of_a_branch_sees_its_customers_only(client_as):
    here, there = BranchFactory(), BranchFactory()
    bound = MembershipFactory(branch=here, role="staff")
    note("Anna", bound, home_branch=here)
    note("Bea", bound, home_branch=there)

    assert shown(client_as(bound), "open") == ["Anna"]


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_as_much_whatever_there_is(
    client_as, staff, item_count, django_assert_num_queries
):
    for n in range(item_count):
        note(f"Customer {n}", staff)
    client = client_as(staff)
    client.get("/customers/adverse-events/")

    with django_assert_num_queries(15):
        client.get("/customers/adverse-events/")


def said(**changes) -> dict:
    return {
        "source": "emr", "external_id": "C1", "happened_on": "2026-04-30", "words": CANARY,
    } | changes  # fmt: skip


@pytest.fixture
def anna(staff):
    customer = CustomerFactory(name="Anna", consultant=staff)
    IdentityFactory(customer=customer, source="emr", external_id="C1")
    TreatmentFactory(code="PEEL", name="Peel")
    return customer


def test_noted_read_and_closed_by_the_api_and_nothing_of_the_words(anna, staff, api):
    client = api("adverse_events.read", "adverse_events.write")
    with time_machine.travel(AT, tick=False):
        made = client.post(API, said(treatment="PEEL"))
        assert made.status_code == 201
        event = AdverseEvent.objects.get()
        assert (event.words, event.follower, event.treatment.code) == (CANARY, staff, "PEEL")
        assert client.get(f"{API}?is_open=true").json()["results"] == [made.json()]
        closed = client.post(f"{API}{event.pk}/close/", {"outcome": "gone"})
        again = client.post(f"{API}{event.pk}/close/", {"outcome": "once more"})

    assert closed.json()["closed_at"] == again.json()["closed_at"] is not None
    event.refresh_from_db()
    assert (event.outcome, event.closed_by) == ("gone", staff)
    assert client.get(f"{API}?is_open=true").json()["results"] == []
    assert CANARY not in client.get(API).content.decode()
    trail = AuditEntry.objects.filter(action__startswith="adverse_event.")
    assert {(one.actor, "(API)" in one.actor_label) for one in trail} == {(None, True)}


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"external_id": "C2"}, 404, None),
        ({"happened_on": "2999-01-01"}, 400, "happened_on"),
        ({"happened_on": "2001-01-01"}, 400, "happened_on"),
        ({"treatment": "NONE"}, 400, "treatment"),
        ({"follower": "nobody@clinic.example"}, 400, "follower"),
        ({"words": ""}, 400, "words"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
def test_what_cannot_be_noted_says_which_field(anna, api, changes, status, field):
    with time_machine.travel(AT, tick=False):
        answer = api("adverse_events.write").post(API, said(**changes))

    assert answer.status_code == status
    assert field is None or field in str(answer.json())
    assert not AdverseEvent.objects.exists()


def test_a_customer_without_consultant_needs_a_follower(anna, api, staff):
    anna.consultant = None
    anna.save()
    client = api("adverse_events.write")
    with time_machine.travel(AT, tick=False):
        assert client.post(API, said()).status_code == 400
        assert client.post(API, said(follower=staff.user.email.upper())).status_code == 201


def test_closing_an_unknown_one_and_a_key_without_the_scope(anna, api):
    for pk in (999_999, 2**70):
        answer = api("adverse_events.write").post(f"{API}{pk}/close/", {"outcome": "gone"})
        assert answer.status_code == 404
    assert api("customers.read").get(API).status_code == 403


def test_pages_of_the_list_follow_each_other(api, staff):
    events = [note(f"C{n}", staff, at=AT + timedelta(minutes=n)) for n in range(3)]
    client = api("adverse_events.read")

    first = client.get(f"{API}?limit=2").json()
    second = client.get(f"{API}?limit=2&before={first['next_before']}").json()

    ids = [one["id"] for one in first["results"] + second["results"]]
    assert ids == [event.pk for event in reversed(events)]
    assert second["next_before"] is None
    assert date.fromisoformat(first["results"][0]["happened_on"]) == AT.date()
