"""What becomes of events: order, duplicates, what is missing, what is poison."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from customers.models import AppliedVersion, Appointment, Customer, IntakeRecord, Sale
from customers.services.inbound import processing, replaying, sources
from customers.services.inbound.mapping import Mapping
from tests.customers.hooks import Sender, appointment, customer, only_record


@pytest.fixture
def sender(clinic):
    return Sender(clinic)


def send_all(sender, events):
    for number, event in enumerate(events):
        assert sender.send(event, event_id=f"evt-{number}").status_code == 202


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_the_newest_version_wins_in_every_order(sender, order, is_one_batch):
    for version in order:
        sender.send(customer("c1", version, name=f"v{version}"), event_id=f"evt-{version}")
        if not is_one_batch:
            sender.work()
    sender.work()
    assert Customer.objects.get().name == "v3"
    assert {r.state for r in IntakeRecord.objects.all()} == {"done"}
    assert AppliedVersion.objects.get().version == 3


def test_a_time_may_decide_too_and_offsets_are_understood(sender):
    older = customer("c1", "2026-05-01T10:00:00.000001+08:00", name="older")
    newer = customer("c1", "2026-05-01T02:00:00.000002Z", name="newer")
    send_all(sender, [newer, older])
    sender.work()
    assert Customer.objects.get().name == "newer"


def test_an_appointment_waits_for_its_customer_and_is_woken(sender):
    booked = {"customer_external_id": "c1", "starts_at": "2026-06-01T10:00:00+08:00"}
    sender.send(appointment("a1", 1, **booked), event_id="first")
    sender.work()
    waiting = only_record(sender.source)
    assert (waiting.state, waiting.waits_for) == ("waiting", "customer:c1")
    sender.send(customer("c1", 1), event_id="second")
    sender.work()
    assert Appointment.objects.get().customer == Customer.objects.get()
    assert {r.state for r in IntakeRecord.objects.all()} == {"done"}


def test_a_part_that_came_before_the_whole_waits_for_it(sender):
    whole = {"customer_external_id": "c1", "starts_at": "2026-06-01T10:00:00+08:00"}
    send_all(sender, [customer("c1", 1), appointment("a1", 2, status="cancelled")])
    sender.work()
    sender.send(appointment("a1", 1, **whole), event_id="late")
    sender.work()
    assert Appointment.objects.get().status == "cancelled"


def test_what_waits_is_tried_again_and_parked_after_three_days(sender):
    sender.send(appointment("a1", 1, customer_external_id="c9", starts_at="2026-06-01T10:00:00Z"))
    sender.work()
    now = datetime.now(UTC)
    replaying.sweep(at=now + timedelta(minutes=2))
    assert only_record(sender.source).state == "received"
    sender.work()
    replaying.sweep(at=now + timedelta(days=3, minutes=1))
    record = only_record(sender.source)
    assert (record.state, record.code) == ("parked", "unknown_customer")


def test_poison_is_parked_with_its_reason_and_stops_nobody(sender):
    bad_day = customer("c2", 1, birth_on="2026-02-30")
    bad_word = customer("c3", 1, gender="unknowable")
    no_id = {"type": "customer", "data": {"version": 1, "name": "x"}}
    no_version = {"type": "customer", "data": {"external_id": "c5", "name": "x"}}
    unknown = {"type": "invoice", "data": {}}
    send_all(sender, [bad_day, bad_word, no_id, no_version, unknown, customer("c1", 1)])
    sender.work()
    found = {r.event_id: (r.state, r.field, r.code) for r in IntakeRecord.objects.all()}
    assert found == {
        "evt-0": ("parked", "birth_on", "date_impossible"),
        "evt-1": ("parked", "gender", "unknown_choice"),
        "evt-2": ("parked", "external_id", "required"),
        "evt-3": ("parked", "version", "no_version"),
        "evt-4": ("parked", "kind", "unknown_kind"),
        "evt-5": ("done", "", ""),
    }
    assert all(r.reason for r in IntakeRecord.objects.filter(state="parked"))


def test_a_refused_newest_version_does_not_hide_the_one_before(sender):
    send_all(
        sender,
        [customer("c1", 1, name="good"), customer("c1", 2, name="better"),
         customer("c1", 3, name="x", gender="unknowable")],
    )  # fmt: skip
    sender.work()
    assert Customer.objects.get().name == "better"
    assert AppliedVersion.objects.get().version == 2


def test_of_two_equal_versions_the_later_one_stays(sender):
    send_all(sender, [customer("c1", 1, name="first"), customer("c1", 1, name="second")])
    sender.work()
    assert Customer.objects.get().name == "second"


def test_a_parked_record_is_read_anew_after_the_mapping_was_mended(sender):
    sender.send({"type": "customer", "data": {"external_id": "c1", "version": 1, "姓名": "李雷"}})
    theirs = Mapping.from_json(sender.source.mapping)
    sender.work()
    record = only_record(sender.source)
    assert (record.state, record.field) == ("waiting", "name")
    fields = theirs.fields | {"customer": theirs.fields["customer"] | {"name": "data.姓名"}}
    sources.change_mapping(
        source=sender.source, mapping=Mapping(**(vars(theirs) | {"fields": fields}))
    )
    assert replaying.replay(records=IntakeRecord.objects.all(), source=sender.source) == 1
    sender.work()
    assert Customer.objects.get().name == "李雷"
    assert replaying.replay(records=IntakeRecord.objects.all(), source=sender.source) == 0


def test_a_record_our_own_code_stumbles_over_is_parked_alone(sender, monkeypatch):
    real = processing.read_event

    def stumbles(body, **about):
        if b"c2" in body:
            raise KeyError("a mistake of ours")
        return real(body, **about)

    monkeypatch.setattr(processing, "read_event", stumbles)
    send_all(sender, [customer("c1", 1), customer("c2", 1), customer("c3", 1)])
    sender.work()
    states = dict(IntakeRecord.objects.values_list("event_id", "state"))
    assert states == {"evt-0": "done", "evt-1": "parked", "evt-2": "done"}
    assert Customer.objects.count() == 2


def test_a_sale_and_its_refund_in_the_wrong_order(sender):
    sale = {"type": "sale", "data": {"external_id": "s1", "version": 1, "net_minor": 5000,
            "customer_external_id": "c1", "occurred_at": "2026-05-01T10:00:00Z"}}  # fmt: skip
    refund = {"type": "sale", "data": {"external_id": "r1", "version": 1, "net_minor": -2000,
              "refund_of": "s1", "occurred_at": "2026-05-02T10:00:00Z"}}  # fmt: skip
    for number, event in enumerate([refund, sale, customer("c1", 1)]):
        sender.send(event, event_id=f"evt-{number}")
        sender.work()
    assert sorted(Sale.objects.values_list("external_id", "net_minor")) == [
        ("r1", -2000),
        ("s1", 5000),
    ]


def test_many_objects_in_one_event(sender):
    mapping = Mapping.from_json(sender.source.mapping)
    changed = vars(mapping) | {"items_at": "items", "kind_at": "^.type"}
    sources.change_mapping(source=sender.source, mapping=Mapping(**changed))
    items = [customer(f"c{n}", 1) | {"type": None} for n in range(3)]
    sender.send({"type": "customer", "items": items})
    sender.work()
    assert Customer.objects.count() == 3
    assert only_record(sender.source).outcome == "created"


def test_processing_costs_the_same_for_one_and_for_many(sender, django_assert_max_num_queries):
    send_all(sender, [customer(f"c{n}", 1) for n in range(30)])
    with django_assert_max_num_queries(60):
        sender.work()
