"""A customer's yes and no. A no takes effect at once; a yes never returns by mere repetition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from customers.models import Consent, Customer
from customers.services import before_images
from customers.services.bulk_rows import insert_rows, new_ids, update_rows
from customers.services.timeline import Event, record_events

Effect = Literal["changed", "unchanged", "outdated"]
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
    proof: str = ""  # how a yes can be shown: a form's number, where a recording lies


@dataclass(slots=True)
class _State:
    """What holds for one customer, purpose and channel while the changes are read in order."""

    open_row: dict[str, Any] | None = None
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
    return apply_changes([change], at=at, source=source) == ["changed"]


def withdraw(*, customer: Customer, purpose: str, channel: str, at: datetime, source: str) -> bool:
    """The customer says no now; whether that changed anything."""
    change = ConsentChange(customer.pk, purpose, channel, False, at)
    return apply_changes([change], at=at, source=source) == ["changed"]


@transaction.atomic
def apply_changes(changes: Sequence[ConsentChange], *, at: datetime, source: str) -> list[Effect]:
    """Apply many in order, and say of each what it did. Events are recorded.

    "outdated": a yes that came too late or without its time, after a no.
    """
    found = _Reading(changes, at=at, source=source)
    changed = {c.customer_id for c, e in zip(changes, found.effects, strict=True) if e == "changed"}
    if changed:
        # A yes and a no of the same moment: one after the other.
        locked = Customer.objects.filter(pk__in=changed).order_by("pk")
        list(locked.select_for_update(no_key=True).values_list("pk"))
        found = _Reading(changes, at=at, source=source)
        found.write()
    return found.effects


class _Reading:
    """The changes read in order over what stands; nothing is written before `write`."""

    def __init__(self, changes: Sequence[ConsentChange], *, at: datetime, source: str) -> None:
        self._at, self._source = at, source
        self._states = _states({change.customer_id for change in changes})
        self._opened: list[dict[str, Any]] = []
        self._closed: list[dict[str, Any]] = []
        self._told: list[tuple[ConsentChange, dict[str, Any], datetime]] = []
        self.effects: list[Effect] = [self._read(change) for change in changes]

    def _read(self, change: ConsentChange) -> Effect:
        slot = (change.customer_id, change.purpose, change.channel)
        state = self._states.setdefault(slot, _State())
        said_at = min(change.said_at or self._at, self._at)
        if change.is_given:
            return self._open(state, change, said_at)
        return self._close(state, change, said_at)

    def _open(self, state: _State, change: ConsentChange, said_at: datetime) -> Effect:
        if state.open_row is not None:
            return "unchanged"
        if state.withdrawn_at and (change.said_at is None or said_at <= state.withdrawn_at):
            return "outdated"
        state.open_row = _row(change, said_at, self._source)
        self._opened.append(state.open_row)
        self._told.append((change, state.open_row, said_at))
        return "changed"

    def _close(self, state: _State, change: ConsentChange, said_at: datetime) -> Effect:
        row = state.open_row
        if row is None or (change.said_at is not None and change.said_at < row["given_at"]):
            return "unchanged"
        row["withdrawn_at"] = state.withdrawn_at = max(said_at, row["given_at"])
        state.open_row = None
        if row["id"] is not None:
            self._closed.append({"id": row["id"], "withdrawn_at": row["withdrawn_at"]})
        self._told.append((change, row, row["withdrawn_at"]))
        return "changed"

    def write(self) -> None:
        for row, pk in zip(self._opened, new_ids(Consent, len(self._opened)), strict=True):
            row["id"] = pk
        before_images.changing(Consent, [row["id"] for row in self._closed])
        update_rows(Consent, self._closed)
        before_images.added(Consent, self._opened)
        insert_rows(Consent, self._opened)
        record_events([_event(*told) for told in self._told], at=self._at)


def _states(customer_ids: set[int]) -> dict[Slot, _State]:
    states: dict[Slot, _State] = {}
    rows = Consent.objects.filter(customer_id__in=customer_ids) if customer_ids else ()
    for consent in rows:
        slot = (consent.customer_id, consent.purpose, consent.channel)
        state = states.setdefault(slot, _State())
        if consent.withdrawn_at is None:
            state.open_row = {"id": consent.pk, "given_at": consent.given_at}
        elif state.withdrawn_at is None or consent.withdrawn_at > state.withdrawn_at:
            state.withdrawn_at = consent.withdrawn_at
    return states


def _row(change: ConsentChange, said_at: datetime, source: str) -> dict[str, Any]:
    return {
        "id": None,  # given when it is written
        "customer_id": change.customer_id,
        "purpose": change.purpose,
        "channel": change.channel,
        "given_at": said_at,
        "withdrawn_at": None,
        "source": source,
        "text_version": change.text_version,
        "proof": change.proof,
    }


def _event(change: ConsentChange, row: dict[str, Any], said_at: datetime) -> Event:
    return Event(
        kind="consent.given" if change.is_given else "consent.withdrawn",
        customer_id=change.customer_id,
        occurred_at=said_at,
        source_key=f"consent:{row['id']}",
        payload={"purpose": change.purpose, "channel": change.channel},
    )
