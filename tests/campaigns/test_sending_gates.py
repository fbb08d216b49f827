"""Reasons against a message that arise after the audience was made, each seen at its sending."""

from datetime import timedelta

import pytest

from campaigns.models import SendingRules
from campaigns.services import dispatch
from customers.models import Consent, Customer
from tests.campaigns.test_dispatch import NOON, launched, send, states
from tests.factories.campaigns import (
    EnrolmentFactory,
    MessageFactory,
    RunningCampaignFactory,
    SuppressionFactory,
)
from tests.factories.customers import AppointmentFactory


def test_who_was_erased_since_gets_nothing(clinic, reachable, inbox):
    customer = reachable()
    campaign = launched(clinic)
    Customer.objects.filter(pk=customer.pk).update(erased_at=NOON)

    send(campaign)

    assert states(campaign) == [("skipped", "erased")]


@pytest.mark.parametrize(
    ("rule", "apart", "state"),
    [
        ({"max_messages_7_days": 1}, timedelta(days=6), ("skipped", "frequency_cap")),
        ({"max_messages_7_days": 1}, timedelta(days=7, minutes=1), ("sent", "")),
        ({"max_messages_1_day": 1}, timedelta(hours=3), ("skipped", "frequency_cap")),
        ({"max_messages_1_day": 1}, timedelta(hours=25), ("sent", "")),
    ],
)
def test_the_shorter_caps_count_the_messages_of_other_campaigns(
    clinic, reachable, inbox, rule, apart, state
):
    SendingRules.objects.update_or_create(defaults=rule)
    reachable()
    first, second = launched(clinic), launched(clinic)

    send(first)
    send(second, NOON + apart)

    assert states(first) == [("sent", "")]
    assert states(second) == [state]


def test_two_messages_of_one_claim_count_against_each_other(clinic, reachable, inbox):
    clinic.max_messages_30_days = 1
    clinic.save()
    customer = reachable(email="anna@mail.example")
    campaign = RunningCampaignFactory()
    enrolment = EnrolmentFactory(campaign=campaign, customer=customer)
    for step in (1, 2):
        MessageFactory(enrolment=enrolment, address="anna@mail.example", step=step, due_at=NOON)

    send(campaign)

    assert sorted(states(campaign))[1] == ("skipped", "frequency_cap")
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(
    ("reason", "state"),
    [("unsubscribed", ("sent", "")), ("bounced", ("skipped", "suppressed")),
     ("complained", ("skipped", "suppressed"))],
)  # fmt: skip
def test_a_service_message_reaches_who_refused_marketing_and_no_dead_address(
    clinic, reachable, inbox, reason, state
):
    customer = reachable()
    campaign = launched(clinic, purpose="service")
    SuppressionFactory(address=customer.contact_points.get().value, reason=reason)

    send(campaign)

    assert states(campaign) == [state]


def test_a_service_message_respects_a_no_to_reminders(clinic, reachable, inbox):
    customer = reachable()
    campaign = launched(clinic, purpose="service")
    Consent.objects.create(
        customer=customer, purpose="care", channel="email", given_at=NOON - timedelta(days=9),
        withdrawn_at=NOON - timedelta(days=1),
    )  # fmt: skip

    send(campaign)

    assert states(campaign) == [("skipped", "no_consent")]


def test_a_campaign_that_asks_for_it_sends_at_night(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic, respects_quiet_hours=False)

    send(campaign, NOON.replace(hour=23))

    assert states(campaign) == [("sent", "")]


def test_an_unknown_zone_means_the_clinics_own(clinic, reachable, inbox):
    """Noon in London is the evening in Shanghai, where this clinic is."""
    clinic.quiet_from_hour = 19
    clinic.save()
    reachable(zone="")
    campaign = launched(clinic)

    send(campaign, NOON.replace(hour=19, minute=30))

    assert states(campaign) == [("queued", "")]


def test_after_the_outcome_window_nothing_goes_though_nobody_ended_the_campaign(
    clinic, reachable, inbox
):
    reachable()
    campaign = launched(clinic, outcome_window_days=14)

    send(campaign, NOON + timedelta(days=16))

    assert states(campaign) == [("skipped", "too_late")]


def test_a_service_message_goes_to_who_is_booked_and_a_recall_does_not(clinic, reachable, inbox):
    customer = reachable()
    service, recall = launched(clinic, purpose="service"), launched(clinic)
    AppointmentFactory(customer=customer, starts_at=NOON + timedelta(days=3))

    send(service)
    send(recall)

    assert states(service) == [("sent", "")]
    assert states(recall) == [("skipped", "booked")]


def test_outside_the_campaigns_own_hours_a_message_waits_for_them(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic, send_from_hour=9, send_until_hour=13)

    send(campaign, NOON.replace(hour=15))

    (message,) = campaign.messages.all()
    assert (message.state, inbox.mails) == ("queued", [])
    assert message.due_at == (NOON + timedelta(days=1)).replace(hour=9)


def test_a_worker_whose_claim_another_has_now_sends_nothing(clinic, reachable, inbox):
    reachable()
    campaign = launched(clinic)
    lost = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    later = NOON + timedelta(seconds=30)
    campaign.messages.update(claimed_at=later)

    assert dispatch.about_to_hand(lost.claimed, later) == set()
    assert states(campaign) == [("sending", "")]
