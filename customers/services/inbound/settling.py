"""What became of a record, in words: done, waiting for another one, or parked with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from customers.models import IntakeRecord, Source
from customers.services.bulk_rows import update_rows
from customers.services.inbound.applying import Result
from customers.services.inbound.reading import Reading
from customers.services.intake import Outcome
from customers.tombstones import ERASED

State = IntakeRecord.State
WAIT_AT_MOST = timedelta(days=3)
LONGEST_PAUSE = timedelta(hours=6)
# What the intake says of a record whose other half has not come yet → the kind it waits for.
_WAITS = {
    "unknown_customer": "customer",
    "unknown_referrer": "customer",
    "unknown_sale": "sale",
    "required": "",  # a part of an object we do not know yet: it waits for the rest of itself
}
_WAITED_FOR = ("customer_external_id", "referrer_external_id", "refund_of")
# What is known of a record before anything is made of it.
BLANK = {
    "kind": "",
    "external_id": "",
    "version": None,
    "outcome": "",
    "field": "",
    "code": "",
    "reason": "",
    "waits_for": "",
    "try_at": None,
}
UNREAD = BLANK | {"state": State.RECEIVED.value, "n_repeats": 0, "n_tries": 0, "settled_at": None}
_BEST_FIRST = ("created", "updated", "unchanged", "older")


@dataclass(frozen=True)
class Settlement:
    """The columns to write to one record, and the objects that are newly in our books."""

    record: IntakeRecord
    columns: dict
    applied: tuple[str, ...] = field(default=())  # "kind:external id"


def ignored(record: IntakeRecord) -> Settlement:
    return Settlement(record, {"state": State.DONE.value, "outcome": "ignored"})


def parked(record: IntakeRecord, code: str, where: str, message: str) -> Settlement:
    columns = {"state": State.PARKED.value, "code": code, "field": where[:60]}
    return Settlement(record, columns | {"reason": message[:500]})


def settlement_of(
    record: IntakeRecord,
    readings: list[Reading],
    results: list[Result],
    source: str,
    at: datetime,
) -> Settlement:
    """Done when everything in it is; otherwise waiting or parked for the first that is not."""
    columns: dict = {}
    if len(readings) == 1:
        columns = {name: getattr(readings[0], name) for name in ("kind", "external_id", "version")}
    applied = tuple(
        _name(reading)
        for reading, result in zip(readings, results, strict=True)
        if result.state == "applied"
    )
    for reading, result in zip(readings, results, strict=True):
        if result.state == "refused" and result.outcome is not None:
            columns |= _held_up(record, reading, result.outcome, source, at)
            break
    else:
        said = {r.outcome.state if r.outcome else "older" for r in results}
        columns |= {"state": State.DONE.value, "outcome": next(w for w in _BEST_FIRST if w in said)}
    return Settlement(record, columns, applied)


def _held_up(
    record: IntakeRecord, reading: Reading, outcome: Outcome, source: str, at: datetime
) -> dict:
    columns = {
        "state": State.PARKED.value,
        "code": outcome.code,
        "field": outcome.field[:60],
        "reason": outcome.message[:500],
    }
    may_wait = outcome.code in _WAITS and at - record.received_at < WAIT_AT_MOST
    if not may_wait:
        return columns
    pause = min(timedelta(minutes=2 ** min(record.n_tries, 12)), LONGEST_PAUSE)
    waits_for = _waits_for(reading, outcome, source)
    return columns | {"state": State.WAITING.value, "waits_for": waits_for, "try_at": at + pause}


def _waits_for(reading: Reading, outcome: Outcome, source: str) -> str:
    """What must come first; "" when we cannot name it and look again from time to time."""
    if outcome.code == "required":
        return _name(reading)
    if outcome.field not in _WAITED_FOR:
        return ""
    other_source = getattr(reading.record, "customer_source", None)
    if outcome.field == "customer_external_id" and other_source not in {None, source}:
        return ""
    wanted = (getattr(reading.record, outcome.field) or "").strip()
    return f"{_WAITS[outcome.code]}:{wanted}"[:140]


def _name(reading: Reading) -> str:
    return f"{reading.kind}:{reading.external_id}"


def settle_all(settled: Iterable[Settlement], *, at: datetime) -> None:
    settled = list(settled)
    rows = [
        {
            "id": one.record.pk,
            **BLANK,
            **one.columns,
            "n_tries": one.record.n_tries + 1,
            "settled_at": at,
        }
        for one in settled
    ]
    update_rows(IntakeRecord, rows)
    _forget_erased([one.record.pk for one in settled if one.columns.get("code") == ERASED])


def _forget_erased(ids: list[int]) -> None:
    """What tells of an erased person is not kept; that it was refused, and why, is."""
    if ids:
        IntakeRecord.objects.filter(pk__in=ids).update(body=b"", headers={}, external_id="")


def wake_waiting(source: Source, settled: Iterable[Settlement]) -> None:
    """What waited for something that is in now is looked at again, in this same task."""
    names = {name for one in settled for name in one.applied}
    if names:
        IntakeRecord.objects.filter(source=source, state=State.WAITING, waits_for__in=names).update(
            state=State.RECEIVED
        )
