"""What subscriptions want to hear is written in the transaction of the event itself."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from customers.models import Delivery, Subscription
from customers.services.bulk_rows import insert_rows
from customers.services.outgoing.kinds import OUTGOING, payload
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import current_clinic_id


def all_subscriptions() -> list[Subscription]:
    """The clinic's, paused ones included."""
    return list(Subscription.objects.order_by("pk"))


def listeners(
    kinds: Iterable[str], *, among: Sequence[Subscription] | None = None
) -> list[Subscription]:
    """The clinic's subscriptions to any of these kinds, paused ones included.

    among: all of them, where they were read before.
    """
    wanted = set(kinds) & set(OUTGOING)
    if not wanted:
        return []
    rows = all_subscriptions() if among is None else among
    return [row for row in rows if wanted & set(row.kinds)]


def queue_deliveries(
    rows: Sequence[Mapping[str, Any]], *, subscriptions: Sequence[Subscription], at: datetime
) -> None:
    """One delivery an event and subscription, in the order given.

    rows: columns of CustomerEvent, only of events that are new or were changed.
    """
    clinic = Clinic.objects.get(pk=current_clinic_id())
    for subscription in subscriptions:
        mine = [row for row in rows if row["kind"] in subscription.kinds]
        insert_rows(Delivery, [_delivery(row, subscription, clinic, at) for row in mine])
        if mine and not subscription.is_paused:
            enqueue("customers.send_deliveries", subscription_id=subscription.pk)


def _delivery(
    row: Mapping[str, Any], subscription: Subscription, clinic: Clinic, at: datetime
) -> dict[str, Any]:
    body = payload(
        kind=row["kind"],
        customer_id=row["customer_id"],
        source_key=row["source_key"],
        occurred_at=row["occurred_at"],
        amount_minor=row["amount_minor"],
        currency=clinic.currency,
        facts=row["payload"],
    )
    return {
        "subscription_id": subscription.pk,
        "customer_id": row["customer_id"],
        "message_id": f"evt_{uuid4().hex}",
        "kind": row["kind"],
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        "state": Delivery.State.QUEUED.value,
        "due_at": at,
        "retry_from": at,
        "n_tries": 0,
        "last_error": "",
        "created_at": at,
    }
