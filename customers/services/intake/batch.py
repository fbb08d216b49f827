"""One batch on its way in: which records stand, which are refused and why."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from functools import cached_property
from typing import Generic, TypeVar

from django.utils.translation import gettext as _

from customers.models import Subscription
from customers.services.intake.catalogue import Catalogue
from customers.services.intake.records import (
    AppointmentRecord,
    CustomerRecord,
    Door,
    Outcome,
    SaleRecord,
    State,
)
from customers.services.outgoing.queueing import all_subscriptions
from tenancy.clock import local_day
from tenancy.exceptions import DomainError
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.turns import wait_for_turn

Record = TypeVar("Record", CustomerRecord, AppointmentRecord, SaleRecord)

MAX_SOURCE = 60
MAX_EXTERNAL_ID = 120


class Refused(Exception):
    """One record cannot be taken. Caught by the batch, never by a door."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(code)
        self.field, self.code, self.message = field, code, message


class Batch(Generic[Record]):
    """Records of one source. `standing` are those not refused, one an external id."""

    def __init__(self, *, source: str, records: Sequence[Record], at: datetime, door: Door) -> None:
        if not source or len(source) > MAX_SOURCE or not source.isprintable():
            raise DomainError(_("The source needs a name of 1 to 60 characters."), code="source")
        self.source, self.at, self.door = source, at, door
        self.records: Sequence[Record] = records
        self.clinic = Clinic.objects.get(pk=current_clinic_id())
        self.catalogue = Catalogue(opens_branches=door == "file")
        self.standing: dict[str, Record] = {}
        self._indexes: dict[str, list[int]] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._remarks: dict[str, tuple[str, str, str]] = {}
        self._same_again: set[int] = set()
        # Two deliveries of the same record wait for each other instead of both creating it.
        wait_for_turn(f"intake:{source}")
        self._sort_in()

    def _sort_in(self) -> None:
        """Refuse records without a usable id; of an id sent twice keep what was said last."""
        for index, record in enumerate(self.records):
            key = record.external_id.strip()
            if problem := _id_problem(key):
                self._outcomes[index] = Outcome(index, "refused", None, "external_id", *problem)
                continue
            if earlier := self.standing.get(key):
                later = _said_over(earlier, record)
                if later == earlier:
                    self._same_again.add(index)
                self.standing[key] = later
            else:
                self.standing[key] = record
            self._indexes.setdefault(key, []).append(index)

    def each(self) -> Iterator[tuple[str, Record]]:
        """(external id, record) of what still stands; the caller may refuse on the way."""
        yield from list(self.standing.items())

    def refuse(self, key: str, reason: Refused) -> None:
        self.standing.pop(key, None)
        for index in self._indexes[key]:
            self._outcomes[index] = Outcome(
                index, "refused", None, reason.field, reason.code, reason.message
            )

    def remark(self, key: str, field: str, code: str, message: str) -> None:
        """Say of an accepted record that a part was left out, and why."""
        self._remarks.setdefault(key, (field, code, message))

    def leave_out_or_refuse(self, key: str, reason: Refused) -> None:
        """A detail that cannot be used: the API refuses the record, a file goes on without it."""
        if self.door == "api":
            raise reason
        self.remark(key, reason.field, reason.code, reason.message)

    def settle(self, key: str, state: State, pk: int) -> None:
        """Note what became of a record; of an id sent twice the later ones are updates."""
        remark = self._remarks.get(key, ("", "", ""))
        first, *later = self._indexes[key]
        self._outcomes[first] = Outcome(first, state, pk, *remark)
        for index in later:
            again: State = "unchanged" if index in self._same_again else "updated"
            if state == "unchanged":
                again = "unchanged"
            self._outcomes[index] = Outcome(index, again, pk, *remark)

    def outcomes(self) -> list[Outcome]:
        return [self._outcomes[index] for index in range(len(self.records))]

    @cached_property
    def zone(self):
        return self.clinic.zone

    @cached_property
    def today(self) -> date:
        return local_day(self.zone, self.at)

    @cached_property
    def subscriptions(self) -> list[Subscription]:
        """Who may want to hear of the batch; asked for before its first row is written."""
        return all_subscriptions()


def _id_problem(key: str) -> tuple[str, str] | None:
    """(code, message) of what is wrong with an external id."""
    if not key:
        return "required", _("The record has no id. Every record needs the source's own id.")
    if len(key) > MAX_EXTERNAL_ID:
        return "too_long", _("The id is longer than %(n)s characters.") % {"n": MAX_EXTERNAL_ID}
    if not key.isprintable():
        return "not_printable", _("The id contains characters that cannot be printed.")
    return None


def _said_over(earlier: Record, later: Record) -> Record:
    """The earlier record with everything the later one says."""
    said = {
        field.name: value
        for field in fields(later)
        if (value := getattr(later, field.name)) is not None and field.name != "external_id"
    }
    return replace(earlier, **said)
