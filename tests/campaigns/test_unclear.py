"""What may have gone out once is never told as failed or left out: only sent, or unknown."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from campaigns.channels.contract import (
    TAKEN,
    BaseChannel,
    Found,
    MessageRefused,
    OutcomeUnknown,
    ProviderClass,
    ProviderUnavailable,
    TryLater,
)
from campaigns.models import Message
from campaigns.services import control, dispatch, expansion, providers, sweep, unknowns
from campaigns.services.outcomes import MAX_TRIES
from customers.services.erasing.erase import erase
from tests.factories.campaigns import CampaignFactory, SuppressionFactory
from tests.factories.tenancy import MembershipFactory

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


class Provider(BaseChannel):
    """Takes what it is given by its reference; says whatever comes next in `answers`."""

    provider_class = ProviderClass.KEYED

    def __init__(self) -> None:
        self.answers: list[Exception | None] = []
        self.taken: set[str] = set()
        self.n_calls = 0

    def send(self, envelope):
        self.n_calls += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer is None or isinstance(answer, OutcomeUnknown):
            self.taken.add(envelope.reference)
        if answer is not None:
            raise answer
        return TAKEN

    def look_up(self, *, reference, address, handed_at):
        return Found.CANNOT_SAY


@pytest.fixture
def provider(monkeypatch):
    """Stands at the adapter; of its class the sweeper hears, too."""
    stands = Provider()
    monkeypatch.setattr(providers, "_opened", lambda channel, account_id: stands)
    for module in (providers, unknowns):
        monkeypatch.setattr(module, "class_of", lambda account, channel: stands.provider_class)
    monkeypatch.setattr(unknowns, "_forgets_never", lambda account, kind: True)
    return stands


@pytest.fixture
def campaign(clinic, reachable):
    reachable("Anna Smith", email="anna@mail.example")
    campaign = CampaignFactory(state="launching")
    expansion.expand(campaign_id=campaign.pk, clinic=clinic, at=NOON)
    campaign.refresh_from_db()
    return campaign


def send(campaign, at=NOON) -> Message:
    dispatch.send_due(campaign_id=campaign.pk, now=lambda: at)
    return campaign.messages.get()


def after_wait(message: Message) -> datetime:
    return message.due_at + timedelta(seconds=1)


def test_a_repeat_that_is_taken_is_sent(campaign, provider):
    provider.answers = [OutcomeUnknown("cut"), None]

    message = send(campaign)
    assert (message.state, message.unclear_at) == ("queued", NOON)
    assert send(campaign, after_wait(message)).state == "sent"


@pytest.mark.parametrize("no", [MessageRefused("400"), TryLater("409")])
def test_a_no_to_the_repeat_leaves_it_unknown(campaign, provider, no):
    provider.answers = [OutcomeUnknown("cut"), *[no] * MAX_TRIES]

    message = send(campaign)
    for _try in range(MAX_TRIES):
        message = send(campaign, after_wait(message))

    assert (message.state, bool(provider.taken)) == ("unknown", True)


def test_storms_between_do_not_make_it_forget(campaign, provider):
    storm = ProviderUnavailable("429")
    provider.answers = [OutcomeUnknown("cut"), storm, storm, MessageRefused("400")]

    message = send(campaign)
    for _try in range(3):
        message = send(campaign, after_wait(message))

    assert message.state == "unknown"


@pytest.mark.parametrize("no", [MessageRefused("400"), TryLater("409"), ProviderUnavailable("503")])
def test_a_no_within_the_same_minutes_leaves_it_unknown_too(campaign, provider, no):
    provider.repeat_within = timedelta(minutes=9)
    provider.answers = [OutcomeUnknown("cut"), no]

    assert send(campaign).state == "unknown"
    assert provider.n_calls == 2


def test_without_an_unclear_call_a_no_is_a_no(campaign, provider):
    provider.answers = [MessageRefused("400")]

    assert send(campaign).state == "failed"


def lost_by_a_worker(clinic, campaign) -> datetime:
    """Handed over, taken, and nobody noted it; the sweeper brings it back for a repeat."""
    chunk = dispatch.claim(campaign_id=campaign.pk, at=NOON)
    dispatch.about_to_hand(chunk.claimed, NOON)
    later = NOON + timedelta(minutes=11)
    sweep.sweep(clinic=clinic, at=later)
    assert campaign.messages.get().state == "queued"
    return later


def test_a_dead_workers_message_that_is_refused_at_the_repeat_is_unknown(
    clinic, campaign, provider
):
    later = lost_by_a_worker(clinic, campaign)
    provider.answers = [MessageRefused("400")]

    assert send(campaign, later).state == "unknown"


def test_a_gate_that_closed_meanwhile_leaves_it_unknown(clinic, campaign, provider):
    later = lost_by_a_worker(clinic, campaign)
    SuppressionFactory(address="anna@mail.example")

    message = send(campaign, later)

    assert (message.state, message.handed_at, message.error) == (
        "unknown", NOON, "not repeated: suppressed",
    )  # fmt: skip
    assert provider.n_calls == 0


def test_a_cancelled_campaign_leaves_it_unknown(clinic, campaign, provider):
    lost_by_a_worker(clinic, campaign)

    control.cancel(campaign=campaign, by=MembershipFactory(role="manager"))

    assert campaign.messages.get().state == "unknown"


def test_an_erased_persons_message_stays_unknown(clinic, campaign, provider):
    lost_by_a_worker(clinic, campaign)
    message = campaign.messages.get()

    erase(customer=message.customer, by=MembershipFactory(role="owner"), at=NOON)

    assert campaign.messages.get().state == "unknown"


def test_a_clear_no_of_a_person_lets_it_start_afresh(clinic, campaign, provider):
    lost_by_a_worker(clinic, campaign)
    control.cancel(campaign=campaign, by=MembershipFactory(role="manager"))
    message = campaign.messages.get()

    unknowns.was_not_sent([message.pk], at=NOON)

    assert campaign.messages.get().unclear_at is None


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_message_unclear_is_not_undone(campaign, state):
    reason = "no_consent" if state == "skipped" else ""
    with pytest.raises(IntegrityError, match="message_unclear_is_not_undone"), transaction.atomic():
        campaign.messages.update(state=state, skip_reason=reason, unclear_at=NOON)
        connection.check_constraints()
