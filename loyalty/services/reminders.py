"""Before points end their owner can be told: an event 30 days and one 7 days ahead, each once.

`points.expiring` is what campaigns start from. One event stands for all points of an account that
end on the same day.
"""

from datetime import date, datetime, timedelta

from django.db.models import Q, Sum

from customers.models import CustomerEvent
from customers.services.timeline import Event, record_events
from loyalty.models import PointLot

KIND = "points.expiring"
DAYS_BEFORE = (30, 7)  # the farthest first


def remind_of_expiry(*, on: date, at: datetime) -> int:
    """Record the reminders that are due on a local day; how many. Safe to repeat.

    Where nights were missed only the nearest threshold is told: nobody hears «30 days» with 5 left.
    """
    due = _ending(on)
    events = {_key(row, on): row for row in due}
    told = CustomerEvent.objects.filter(kind=KIND, source_key__in=list(events))
    known = set(told.values_list("source_key", flat=True))
    new = [_event(key, row, at) for key, row in events.items() if key not in known]
    if new:
        record_events(new, at=at)
    return len(new)


def _ending(on: date) -> list[dict]:
    """Accounts with what ends when, within the farthest threshold; merged customers left out."""
    soon = Q(expires_on__gt=on, expires_on__lte=on + timedelta(days=DAYS_BEFORE[0]))
    lots = PointLot.objects.filter(
        soon, remaining__gt=0, account__customer__merged_into__isnull=True
    )
    rows = lots.order_by().values("account_id", "account__customer_id", "expires_on")
    return list(rows.annotate(points=Sum("remaining")))


def _key(row: dict, on: date) -> str:
    n_days = (row["expires_on"] - on).days
    threshold = min(days for days in DAYS_BEFORE if n_days <= days)
    return f"expiring:{row['account_id']}:{row['expires_on']}:{threshold}"


def _event(key: str, row: dict, at: datetime) -> Event:
    return Event(
        kind=KIND,
        customer_id=row["account__customer_id"],
        occurred_at=at,
        source_key=key,
        payload={
            "points": row["points"],
            "expires_on": row["expires_on"].isoformat(),
            "days_before": int(key.rpartition(":")[2]),
        },
    )
