"""Handing over what was claimed: the intent is written, the provider called, the outcome written.

Intents and outcomes are written for some messages at a time: as many as go out in half a second,
at most 50. So a pause or an opt-out holds from the next half second, and a worker that dies leaves
at most that many messages of which nobody can say whether they went out.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from campaigns import faults
from campaigns.channels.contract import (
    Channel,
    MessageRefused,
    OutcomeUnknown,
    ProviderClass,
    ProviderUnavailable,
    TryLater,
)
from campaigns.models import Campaign, Message
from campaigns.services.claiming import Chunk, Claimed
from campaigns.services.outcomes import Became, Outcome, wait_before_try, write_outcomes
from campaigns.services.providers import Lines
from tenancy.scope import current_clinic_id

MOST_INTENTS = 50
STEP_SECONDS = 0.5  # of handing over between two looks at what was stopped or taken back
GOOD_FOR = timedelta(minutes=1)  # a verdict; then whoever still waits is judged afresh
REPEATS_AT_ONCE = 2  # of an unclear answer of a provider that remembers a reference for a while

Clock = Callable[[], datetime]
State = Message.State


@dataclass
class _Pace:
    """How many go out in STEP_SECONDS, by what the last ones took."""

    size: int = 4

    def learn(self, n_sent: int, seconds: float, *, is_cut: bool) -> None:
        if is_cut:
            self.size = max(1, n_sent)
        elif n_sent:
            fits = int(STEP_SECONDS * n_sent / max(seconds, 1e-6))
            self.size = max(1, min(MOST_INTENTS, fits, self.size * 4))


def hand_over_all(chunk: Chunk, lines: Lines, now: Clock) -> bool:
    """Hand over, a carrier at a time; false when the campaign stopped or a provider is away, and
    what was not handed over is back in the queue."""
    goes_on = True
    for mine in _by_carrier(chunk.claimed):
        carrier = mine[0].carrier
        try:
            channel = lines.to(carrier.channel, carrier.account_id)
        except ProviderUnavailable as error:
            later = now() + wait_before_try(mine[0].slip.n_tries + 1)
            release(mine, due_at=later, error=f"provider unavailable: {error}")
            goes_on = False
            continue
        goes_on &= _hand_over(mine, channel, chunk, now)
    return goes_on


def _by_carrier(claimed: Sequence[Claimed]) -> Iterator[list[Claimed]]:
    groups: dict[tuple, list[Claimed]] = {}
    for one in claimed:
        groups.setdefault((one.carrier.channel, one.carrier.account_id), []).append(one)
    yield from groups.values()


def _hand_over(mine: list[Claimed], channel: Channel, chunk: Chunk, now: Clock) -> bool:
    pace, place = _Pace(), 0
    outcomes: list[Outcome] = []  # of the calls made last, still to be noted
    while place < len(mine):
        if now() - mine[0].claimed_at > GOOD_FOR:
            release(mine[place:], due_at=now())
            break
        some = mine[place : place + pace.size]
        place += len(some)
        going = _intend(some, outcomes, channel, now())
        if not going and not _is_running(chunk):
            release(mine[place:], due_at=now())
            return False
        started = time.monotonic()
        outcomes, error = _call_all(going, channel)
        left = going[len(outcomes) :]
        pace.learn(len(outcomes), time.monotonic() - started, is_cut=bool(left))
        if left:
            write_outcomes(outcomes, channel=channel, at=now())
            outcomes = []
        if error is not None:
            later = now() + wait_before_try(left[0].slip.n_tries + 1)
            take_back(left[:1], due_at=later, error=f"provider unavailable: {error}")
            take_back(left[1:], due_at=later, n_tries_back=1)
            release(mine[place:], due_at=later)
            return False
        take_back(left, due_at=now(), n_tries_back=1)  # the half second was over
    write_outcomes(outcomes, channel=channel, at=now())
    faults.point("after_mark")
    return True


def _intend(
    some: list[Claimed], outcomes: list[Outcome], channel: Channel, at: datetime
) -> list[Claimed]:
    """One commit notes what became of the last calls and which are made next."""
    with transaction.atomic():
        write_outcomes(outcomes, channel=channel, at=at)
        ours = about_to_hand(some, at)
        if len(ours) < len(some):
            release([one for one in some if one.pk not in ours], due_at=at)
    faults.point("after_intent")
    return [one for one in some if one.pk in ours]


def _call_all(
    going: Sequence[Claimed], channel: Channel
) -> tuple[list[Outcome], ProviderUnavailable | None]:
    """(what became of the first of them, why the provider takes no more); stops in time."""
    outcomes: list[Outcome] = []
    until = time.monotonic() + STEP_SECONDS
    for one in going:
        if outcomes and time.monotonic() > until:
            break
        faults.point("mid_call")
        try:
            outcomes.append(_call(one, channel))
        except ProviderUnavailable as error:
            return outcomes, error
        faults.point("after_reply")
    return outcomes, None


def _call(one: Claimed, channel: Channel) -> Outcome:
    """Raises ProviderUnavailable. A «no» to a repetition says nothing of the call before it."""
    n_calls = 1 + (REPEATS_AT_ONCE if channel.repeat_within is not None else 0)
    error = ""
    for _call_no in range(n_calls):
        try:
            taken = channel.send(one.envelope)
        except (ProviderUnavailable, TryLater, MessageRefused) as no:
            if error:
                break
            if isinstance(no, ProviderUnavailable):
                raise
            if isinstance(no, TryLater):
                return Outcome(one, Became.LATER, f"asked to try later: {no}")
            return Outcome(one, Became.REFUSED, f"refused: {no}")
        except OutcomeUnknown as unclear:
            error = f"no answer: {unclear}"
        else:
            return Outcome(one, Became.SENT, "", taken)
    may_repeat = channel.repeat_within is None and channel.provider_class in (
        ProviderClass.KEYED,
        ProviderClass.HUMAN,
    )
    return Outcome(one, Became.AGAIN if may_repeat else Became.UNCLEAR, error)


# Sub-selects with LIMIT are looked up for each of the few messages; as EXISTS the planner joins
# them with all consents of the clinic.
_ABOUT_TO_HAND = """
UPDATE campaigns_message message SET handed_at = %(at)s, n_tries = n_tries + 1
FROM campaigns_campaign campaign
WHERE message.clinic_id = %(clinic)s AND message.id = ANY (%(ids)s)
    AND message.state = 'sending' AND message.claimed_at = %(claimed_at)s
    AND message.handed_at IS NULL
    AND campaign.clinic_id = %(clinic)s AND campaign.id = message.campaign_id
    AND campaign.state = 'running'
    AND (SELECT true FROM campaigns_suppression suppression
        WHERE suppression.clinic_id = %(clinic)s AND suppression.channel = message.channel
            AND suppression.address = message.address
            AND (campaign.purpose <> 'service' OR suppression.reason <> 'unsubscribed')
        LIMIT 1) IS NULL
    AND (SELECT true FROM customers_customer person
        WHERE person.clinic_id = %(clinic)s AND person.id = message.customer_id
            AND person.erased_at IS NULL AND person.died_on IS NULL
        LIMIT 1)
    AND (campaign.purpose = 'service' OR (
        SELECT true FROM customers_consent consent
        WHERE consent.clinic_id = %(clinic)s AND consent.customer_id = message.customer_id
            AND consent.purpose = 'marketing' AND consent.withdrawn_at IS NULL
            AND consent.channel = CASE message.channel WHEN 'wecom' THEN 'wechat'
                ELSE message.channel END
        LIMIT 1))
RETURNING message.id
"""


@transaction.atomic(savepoint=False)
def about_to_hand(some: Sequence[Claimed], at: datetime) -> set[int]:
    """The last look, written before any call: which are still ours, of a campaign that runs, to
    somebody who lives, and was not erased and has not said no since."""
    if not some:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            _ABOUT_TO_HAND,
            {
                "at": at,
                "clinic": current_clinic_id(),
                "ids": [one.pk for one in some],
                "claimed_at": some[0].claimed_at,
            },
        )
        return {pk for (pk,) in cursor.fetchall()}


@transaction.atomic
def _is_running(chunk: Chunk) -> bool:
    running = Campaign.objects.filter(state=Campaign.State.RUNNING)
    return chunk.campaign is not None and running.filter(pk=chunk.campaign.pk).exists()


@transaction.atomic
def release(some: Sequence[Claimed], *, due_at: datetime, error: str = "") -> None:
    """Back to the queue: what was claimed and never handed over."""
    if some:
        _ours(some).filter(handed_at__isnull=True).update(
            state=State.QUEUED, due_at=due_at, claimed_at=None, error=error[:300]
        )


@transaction.atomic
def take_back(
    some: Sequence[Claimed], *, due_at: datetime, error: str = "", n_tries_back: int = 0
) -> None:
    """Back to the queue: the intent was written, and the provider is known not to have it."""
    if not some:
        return
    _ours(some).update(
        state=State.QUEUED, due_at=due_at, claimed_at=None, handed_at=None, error=error[:300],
        n_tries=F("n_tries") - n_tries_back,
    )  # fmt: skip


def _ours(some: Sequence[Claimed]):
    return Message.objects.filter(
        pk__in=[one.pk for one in some], state=State.SENDING, claimed_at=some[0].claimed_at
    )
