"""Deliveries: claim, call, mark; each step commits by itself.

At least once: a worker that dies after the call leaves a claim that the sweeper takes back, and the
same bytes go out again under the same webhook-id. In order for each customer: nobody's next event
is claimed before the one in front of it is delivered or given up.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from customers.models import Delivery, DeliveryAttempt, Subscription
from customers.services.outgoing.calling import Answer, Caller
from customers.services.outgoing.subscriptions import secrets_of
from tenancy.queue import enqueue
from tenancy.turns import wait_for_turn
from tenancy.webhook_signatures import signed_headers

CHUNK = 20
CHUNKS_A_TASK = 50  # then the task asks for itself again
RETRY_FOR = timedelta(days=3)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=3)
USER_AGENT = "clinic_crm-webhooks/1"
State = Delivery.State
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Claimed:
    """claimed_at: proof that it is ours, checked at every later step."""

    delivery: Delivery
    url: str
    claimed_at: datetime


def send_due(*, subscription_id: int, now: Clock = timezone.now) -> None:
    """Send what is due. Needs a scope that may commit step by step."""
    with Caller() as caller:
        for _round in range(CHUNKS_A_TASK):
            chunk = claim(subscription_id=subscription_id, at=now())
            if not chunk or not _send_chunk(chunk, caller, now):
                return
    with transaction.atomic():
        enqueue("customers.send_deliveries", subscription_id=subscription_id)


@transaction.atomic
def claim(*, subscription_id: int, at: datetime) -> list[Claimed]:
    """Some due deliveries, at most one a customer: the one at the head of that customer's line."""
    subscription = Subscription.objects.filter(pk=subscription_id, is_paused=False).first()
    if subscription is None:
        return []
    wait_for_turn(f"deliver:{subscription_id}")
    in_front = Delivery.objects.filter(
        subscription_id=subscription_id,
        customer_id=OuterRef("customer_id"),
        state__in=[State.QUEUED, State.SENDING],
        pk__lt=OuterRef("pk"),
    )
    due = Delivery.objects.filter(
        ~Exists(in_front), subscription_id=subscription_id, state=State.QUEUED, due_at__lte=at
    )
    chosen = list(due.order_by("due_at", "pk")[:CHUNK])
    Delivery.objects.filter(pk__in=[one.pk for one in chosen], state=State.QUEUED).update(
        state=State.SENDING, claimed_at=at
    )
    return [Claimed(one, subscription.url, at) for one in chosen]


def _send_chunk(chunk: list[Claimed], caller: Caller, now: Clock) -> bool:
    """Call one by one; false when nobody answered, and the rest is back in the queue."""
    for place, claimed in enumerate(chunk):
        mine = _about_to_call(claimed, at=now())
        if mine is None:
            continue
        answer = _call(mine, caller, at=now())
        due_at = settle(mine, answer, at=now())
        if answer.status is None and due_at is not None:
            release(chunk[place + 1 :], due_at=due_at)
            return False
    return True


@transaction.atomic
def _about_to_call(claimed: Claimed, *, at: datetime) -> Claimed | None:
    """The last look: the claim is still ours, and is ours from now on; None when it is not."""
    if _ours(claimed).update(claimed_at=at, n_tries=F("n_tries") + 1):
        return Claimed(claimed.delivery, claimed.url, at)
    return None


def _ours(claimed: Claimed):
    return Delivery.objects.filter(
        pk=claimed.delivery.pk, state=State.SENDING, claimed_at=claimed.claimed_at
    )


def _call(claimed: Claimed, caller: Caller, *, at: datetime) -> Answer:
    body = claimed.delivery.body.encode()
    with transaction.atomic():
        secrets = secrets_of(claimed.delivery.subscription_id, at=at)
    headers = signed_headers(
        secrets,
        message_id=claimed.delivery.message_id,
        sent_at=int(at.timestamp()),
        body=body,
    )
    headers |= {"content-type": "application/json", "user-agent": USER_AGENT}
    return caller.post(claimed.url, headers=headers, body=body)


@transaction.atomic
def settle(claimed: Claimed, answer: Answer, *, at: datetime) -> datetime | None:
    """Note the attempt and what follows from it; when it is due again, or None."""
    delivery = claimed.delivery
    DeliveryAttempt.objects.create(
        delivery=delivery,
        at=at,
        status=answer.status,
        latency_ms=answer.latency_ms,
        excerpt=answer.excerpt,
        error=answer.error,
    )
    outcome = {"last_status": answer.status, "last_error": answer.error, "claimed_at": None}
    if answer.is_taken:
        _ours(claimed).update(**outcome, state=State.DELIVERED, delivered_at=at)
        return None
    ends_at = delivery.retry_from + RETRY_FOR
    if at >= ends_at:
        _ours(claimed).update(**outcome, state=State.DEAD)
        return None
    due_at = min(at + wait_before_try(delivery.n_tries + 1), ends_at)
    if _ours(claimed).update(**outcome, state=State.QUEUED, due_at=due_at):
        _put_off_who_stands_behind(delivery, due_at)
    return due_at


def _put_off_who_stands_behind(delivery: Delivery, due_at: datetime) -> None:
    """They could not go before anyway, and need not be looked at."""
    Delivery.objects.filter(
        subscription_id=delivery.subscription_id,
        customer_id=delivery.customer_id,
        state=State.QUEUED,
        due_at__lt=due_at,
    ).update(due_at=due_at)


def wait_before_try(n_tries: int, jitter: Callable[[], float] = random.random) -> timedelta:
    """5, 10, 20 … seconds, at most three hours, a fifth more or less. n_tries: made so far, ≥ 1."""
    wait = min(FIRST_WAIT * 2 ** min(n_tries - 1, 20), LONGEST_WAIT)
    return wait * (0.8 + 0.4 * jitter())


@transaction.atomic
def release(claimed: list[Claimed], *, due_at: datetime) -> None:
    """Back to the queue: what was claimed and not called."""
    for one in claimed:
        _ours(one).update(state=State.QUEUED, claimed_at=None, due_at=due_at)
