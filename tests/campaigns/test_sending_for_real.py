"""Sending with real commits, as workers do it: each step its own transaction, several at once."""

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from campaigns import tasks
from campaigns.channels.smtp import SmtpChannel
from campaigns.models import Campaign, Enrolment, Message
from campaigns.services import claiming, handing
from tenancy import queue
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tests.factories.campaigns import CampaignFactory
from tests.factories.customers import ConsentFactory, ContactPointFactory, CustomerFactory
from tests.factories.tenancy import ClinicFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def launching(monkeypatch) -> tuple[Clinic, Campaign]:
    """A clinic without quiet hours, a confirmed campaign of 40 customers; nudges are dropped."""
    monkeypatch.setattr(queue, "send", lambda task, arguments: None)
    clinic = ClinicFactory(quiet_from_hour=0, quiet_until_hour=0)
    with clinic_scope(clinic.pk):
        for _ in range(40):
            customer = CustomerFactory()
            ContactPointFactory(customer=customer)
            ConsentFactory(customer=customer)
        campaign = CampaignFactory(state="launching")
    return clinic, campaign


def arguments(clinic: Clinic, campaign: Campaign) -> dict[str, int]:
    return {"clinic_id": clinic.pk, "campaign_id": campaign.pk}


def states(clinic: Clinic) -> dict[str, int]:
    with clinic_scope(clinic.pk):
        found = list(Message.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in sorted(set(found))}


def addresses(inbox) -> list[str]:
    return sorted(address for mail in inbox.mails for address in mail.envelope_to)


def all_addresses(clinic: Clinic) -> list[str]:
    with clinic_scope(clinic.pk):
        return sorted(Message.objects.values_list("address", flat=True))


def test_tasks_run_outside_any_open_transaction(launching, inbox):
    clinic, campaign = launching

    tasks.launch_campaign(**arguments(clinic, campaign))
    tasks.send_due(**arguments(clinic, campaign))
    tasks.sweep_clinic(clinic_id=clinic.pk)
    tasks.sweep_all()

    assert not connection.in_atomic_block
    assert states(clinic) == {"sent": 40}
    assert addresses(inbox) == all_addresses(clinic)


def test_the_clock_starts_what_is_scheduled_outside_any_open_transaction(launching):
    clinic, campaign = launching
    an_hour_ago = timezone.now() - timedelta(hours=1)
    with clinic_scope(clinic.pk):
        Campaign.objects.filter(pk=campaign.pk).update(state="scheduled", starts_at=an_hour_ago)

    tasks.tick_clinic(clinic_id=clinic.pk)
    tasks.launch_campaign(**arguments(clinic, campaign))
    tasks.advance(**arguments(clinic, campaign))

    assert not connection.in_atomic_block
    assert states(clinic) == {"queued": 40}


def test_triggers_enrol_outside_any_open_transaction(launching):
    clinic, _campaign = launching
    today = local_day(clinic.zone, timezone.now())
    with clinic_scope(clinic.pk):
        customer = CustomerFactory(birth_on=today.replace(year=1988))
        CampaignFactory(
            name="Birthdays", state="running", schedule="trigger", trigger="birthday",
            segment=None, holdout_rate=0.0, no_holdout_reason="A wish", launched_on=today,
        )  # fmt: skip

    tasks.follow_triggers_clinic(clinic_id=clinic.pk)

    assert not connection.in_atomic_block
    with clinic_scope(clinic.pk):
        assert list(Enrolment.objects.values_list("customer", flat=True)) == [customer.pk]


def test_three_workers_at_once_send_each_message_once(launching, inbox, monkeypatch):
    monkeypatch.setattr(claiming, "CHUNK", 4)
    clinic, campaign = launching
    tasks.launch_campaign(**arguments(clinic, campaign))

    def work() -> None:
        try:
            tasks.send_due(**arguments(clinic, campaign))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert states(clinic) == {"sent": 40}
    assert addresses(inbox) == all_addresses(clinic)


def test_kill_9_in_mid_chunk_neither_loses_nor_doubles(launching, inbox):
    clinic, campaign = launching
    tasks.launch_campaign(**arguments(clinic, campaign))
    connections.close_all()  # the child must not share our connection
    child = os.fork()
    if child == 0:
        tasks.send_due(**arguments(clinic, campaign))
        os._exit(0)
    deadline = time.monotonic() + 30
    while len(inbox.mails) < 5 and time.monotonic() < deadline:
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    at_the_kill = states(clinic)

    with clinic_scope(clinic.pk):  # ten minutes pass
        for field in ("claimed_at", "handed_at", "due_at"):
            for message in Message.objects.filter(**{f"{field}__isnull": False}):
                earlier = getattr(message, field) - timedelta(minutes=11)
                Message.objects.filter(pk=message.pk).update(**{field: earlier})
    tasks.sweep_clinic(clinic_id=clinic.pk)
    tasks.send_due(**arguments(clinic, campaign))

    assert at_the_kill.get("sending", 0) > 0, "it was killed too late to prove anything"
    after = states(clinic)
    assert after.get("unknown", 0) <= handing.MOST_INTENTS
    assert after["sent"] + after.get("unknown", 0) == 40
    received = addresses(inbox)
    assert len(set(received)) == len(received)
    assert after["sent"] <= len(received) <= 40


def test_nothing_is_held_in_a_transaction_while_the_provider_is_spoken_to(
    launching, inbox, monkeypatch
):
    clinic, campaign = launching
    tasks.launch_campaign(**arguments(clinic, campaign))
    was_atomic = []

    send = SmtpChannel.send

    def watched(channel, envelope):
        was_atomic.append(transaction.get_connection().in_atomic_block)
        return send(channel, envelope)

    monkeypatch.setattr(SmtpChannel, "send", watched)

    tasks.send_due(**arguments(clinic, campaign))

    assert was_atomic == [False] * 40
