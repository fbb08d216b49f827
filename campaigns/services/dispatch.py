"""The outbox: claim, judge, hand over, note the outcome. Each step commits by itself.

A crash loses nothing and doubles nothing: what was claimed but not handed over returns to the queue
(`sweep`), what was handed over without an answer becomes `unknown` and is never repeated.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from campaigns.channels.contract import (
    Channel,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    TryLater,
)
from campaigns.channels.email import EmailChannel
from campaigns.exceptions import EmptyField, LostClaim, TemplateRefused
from campaigns.gates import Verdict, decide
from campaigns.models import Campaign, Message, Suppression
from campaigns.queries.facts import facts_of
from campaigns.queries.merge_values import merge_values
from campaigns.services import templates
from campaigns.services.outgoing import envelope_for
from campaigns.services.templates import Text
from customers.services.timeline import record_event
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id

CHUNK = 100
CHUNKS_A_TASK = 50  # then the task asks for itself again: no task outlives the broker's patience
MAX_TRIES = 8  # of one message the server does not want now; an absent server costs no tries
LONGEST_WAIT = timedelta(minutes=30)

Clock = Callable[[], datetime]
State = Message.State


@dataclass(frozen=True)
class Claimed:
    """A message in our hands. claimed_at: proof of the claim, checked at every later step."""

    message: Message  # as it stood before the claim, with its customer
    text: Text
    claimed_at: datetime

    @property
    def pk(self) -> int:
        return self.message.pk


@dataclass(frozen=True)
class Chunk:
    """What one claim found. n_seen: due messages looked at, sent or not."""

    clinic: Clinic
    n_seen: int
    claimed: list[Claimed]


def send_due(*, campaign_id: int, now: Clock = timezone.now) -> None:
    """Send what is due of a running campaign. Needs a scope that may commit step by step."""
    channel = EmailChannel()
    try:
        for _round in range(CHUNKS_A_TASK):
            chunk = claim(campaign_id=campaign_id, at=now())
            if not chunk.n_seen or not hand_over_all(chunk, channel, now):
                return
    finally:
        channel.close()
    with transaction.atomic():
        enqueue("campaigns.send_due", campaign_id=campaign_id)


@transaction.atomic
def claim(*, campaign_id: int, at: datetime) -> Chunk:
    """Take some due messages; those that may not go now are skipped or put off on the way.

    The lock on the clinic lets one claim run at a time, so that two campaigns cannot both believe
    to be the last message under the frequency cap.
    """
    clinic = Clinic.objects.select_for_update(no_key=True).get(pk=current_clinic_id())
    campaign = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.RUNNING).first()
    if campaign is None:
        return Chunk(clinic, 0, [])
    messages = list(
        Message.objects.filter(campaign=campaign, state=State.QUEUED, due_at__lte=at)
        .select_related("customer")
        .order_by("due_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:CHUNK]
    )
    claimed = []
    changes: dict[tuple, list[int]] = defaultdict(list)
    for message, text, verdict, error in _judged(messages, campaign, clinic, at):
        changes[_change(verdict, error, at)].append(message.pk)
        if text is not None and verdict.may_send:
            claimed.append(Claimed(message, text, at))
    for change, ids in changes.items():
        _apply(dict(change), ids)
    return Chunk(clinic, len(messages), claimed)


def _judged(
    messages: list[Message], campaign: Campaign, clinic: Clinic, at: datetime
) -> Iterator[tuple[Message, Text | None, Verdict, str]]:
    """(message, its text, verdict, what is wrong with the template) for each."""
    addresses = {message.customer_id: message.address for message in messages}
    facts = facts_of(list(addresses), addresses, campaign=campaign, clinic=clinic, at=at)
    fields = templates.used_fields(subject=campaign.subject, body=campaign.body)
    day = local_day(clinic.zone, at)
    values = merge_values(list(addresses), fields=fields, clinic=clinic, on=day)
    for message in messages:
        text, error = None, ""
        try:
            text = templates.render(
                subject=campaign.subject, body=campaign.body, values=values[message.customer_id]
            )
        except EmptyField:
            pass
        except TemplateRefused as refused:
            error = refused.message
        verdict = decide(
            replace(facts[message.customer_id], has_empty_field=text is None and not error)
        )
        yield message, text, verdict, error if verdict.may_send else ""


def _change(verdict: Verdict, error: str, at: datetime) -> tuple:
    """The columns to write, as a key: messages with one verdict are written in one statement."""
    if verdict.reason:
        return (("state", State.SKIPPED), ("skip_reason", verdict.reason.value))
    if verdict.must_wait:
        return (("due_at", verdict.until or at + LONGEST_WAIT),)
    if error:
        return (("state", State.FAILED), ("error", error[:300]))
    return (("state", State.SENDING), ("claimed_at", at), ("handed_at", None))


def _apply(change: dict, ids: list[int]) -> None:
    """The conditional UPDATE: only what is still queued, as the lock promises all of it is."""
    n_changed = Message.objects.filter(pk__in=ids, state=State.QUEUED).update(**change)
    if n_changed != len(ids):
        raise LostClaim(f"{len(ids) - n_changed} of {len(ids)} locked messages changed hands.")


def hand_over_all(chunk: Chunk, channel: Channel, now: Clock) -> bool:
    """Hand over one by one; false when the provider is away, and the rest is back in the queue."""
    for place, claimed in enumerate(chunk.claimed):
        envelope = envelope_for(message=claimed.message, text=claimed.text, clinic=chunk.clinic)
        if not _about_to_hand(claimed, now()):
            release([claimed], due_at=now())
            continue
        try:
            channel.send(envelope)
        except ProviderUnavailable as error:
            later = now() + wait_before_try(claimed.message.n_tries + 1)
            _back_to_queue(claimed, later, f"provider unavailable: {error}")
            release(chunk.claimed[place + 1 :], due_at=later)
            return False
        except TryLater as error:
            _try_again_or_give_up(claimed, now(), f"asked to try later: {error}")
        except MessageRefused as error:
            _settle(claimed, state=State.FAILED, error=f"refused: {error}"[:300])
        except OutcomeUnknown as error:
            _settle(claimed, state=State.UNKNOWN, error=f"no answer: {error}"[:300])
        else:
            mark_sent(claimed, at=now())
    return True


@transaction.atomic
def _about_to_hand(message: Claimed, at: datetime) -> bool:
    """The last look: the claim is still ours, the campaign still runs, nobody unsubscribed."""
    suppressed = Suppression.objects.filter(
        channel=OuterRef("channel"), address=OuterRef("address")
    )
    running = Campaign.objects.filter(pk=OuterRef("campaign_id"), state=Campaign.State.RUNNING)
    rows = _ours(message).filter(Exists(running), ~Exists(suppressed), handed_at__isnull=True)
    return bool(rows.update(handed_at=at, n_tries=F("n_tries") + 1))


def _ours(message: Claimed):
    return Message.objects.filter(pk=message.pk, state=State.SENDING, claimed_at=message.claimed_at)


@transaction.atomic
def release(messages: list[Claimed], *, due_at: datetime) -> None:
    """Back to the queue: what was claimed and never handed over."""
    for message in messages:
        _ours(message).filter(handed_at__isnull=True).update(
            state=State.QUEUED, due_at=due_at, claimed_at=None
        )


@transaction.atomic
def _back_to_queue(claimed: Claimed, due_at: datetime, error: str) -> None:
    """Handed over, and known not to have been taken."""
    _ours(claimed).update(
        state=State.QUEUED, due_at=due_at, claimed_at=None, handed_at=None, error=error[:300]
    )


def _try_again_or_give_up(claimed: Claimed, at: datetime, error: str) -> None:
    n_tries = claimed.message.n_tries + 1
    if n_tries >= MAX_TRIES:
        _settle(claimed, state=State.FAILED, error=error[:300])
    else:
        _back_to_queue(claimed, at + wait_before_try(n_tries), error)


@transaction.atomic
def _settle(message: Claimed, **outcome: str) -> None:
    _ours(message).update(**outcome)


@transaction.atomic
def mark_sent(message: Claimed, *, at: datetime) -> None:
    """The provider took it. Also where the sweeper had given the answer up as unknown."""
    rows = Message.objects.filter(
        pk=message.pk, state__in=[State.SENDING, State.UNKNOWN], claimed_at=message.claimed_at
    )
    if rows.update(state=State.SENT, sent_at=at, error=""):
        sent = Message.objects.select_related("customer", "campaign").get(pk=message.pk)
        record_event(
            kind="message.sent",
            customer=sent.customer,
            occurred_at=at,
            source_key=f"message:{sent.pk}",
            at=at,
            payload={"campaign_id": sent.campaign_id, "campaign": sent.campaign.name},
        )


def wait_before_try(n_tries: int) -> timedelta:
    """1, 2, 4 … minutes, at most half an hour."""
    return min(timedelta(minutes=2 ** min(n_tries - 1, 10)), LONGEST_WAIT)
