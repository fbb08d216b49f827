"""A customer's yes and no. A no takes effect at once; a yes never returns by mere repetition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from customers.models import Consent, Customer
from customers.services.bulk_rows import insert_rows, new_ids, update_rows
from customers.services.timeline import Event, record_events

Slot = tuple[int, str, str]  # customer, purpose, channel


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """said_at: when the person said it, if the one who reports it knows; else None.

    Without it a yes opens a consent only where none was ever withdrawn: a booking system that
    repeats its old yes with every update must not undo an unsubscribe.
    """

    customer_id: int
    purpose: str
    channel: str
    is_given: bool
    said_at: datetime | None = None
    text_version: str = ""


@dataclass(slots=True)
class _State:
    """What holds for one customer, purpose and channel while the changes are read in order."""

    open_id: int | None = None
    given_at: datetime | None = None
    withdrawn_at: datetime | None = None


def give(
    *,
    customer: Customer,
    purpose: str,
    channel: str,
    at: datetime,
    source: str,
    text_version: str = "",
) -> bool:
    """The customer says yes now; whether that changed anything."""
    change = ConsentChange(customer.pk, purpose, channel, True, at, text_version)
    return bool(apply_changes([change], at=at, source=source))


def withdraw(*, customer: Customer, purpose: str, channel: str, at: datetime, source: str) -> bool:
    """The customer says no now; whether that changed anything."""
    change = ConsentChange(customer.pk, purpose, channel, False, at)
    return bool(apply_changes([change], at=at, source=source))


@transaction.atomic
def apply_changes(
    changes: Sequence[ConsentChange], *, at: datetime, source: str
) -> list[ConsentChange]:
    """Apply many in order; those that changed something. Events are recorded."""
    if not changes:
        return []
    states = _states({change.customer_id for change in changes})
    opened: dict[int, dict] = {}
    closed: dict[int, dict] = {}
    events: list[Event] = []
    effective = []
    ids = iter(new_ids(Consent, sum(change.is_given for change in changes)))
    for change in changes:
        slot = (change.customer_id, change.purpose, change.channel)
        state = states.setdefault(slot, _State())
        said_at = min(change.said_at or at, at)
        if change.is_given and _may_open(state, change, said_at):
            pk = next(ids)
            opened[pk] = _row(pk, change, said_at, source)
            state.open_id, state.given_at = pk, said_at
        elif not change.is_given and _may_close(state, change):
            pk, said_at = state.open_id, max(said_at, state.given_at)
            if pk in opened:
                opened[pk]["withdrawn_at"] = said_at
            else:
                closed[pk] = {"id": pk, "withdrawn_at": said_at}
            state.open_id, state.withdrawn_at = None, said_at
        else:
            continue
        effective.append(change)
        events.append(_event(change, pk, said_at))
    update_rows(Consent, list(closed.values()))
    insert_rows(Consent, list(opened.values()))
    if events:
        record_events(events, at=at)
    return effective


def _states(customer_ids: set[int]) -> dict[Slot, _State]:
    states: dict[Slot, _State] = {}
    # Locked: a yes and a no of the same moment must see each other.
    rows = Consent.objects.filter(customer_id__in=customer_ids).order_by("pk").select_for_update()
    for consent in rows:
        slot = (consent.customer_id, consent.purpose, consent.channel)
        state = states.setdefault(slot, _State())
        if consent.withdrawn_at is None:
            state.open_id, state.given_at = consent.pk, consent.given_at
        elif state.withdrawn_at is None or consent.withdrawn_at > state.withdrawn_at:
            state.withdrawn_at = consent.withdrawn_at
    return states


def _may_open(state: _State, change: ConsentChange, said_at: datetime) -> bool:
    if state.open_id is not None:
        return False
    if state.withdrawn_at is None:
        return True
    return change.said_at is not None and said_at > state.withdrawn_at


def _may_close(state: _State, change: ConsentChange) -> bool:
    if state.open_id is None:
        return False
    return change.said_at is None or change.said_at >= state.given_at


def _row(pk: int, change: ConsentChange, said_at: datetime, source: str) -> dict:
    return {
        "id": pk,
        "customer_id": change.customer_id,
        "purpose": change.purpose,
        "channel": change.channel,
        "given_at": said_at,
        "withdrawn_at": None,
        "source": source,
        "text_version": change.text_version,
    }


def _event(change: ConsentChange, pk: int, said_at: datetime) -> Event:
    return Event(
        kind="consent.given" if change.is_given else "consent.withdrawn",
        customer_id=change.customer_id,
        occurred_at=said_at,
        source_key=f"consent:{pk}",
        payload={"purpose": change.purpose, "channel": change.channel},
    )
