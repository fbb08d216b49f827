"""The treatment catalogue, many entries at once, by code."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Treatment
from customers.search_words import fold
from customers.services import before_images
from customers.services.bulk_rows import insert_rows, new_ids, update_rows
from customers.services.intake import cleaning
from customers.services.intake.batch import Refused
from customers.services.intake.records import Outcome, State
from tenancy.turns import wait_for_turn

TEXTS = ("name", "category", "nature", "level")
INTERVALS = ("interval_days", "interval_min_days", "interval_max_days")
MAX_DAYS = 3650
MAX_SESSIONS = 1000


@dataclass(frozen=True, slots=True)
class TreatmentRecord:
    """None: not said. The three intervals are days; 0 takes one away."""

    code: str
    name: str | None = None
    category: str | None = None
    nature: str | None = None  # a value of Treatment.Nature, ""
    level: str | None = None  # a value of Treatment.Level, ""
    interval_days: int | None = None
    interval_min_days: int | None = None
    interval_max_days: int | None = None
    min_clinical_interval_days: int | None = None
    course_length: int | None = None
    price_minor: int | None = None
    cost_minor: int | None = None
    is_active: bool | None = None


COLUMNS = tuple(f.name for f in fields(TreatmentRecord))
_FIELDS = {f.name: f for f in Treatment._meta.local_fields}
_NEW: dict[str, Any] = {
    "category": "", "nature": "", "level": "", "interval_days": None, "interval_min_days": None,
    "interval_max_days": None, "min_clinical_interval_days": 0, "course_length": 1,
    "price_minor": None, "cost_minor": None, "is_active": True,
}  # fmt: skip


@dataclass(slots=True)
class _Entry:
    """One entry of the catalogue while the batch is at work."""

    row: dict[str, Any]
    is_new: bool = False
    is_changed: bool = False
    indexes: list[tuple[int, State]] = field(default_factory=list)


@transaction.atomic
def upsert_treatments(*, records: Sequence[TreatmentRecord]) -> list[Outcome]:
    """Create or update entries by code, whatever its case; one outcome a record, in order."""
    wait_for_turn("intake:treatments")
    known = {fold(row["code"]): _Entry(row) for row in Treatment.objects.values("id", *COLUMNS)}
    outcomes: dict[int, Outcome] = {}
    for index, record in enumerate(records):
        try:
            _take(known, index, record)
        except Refused as reason:
            outcomes[index] = Outcome(
                index, "refused", None, reason.field, reason.code, reason.message
            )
    _write(list(known.values()))
    for entry in known.values():
        for index, state in entry.indexes:
            outcomes[index] = Outcome(index, state, entry.row["id"])
    return [outcomes[index] for index in range(len(records))]


def _take(known: dict[str, _Entry], index: int, record: TreatmentRecord) -> None:
    """Put what the record says over what stands. Raises Refused."""
    said = _said(record)
    key = fold(said.pop("code"))
    entry = known.get(key)
    row = {**(entry.row if entry else {"code": record.code.strip(), **_NEW}), **said}
    _check(row)
    if entry is None:
        known[key] = _Entry(row, is_new=True, indexes=[(index, "created")])
        return
    is_changed = row != entry.row
    entry.row, entry.is_changed = row, entry.is_changed or is_changed
    entry.indexes.append((index, "updated" if is_changed else "unchanged"))


def _said(record: TreatmentRecord) -> dict[str, Any]:
    said = {name: value for name in COLUMNS if (value := getattr(record, name)) is not None}
    said["code"] = cleaning.text(_FIELDS["code"], record.code)
    for name in TEXTS:
        if name in said:
            said[name] = cleaning.text(_FIELDS[name], said[name])
    for name in INTERVALS:
        if name in said:
            said[name] = said[name] or None
    if not said["code"]:
        raise Refused("code", "required", _("The treatment has no code."))
    return said


def _check(row: dict[str, Any]) -> None:
    if not row.get("name"):
        raise Refused("name", "required", _("This treatment is new to us, so the name is needed."))
    usual, least, most = (row[name] for name in INTERVALS)
    if usual is None and (least is not None or most is not None):
        raise Refused(
            "interval_days", "required", _("A range of days needs the usual interval, too.")
        )
    if usual is not None and not (least or usual) <= usual <= (most or usual):
        raise Refused(
            "interval_days",
            "outside_range",
            _("The usual interval must lie between interval_min_days and interval_max_days."),
        )


def _write(entries: list[_Entry]) -> None:
    new = [entry for entry in entries if entry.is_new]
    for entry, pk in zip(new, new_ids(Treatment, len(new)), strict=True):
        entry.row["id"] = pk
    insert_rows(Treatment, [entry.row for entry in new])
    changed = [entry.row for entry in entries if entry.is_changed and not entry.is_new]
    before_images.changing(Treatment, [row["id"] for row in changed])
    update_rows(Treatment, changed)
