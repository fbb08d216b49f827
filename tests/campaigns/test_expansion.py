"""A launch in turns: one snapshot, batch by batch, others between them, nobody twice or lost."""

import os
import signal
from collections import Counter
from itertools import count
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import timezone

from campaigns import faults, tasks
from campaigns.exceptions import CampaignRefused, WrongState
from campaigns.models import Campaign, Enrolment, FrozenBatch, Message, Step
from campaigns.queries.progress import progress_of
from campaigns.services import (
    arming,
    control,
    dispatch,
    expansion,
    freezing,
    launch,
    sweep,
    ticking,
    winding_up,
)
from customers.models import ContactPoint
from tenancy import queue
from tenancy.models import Job
from tenancy.scope import clinic_scope
from tests.factories.campaigns import AudienceFactory, CampaignFactory
from tests.factories.customers import NOON, ConsentFactory, ContactPointFactory, CustomerFactory
from tests.factories.tenancy import ClinicFactory


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, int]]:
    """(task, campaign) of all turns that were asked for, in the order of the queue."""
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(
        queue, "send", lambda task, told: asked.append((task, told.get("campaign_id", 0)))
    )
    cache.clear()
    return asked


@pytest.fixture
def small_batches(monkeypatch):
    """Two customers a batch."""
    monkeypatch.setattr(freezing, "BATCH", 2)


@pytest.fixture
def short_turns(monkeypatch):
    """A clock by which every step uses up a turn."""
    ticks = count(step=60)
    monkeypatch.setattr(expansion, "time", SimpleNamespace(monotonic=lambda: next(ticks)))


def launching(**fields) -> Campaign:
    job = Job.objects.create(kind="campaign.launch")
    return CampaignFactory(state="launching", job=job, **fields)


def turn(campaign: Campaign, clinic, seconds: float | None = 0.0) -> Campaign:
    """One turn of the launch: with `short_turns` one step."""
    expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=timezone.now(), seconds=seconds)
    campaign.refresh_from_db()
    return campaign


def enrolled(campaign: Campaign) -> list[int]:
    return sorted(campaign.enrolments.values_list("customer_id", flat=True))


def test_a_launch_goes_on_turn_by_turn_and_asks_for_one_at_a_time(
    clinic, reachable, asked, small_batches, short_turns, django_capture_on_commit_callbacks
):
    people = [reachable(f"Customer {n}").pk for n in range(5)]
    campaign, launched_at = launching(), set()

    for n_in in (0, 2, 4, 5):
        with django_capture_on_commit_callbacks(execute=True):
            turn(campaign, clinic)
        assert (campaign.state, campaign.enrolments.count()) == ("launching", n_in)
        assert asked == [("campaigns.launch", campaign.pk)]
        launched_at.add(campaign.launched_at)
        asked.clear()
    with django_capture_on_commit_callbacks(execute=True):
        turn(campaign, clinic)

    assert campaign.state == "running"
    assert asked == [("campaigns.send_due", campaign.pk)]
    assert enrolled(campaign) == people
    assert launched_at == {campaign.launched_at}
    assert set(campaign.enrolments.values_list("enrolled_at", flat=True)) == launched_at
    assert (campaign.job.state, campaign.job.n_done, campaign.job.n_total) == ("done", 5, 5)


def test_who_comes_or_changes_after_the_snapshot_is_another_matter(
    clinic, reachable, asked, small_batches, short_turns
):
    meant = [reachable(f"Customer {n}") for n in range(3)]
    campaign = turn(launching(), clinic)

    reachable("Too late")
    Campaign.objects.filter(pk=campaign.pk).update(segment=AudienceFactory(rule={
        "match": "all", "conditions": [{"attribute": "name", "op": "equals", "value": "Nobody"}]
    }))  # fmt: skip
    turn(campaign, clinic, seconds=None)

    assert enrolled(campaign) == [one.pk for one in meant]


def test_somebody_merged_or_taken_back_between_two_batches_does_no_harm(
    clinic, reachable, asked, small_batches, short_turns
):
    people = [CustomerFactory(name=f"Customer {n}") for n in range(4)]
    campaign = turn(launching(), clinic)

    people[0].merged_into = people[3]
    people[0].save()
    people[1].delete()
    turn(campaign, clinic, seconds=None)

    assert campaign.state == "running"
    assert enrolled(campaign) == [people[2].pk, people[3].pk]


def test_a_family_in_several_batches_gets_one_message_for_who_said_yes(
    clinic, reachable, asked, monkeypatch
):
    monkeypatch.setattr(freezing, "BATCH", 1)
    silent = CustomerFactory(name="Father")
    ContactPointFactory(customer=silent, value="Family@mail.example")
    consenting = reachable("Mother", email="family@mail.example")
    later = reachable("Daughter", email="family@mail.example")

    campaign = turn(launching(), clinic, seconds=None)

    rows = campaign.messages.order_by("customer_id").values_list("customer", "state", "skip_reason")
    assert list(rows) == [
        (silent.pk, "skipped", "shared_address"),
        (consenting.pk, "queued", ""),
        (later.pk, "skipped", "shared_address"),
    ]
    so_far = progress_of(campaign)
    assert so_far.n_treated == sum(so_far.n_by_state.values()) == 3


def test_paused_while_it_is_launched_it_is_taken_in_and_nothing_is_sent(
    clinic, owner, reachable, inbox, asked, small_batches, short_turns
):
    for n in range(4):
        reachable(f"Customer {n}")
    campaign = turn(turn(launching(respects_quiet_hours=False), clinic), clinic)

    control.pause(campaign=campaign, by=owner)
    turn(campaign, clinic, seconds=None)
    dispatch.send_due(campaign_id=campaign.pk)

    assert (campaign.state, campaign.enrolments.count()) == ("paused", 4)
    assert Message.objects.filter(state="queued").count() == 4
    control.resume(campaign=campaign, by=owner)
    campaign.refresh_from_db()
    assert campaign.state == "running"


def test_resumed_before_everybody_is_in_it_goes_on_launching(
    clinic, owner, reachable, asked, small_batches, short_turns
):
    for n in range(4):
        reachable(f"Customer {n}")
    campaign = turn(turn(launching(), clinic), clinic)

    control.pause(campaign=campaign, by=owner)
    control.resume(campaign=campaign, by=owner)
    campaign.refresh_from_db()
    assert campaign.state == "launching"

    turn(campaign, clinic, seconds=None)
    assert (campaign.state, campaign.enrolments.count()) == ("running", 4)


def test_cancelled_while_it_is_launched_nobody_more_is_taken_in(
    clinic, owner, reachable, asked, small_batches, short_turns
):
    for n in range(4):
        reachable(f"Customer {n}")
    campaign = turn(turn(launching(), clinic), clinic)

    control.cancel(campaign=campaign, by=owner)
    turn(campaign, clinic, seconds=None)

    assert (campaign.state, campaign.enrolments.count()) == ("cancelled", 2)
    assert not FrozenBatch.objects.exists()
    assert list(campaign.messages.values_list("skip_reason", flat=True)) == 2 * [
        "campaign_cancelled"
    ]
    campaign.job.refresh_from_db()
    assert (campaign.job.state, campaign.job.error) == ("failed", "cancelled")
    with pytest.raises(WrongState):
        control.resume(campaign=campaign, by=owner)


def test_the_sweeper_asks_for_launches_and_waves_that_stand_still(
    clinic, owner, reachable, asked, small_batches, short_turns, django_capture_on_commit_callbacks
):
    for n in range(3):
        reachable(f"Customer {n}")
    launched, paused = turn(launching(), clinic), turn(launching(), clinic)
    control.pause(campaign=paused, by=owner)
    wave = CampaignFactory(
        state="running", schedule="recurring", repeats_every_days=7, next_wave_at=timezone.now(),
        launched_on=timezone.now().date(), launched_at=timezone.now(),
    )  # fmt: skip
    ticking.send_wave(campaign_id=wave.pk, clinic=clinic, at=timezone.now())

    with django_capture_on_commit_callbacks(execute=True):
        sweep.sweep(clinic=clinic, at=timezone.now())

    assert {("campaigns.launch", one.pk) for one in (launched, paused, wave)} <= set(asked)
    turn(wave, clinic, seconds=None)
    assert wave.enrolments.count() == 3


def test_a_wave_comes_once_however_often_the_clock_looks(clinic, reachable, asked, small_batches):
    for n in range(3):
        reachable(f"Customer {n}")
    now = timezone.now()
    wave = CampaignFactory(
        state="running", schedule="recurring", repeats_every_days=7, next_wave_at=now,
        launched_on=now.date(), launched_at=now,
    )  # fmt: skip

    for _look in range(2):
        ticking.send_wave(campaign_id=wave.pk, clinic=clinic, at=now)
        turn(wave, clinic, seconds=None)

    assert wave.enrolments.count() == wave.messages.count() == 3


def test_arming_after_a_restore_stops_what_was_being_launched(clinic, owner, reachable, asked):
    campaign = launching()

    assert arming.arm(clinic=clinic, by=owner) == 1

    campaign.refresh_from_db()
    assert campaign.state == "paused"


def test_a_large_cancelled_campaign_is_wound_up_in_turns(
    clinic, owner, reachable, asked, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(winding_up, "BATCH", 2)
    for n in range(5):
        reachable(f"Customer {n}")
    campaign = launching()
    Step.objects.create(campaign=campaign, number=1, kind="message", channel="email")
    Step.objects.create(campaign=campaign, number=2, kind="wait", wait_days=3)
    Step.objects.create(campaign=campaign, number=3, kind="message", channel="email")
    turn(campaign, clinic, seconds=None)
    asked.clear()

    with django_capture_on_commit_callbacks(execute=True):
        control.cancel(campaign=campaign, by=owner)
    assert asked == [("campaigns.wind_up", campaign.pk)]
    assert Message.objects.filter(state="skipped").count() == 2
    assert winding_up.not_wound_up() == {campaign.pk}

    winding_up.wind_up(campaign_id=campaign.pk)
    left = campaign.enrolments.values_list("due_at", "left_reason")
    assert set(left) == {(None, "cancelled")}
    assert set(campaign.messages.values_list("state", "skip_reason")) == {
        ("skipped", "campaign_cancelled")
    }
    assert winding_up.not_wound_up() == set()


def test_confirming_looks_at_a_few_and_at_all_only_if_none_of_them_gets_it(
    clinic, owner, reachable, asked, monkeypatch
):
    monkeypatch.setattr(launch, "GLANCE", 1)
    for _ in range(10):
        CustomerFactory()  # without an address
    reachable("The only one")
    segment = AudienceFactory()
    few = CampaignFactory(segment=segment)

    assert launch.confirm(campaign=few, clinic=clinic, by=owner, at=NOON).state == "launching"
    ContactPoint.objects.all().delete()
    none = CampaignFactory(segment=segment)
    with pytest.raises(CampaignRefused, match="left out"):
        launch.confirm(campaign=none, clinic=clinic, by=owner, at=NOON)


@pytest.fixture
def committed(monkeypatch, asked, small_batches):
    """A clinic and a campaign of nine that real processes may work on."""
    clinic = ClinicFactory(quiet_from_hour=0, quiet_until_hour=0)
    with clinic_scope(clinic.pk):
        for _ in range(9):
            customer = CustomerFactory()
            ContactPointFactory(customer=customer)
            ConsentFactory(customer=customer)
        campaign = launching(holdout_rate=0.0)
    return clinic, campaign


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("batch", [1, 3, 5])
def test_killed_in_any_batch_it_goes_on_where_it_was(committed, batch):
    clinic, campaign = committed

    assert _worker(clinic, campaign, dies_in_batch=batch) == signal.SIGKILL
    with clinic_scope(clinic.pk):
        assert Enrolment.objects.count() == Message.objects.count() == 2 * (batch - 1)
        assert FrozenBatch.objects.count() == 5 - (batch - 1)
    assert _worker(clinic, campaign) == 0

    with clinic_scope(clinic.pk):
        assert Campaign.objects.get().state == "running"
        assert Enrolment.objects.count() == Message.objects.filter(state="queued").count() == 9
        assert not FrozenBatch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_leaves_a_launch_in_other_hands_alone(committed):
    clinic, campaign = committed
    has_it, may_leave = Event(), Event()

    def first_worker() -> None:
        with clinic_scope(clinic.pk):
            expansion.try_turn(f"expand:{campaign.pk}")
            has_it.set()
            may_leave.wait(30)
        connections.close_all()

    thread = Thread(target=first_worker)
    thread.start()
    has_it.wait(30)
    tasks.launch_campaign(clinic_id=clinic.pk, campaign_id=campaign.pk)  # does not wait for it
    with clinic_scope(clinic.pk):
        assert not Enrolment.objects.exists()

    may_leave.set()
    thread.join()
    tasks.launch_campaign(clinic_id=clinic.pk, campaign_id=campaign.pk)
    with clinic_scope(clinic.pk):
        assert Enrolment.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_a_hundred_go_out_between_two_turns_of_a_large_launch(committed, inbox, monkeypatch):
    """One worker, one queue: another clinic's small campaign does not wait for the large one."""
    large_clinic, large = committed
    ticks = count(step=4)  # three steps a turn
    monkeypatch.setattr(expansion, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    waiting: list[tuple[str, dict]] = []
    monkeypatch.setattr(queue, "send", lambda task, told: waiting.append((task, told)))
    small_clinic = ClinicFactory(quiet_from_hour=0, quiet_until_hour=0)
    with clinic_scope(small_clinic.pk):
        customer = CustomerFactory()
        ContactPointFactory(customer=customer)
        ConsentFactory(customer=customer)
        small = launching()
    for clinic, campaign in ((large_clinic, large), (small_clinic, small)):
        waiting.append((expansion.TASK, {"clinic_id": clinic.pk, "campaign_id": campaign.pk}))

    n_turns = 0
    while not _n_sent(small_clinic):
        name, told = waiting.pop(0)
        {"campaigns.launch": tasks.launch_campaign, "campaigns.send_due": tasks.send_due}[name](
            **told
        )
        n_turns += 1

    assert n_turns <= 4  # a turn of theirs, ours, a turn of theirs, ours
    with clinic_scope(large_clinic.pk):
        assert Campaign.objects.get().state == "launching"


def _n_sent(clinic) -> int:
    with clinic_scope(clinic.pk):
        return Message.objects.filter(state="sent").count()


def _worker(clinic, campaign: Campaign, *, dies_in_batch: int = 0) -> int:
    """A process that launches; the signal that ended it, or 0."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            if dies_in_batch:
                faults._planned, faults._passed = {"in_expansion": dies_in_batch}, Counter()
            tasks.launch_campaign(clinic_id=clinic.pk, campaign_id=campaign.pk)
            os._exit(0)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
