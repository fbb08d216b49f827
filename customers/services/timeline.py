"""The timeline: events are written with what they tell of, and whoever listens is nudged once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from customers.models import Customer, CustomerEvent, Subscription
from customers.services.bulk_rows import insert_rows, insert_rows_returning
from customers.services.outgoing.queueing import listeners, queue_deliveries
from tenancy.queue import route_event

_SUPERSEDE = (
    "(clinic_id, kind, source_key) DO UPDATE SET customer_id = EXCLUDED.customer_id,"
    " occurred_at = EXCLUDED.occurred_at, amount_minor = EXCLUDED.amount_minor,"
    " payload = EXCLUDED.payload"
    " WHERE (customers_customerevent.customer_id, customers_customerevent.occurred_at,"
    " customers_customerevent.amount_minor, customers_customerevent.payload) IS DISTINCT FROM"
    " (EXCLUDED.customer_id, EXCLUDED.occurred_at, EXCLUDED.amount_minor, EXCLUDED.payload)"
)


@dataclass(frozen=True, slots=True)
class Event:
    """kind: a row of event_routes.py. source_key: what it tells of, such as "sale:12".

    payload: plain values to show, never personal data.
    """

    kind: str
    customer_id: int
    occurred_at: datetime
    source_key: str
    amount_minor: int | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic(savepoint=False)  # a part of whatever happened; asked for often
def record_events(
    events: Sequence[Event], *, at: datetime, subscriptions: Sequence[Subscription] | None = None
) -> None:
    """Write all events; one told before, under its kind and source key, is superseded.

    subscriptions: all of the clinic, where they were read before.
    """
    rows = {
        (event.kind, event.source_key): {
            "kind": event.kind,
            "customer_id": event.customer_id,
            "occurred_at": event.occurred_at,
            "source_key": event.source_key,
            "amount_minor": event.amount_minor,
            "payload": event.payload,
            "created_at": at,
        }
        for event in events
    }
    _write(rows, at, listeners({event.kind for event in events}, among=subscriptions))
    route_event(*{event.kind for event in events})


def _write(
    rows: dict[tuple[str, str], dict[str, Any]], at: datetime, subscriptions: Sequence[Subscription]
) -> None:
    """The events, and a delivery of each that is new or changed for whoever subscribed to it."""
    if not subscriptions:
        insert_rows(CustomerEvent, list(rows.values()), on_conflict=_SUPERSEDE)
        return
    written = insert_rows_returning(
        CustomerEvent,
        list(rows.values()),
        on_conflict=_SUPERSEDE,
        returning=("kind", "source_key"),
    )
    changed = set(written)
    told = [row for key, row in rows.items() if key in changed]
    queue_deliveries(told, subscriptions=subscriptions, at=at)


def record_event(
    *,
    kind: str,
    customer: Customer,
    occurred_at: datetime,
    source_key: str,
    at: datetime,
    amount_minor: int | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """One event of one customer. at: now."""
    event = Event(kind, customer.pk, occurred_at, source_key, amount_minor, payload or {})
    record_events([event], at=at)


def take_back_events(source_keys: Iterable[str], *, kinds: Iterable[str]) -> None:
    """Remove what turned out not to have happened, such as an attended visit that was none."""
    CustomerEvent.objects.filter(kind__in=list(kinds), source_key__in=list(source_keys)).delete()


def move_events(source_key: str, *, customer_id: int) -> None:
    """What these events tell of turned out to be another customer's."""
    CustomerEvent.objects.filter(source_key=source_key).update(customer_id=customer_id)
