"""Around the deliveries: what a dead worker left, what is sent anew, what is forgotten."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from customers.models import Delivery, Subscription
from tenancy.queue import enqueue

STALE_AFTER = timedelta(minutes=10)
KEEP_FOR = {Delivery.State.DELIVERED: timedelta(days=30), Delivery.State.DEAD: timedelta(days=90)}
MAX_FORGOTTEN_AT_ONCE = 5000
State = Delivery.State


@transaction.atomic
def replay(*, deliveries: QuerySet[Delivery], subscription: Subscription, at: datetime) -> int:
    """Send these again, under the id they had, with three days of their own; the number."""
    ended = deliveries.filter(subscription=subscription, state__in=[State.DEAD, State.DELIVERED])
    n_changed = ended.update(state=State.QUEUED, due_at=at, retry_from=at, n_tries=0)
    if n_changed:
        enqueue("customers.send_deliveries", subscription_id=subscription.pk)
    return n_changed


@transaction.atomic
def sweep(*, at: datetime) -> None:
    """Take back what a dead worker held; nudge what is due."""
    Delivery.objects.filter(state=State.SENDING, claimed_at__lte=at - STALE_AFTER).update(
        state=State.QUEUED, claimed_at=None, due_at=at
    )
    due = Delivery.objects.filter(state=State.QUEUED, due_at__lte=at, subscription__is_paused=False)
    for subscription_id in due.order_by().values_list("subscription_id", flat=True).distinct():
        enqueue("customers.send_deliveries", subscription_id=subscription_id)


@transaction.atomic
def forget_old(*, at: datetime) -> int:
    """Delete what ended long ago, some at a time, with its attempts; the number."""
    n_forgotten = 0
    for state, age in KEEP_FOR.items():
        rows = Delivery.objects.filter(state=state, created_at__lte=at - age)
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:MAX_FORGOTTEN_AT_ONCE])
        Delivery.objects.filter(pk__in=ids).delete()
        n_forgotten += len(ids)
    return n_forgotten
