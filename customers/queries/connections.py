"""How the systems outside are doing: when they last spoke, how much, what is held up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from customers.models import Delivery, IntakeRecord, Source, Subscription

DAY, MONTH = timedelta(days=1), timedelta(days=30)
_HELD_UP = [IntakeRecord.State.PARKED, IntakeRecord.State.WAITING]


@dataclass(frozen=True)
class SourceHealth:
    """Counts of one source. n_day, n_month: events received in the last 24 hours and 30 days."""

    source: Source
    last_at: datetime | None
    n_day: int
    n_month: int
    n_waiting: int
    n_parked: int


def sources_health(*, at: datetime) -> list[SourceHealth]:
    """Every source of the clinic, in three queries."""
    received = _by(
        IntakeRecord.objects.filter(received_at__gte=at - MONTH),
        "source_id",
        last_at=Max("received_at"),
        n_day=Count("pk", filter=Q(received_at__gte=at - DAY)),
        n_month=Count("pk"),
    )
    held_up = _by(
        IntakeRecord.objects.filter(state__in=_HELD_UP),
        "source_id",
        n_parked=Count("pk", filter=Q(state="parked")),
        n_waiting=Count("pk", filter=Q(state="waiting")),
    )
    return [
        SourceHealth(
            source,
            received.get(source.pk, {}).get("last_at"),
            received.get(source.pk, {}).get("n_day", 0),
            received.get(source.pk, {}).get("n_month", 0),
            held_up.get(source.pk, {}).get("n_waiting", 0),
            held_up.get(source.pk, {}).get("n_parked", 0),
        )
        for source in Source.objects.order_by("name", "pk")
    ]


def source_health(source: Source, *, at: datetime) -> SourceHealth:
    return next(one for one in sources_health(at=at) if one.source.pk == source.pk)


@dataclass(frozen=True)
class SubscriptionHealth:
    """Counts of one subscription. n_delivered: in the last 30 days."""

    subscription: Subscription
    last_at: datetime | None
    n_delivered: int
    n_waiting: int
    n_dead: int


def subscriptions_health(*, at: datetime) -> list[SubscriptionHealth]:
    """Every subscription of the clinic, in two queries."""
    counts = _by(
        Delivery.objects.filter(Q(created_at__gte=at - MONTH) | ~Q(state="delivered")),
        "subscription_id",
        last_at=Max("delivered_at"),
        n_delivered=Count("pk", filter=Q(state="delivered")),
        n_waiting=Count("pk", filter=Q(state__in=["queued", "sending"])),
        n_dead=Count("pk", filter=Q(state="dead")),
    )
    return [
        SubscriptionHealth(
            subscription,
            counts.get(subscription.pk, {}).get("last_at"),
            counts.get(subscription.pk, {}).get("n_delivered", 0),
            counts.get(subscription.pk, {}).get("n_waiting", 0),
            counts.get(subscription.pk, {}).get("n_dead", 0),
        )
        for subscription in Subscription.objects.order_by("name", "pk")
    ]


def subscription_health(subscription: Subscription, *, at: datetime) -> SubscriptionHealth:
    return next(
        one for one in subscriptions_health(at=at) if one.subscription.pk == subscription.pk
    )


def _by(rows: QuerySet, key: str, **counts: Any) -> dict[int, dict[str, Any]]:
    grouped = rows.order_by().values(key).annotate(**counts)
    return {row[key]: row for row in grouped}


def records_of(source: Source, show: str) -> QuerySet[IntakeRecord]:
    """show: "held", "all" or a state. Without the bodies, the newest first."""
    rows = IntakeRecord.objects.filter(source=source).defer("body")
    if show == "held":
        return rows.filter(state__in=_HELD_UP)
    return rows if show == "all" else rows.filter(state=show)


def deliveries_of(subscription: Subscription, show: str) -> QuerySet[Delivery]:
    """show: "all" or a state. The newest first."""
    rows = Delivery.objects.filter(subscription=subscription).defer("body")
    return rows if show == "all" else rows.filter(state=show)
