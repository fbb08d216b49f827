"""Contacts that are no visit: told by other systems, logged at the desk, counted on the profile."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import CustomerEvent, Interaction
from customers.services.interactions import InteractionRecord, record_interactions
from tests.factories.customers import CustomerFactory, IdentityFactory

HTMX = {"HX-Request": "true"}


def told(key: str, customer_id: str = "C1", **said) -> InteractionRecord:
    usual = {"kind": "social_like", "channel": "xiaohongshu", "direction": "in",
             "occurred_at": timezone.now() - timedelta(days=2)}  # fmt: skip
    return InteractionRecord(key, customer_external_id=customer_id, **usual | said)


def take(*records: InteractionRecord):
    return record_interactions(source="social", records=records, at=timezone.now())


@pytest.fixture
def anna(clinic):
    return IdentityFactory(source="social", external_id="C1").customer


def test_records_become_interactions_and_stand_in_the_story(anna):
    (outcome,) = take(told("1", summary="  Loved it ", by=""))

    made = Interaction.objects.get()
    assert (outcome.state, outcome.id, made.customer) == ("created", made.pk, anna)
    assert (made.summary, made.channel, made.source) == ("Loved it", "xiaohongshu", "social")
    event = CustomerEvent.objects.get()
    assert (event.kind, event.source_key) == ("interaction.recorded", f"interaction:{made.pk}")
    assert event.occurred_at == made.occurred_at


def test_the_same_again_changes_nothing_and_a_correction_moves_the_event(anna):
    record, later = told("1"), timezone.now() - timedelta(days=1)
    take(record)
    assert [one.state for one in take(record)] == ["unchanged"]
    assert [one.state for one in take(InteractionRecord("1", occurred_at=later))] == ["updated"]

    assert Interaction.objects.get().channel == "xiaohongshu"
    assert CustomerEvent.objects.get().occurred_at == later


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "dance"}, "kind"),
        ({"kind": None}, "kind"),
        ({"channel": "fax"}, "channel"),
        ({"direction": "up"}, "direction"),
        ({"summary": "x" * 2_001}, "summary"),
        ({"summary": "a\x00b"}, "summary"),
        ({"occurred_at": None}, "occurred_at"),
        ({"occurred_at": timezone.now() + timedelta(days=3)}, "occurred_at"),
        ({"customer_external_id": "C2"}, "customer_external_id"),
        ({"customer_external_id": None}, "customer_external_id"),
        ({"by": "nobody"}, "by"),
    ],
)
def test_a_bad_record_is_refused_with_its_field_and_stops_no_other(anna, said, field):
    bad = (
        {"customer_id": said.pop("customer_external_id")} if "customer_external_id" in said else {}
    )
    outcomes = take(told("1", **bad, **said), told("2"))

    assert [one.state for one in outcomes] == ["refused", "created"]
    assert outcomes[0].field == field
    assert Interaction.objects.count() == 1


def logged(**changed) -> dict:
    usual = {"key": str(uuid.uuid4()), "kind": "call", "channel": "phone", "direction": "out",
             "occurred_at": "2026-03-01T14:30", "summary": "Wants Saturday"}  # fmt: skip
    return usual | changed


def test_the_desk_logs_a_call_once(client_as, staff, clinic):
    customer = CustomerFactory()
    client, address = client_as(staff), f"/customers/{customer.pk}/log/?kind=call"
    assert b'value="phone" selected' in client.get(address, headers=HTMX).content
    form = logged()
    for _twice in range(2):
        assert client.post(address, form, headers=HTMX).headers["HX-Redirect"]

    made = Interaction.objects.get()
    assert (made.by, made.summary, made.source) == (staff, "Wants Saturday", "desk")
    assert made.occurred_at.astimezone(clinic.zone).isoformat() == "2026-03-01T14:30:00+08:00"
    assert CustomerEvent.objects.filter(customer=customer).count() == 1


def test_a_key_used_for_another_customer_is_refused(client_as):
    one, other = CustomerFactory(), CustomerFactory()
    client, form = client_as("staff"), logged()
    client.post(f"/customers/{one.pk}/log/", form)
    client.post(f"/customers/{other.pk}/log/", form)
    assert list(Interaction.objects.values_list("customer", flat=True)) == [one.pk]


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "x"}, {"kind": "social_like"}, {"channel": "fax"}, {"direction": ""},
        {"occurred_at": "2999-01-01T00:00"}, {"occurred_at": "1999-01-01T00:00"},
        {"occurred_at": "soon"}, {"summary": "x" * 2_001},
    ],
)  # fmt: skip
def test_a_bad_call_is_refused_and_kept_on_screen(client_as, changed):
    customer = CustomerFactory()
    answer = client_as("staff").post(
        f"/customers/{customer.pk}/log/", logged(**changed), headers=HTMX
    )
    assert answer.status_code == 422
    assert b"<dialog" in answer.content
    assert Interaction.objects.count() == 0


def test_analysts_log_nothing(client_as):
    customer = CustomerFactory()
    assert client_as("analyst").post(f"/customers/{customer.pk}/log/", logged()).status_code == 403


def test_the_profile_counts_by_window_and_knows_the_preferred_channel(client_as, anna):
    now = timezone.now()

    def some(n: int, days: int, **said) -> None:
        take(*[told(uuid.uuid4().hex, occurred_at=now - timedelta(days=days), **said)
               for _one in range(n)])  # fmt: skip

    some(1, 1, channel="wechat")
    some(2, 10, channel="wechat")
    some(3, 60, channel="douyin")
    some(9, 80, channel="phone", kind="call", direction="out")  # ours say nothing of theirs
    some(9, 400, channel="website", kind="site_visit")  # too long ago

    channels = client_as("staff").get(f"/customers/{anna.pk}/").context["profile"].beside.channels

    assert channels.n == (1, 3, 15)
    # three each: WeChat was used later
    assert (channels.preferred, channels.n_preferred, channels.n_inbound) == ("wechat", 3, 6)
