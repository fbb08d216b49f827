"""One customer's whole record as a person at the desk writes it: made, and changed with care.

A record is flat: {field: value}. Columns go by their names; "phone" and "email" hold ContactDrafts;
"card" and "wechat" hold ids; "custom.<key>" a clinic's own field.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.services import search_tokens
from customers.services.contacts import contacts_as_drafts, set_contacts, settled
from customers.services.custom_values import with_values
from customers.services.own_ids import DESK_SOURCES, ids_of, set_ids
from customers.services.referrals import refuse_circle
from customers.services.timeline import record_event
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record

COLUMNS = ("name", "gender", "birth_on", "died_on", "occupation", "education", "city", "district",
           "address", "language", "zone", "acquisition_source", "home_branch", "consultant",
           "referrer", "hobbies", "notes")  # fmt: skip
KINDS = ("phone", "email")
OWN = "custom."
FOUND_BY = frozenset({"name", *KINDS, *DESK_SOURCES})
Record = Mapping[str, Any]


class ChangedMeanwhile(DomainError):
    """Somebody else saved the same fields since this person began. now: field → value that stands.

    Nothing was written.
    """

    code = "changed_meanwhile"

    def __init__(self, now: Record) -> None:
        super().__init__(_("Somebody else changed this customer while you were typing."))
        self.now = dict(now)


def record_of(customer: Customer) -> dict[str, Any]:
    """The record as it stands."""
    held: dict[str, Any] = {name: getattr(customer, name) for name in COLUMNS}
    held |= {kind: contacts_as_drafts(customer, kind) for kind in KINDS}
    held |= {source: ids_of(customer, source) for source in DESK_SOURCES}
    return held | {f"{OWN}{key}": value for key, value in customer.custom.items()}


def marks_of(record: Record) -> dict[str, str]:
    """A short mark of every value, to tell later whether it is still the same."""
    return {field: _mark(value) for field, value in record.items()}


@transaction.atomic
def register(*, said: Record, by: Membership, at: datetime, today: date) -> Customer:
    """A new customer, typed in at the desk. said: needs a name.

    Raises IdRefused and what the fields' own rules raise.
    """
    custom = with_values({}, _own_values(said))
    columns = {name: said[name] for name in COLUMNS if name in said}
    customer = Customer.objects.create(**columns, custom=custom, known_since_on=today)
    _write_parts(customer, said, at=at)
    search_tokens.rebuild([customer.pk])
    record_event(
        kind="customer.created",
        customer=customer,
        occurred_at=at,
        source_key=f"customer:{customer.pk}",
        payload={"source": "desk"},
        at=at,
    )
    record(action="customer.created", by=by, subject=customer)
    return customer


@transaction.atomic
def edit(
    *,
    customer: Customer,
    said: Record,
    by: Membership | None,
    at: datetime,
    seen: Mapping[str, str] | None = None,
    label: str = "",
) -> Customer:
    """Bring the record to what was said; fields left out stay.

    label: who else than a member of staff said it, for the trail.

    seen: `marks_of` what the person saw when they began. A field that they left as they saw it
    keeps what somebody else has written meanwhile; one that both changed raises ChangedMeanwhile.
    Raises ReferrerCircle, IdRefused.
    """
    locked = Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    held = record_of(locked)
    wanted = {
        field: value
        for field, value in said.items()
        if _mark(value) != _mark(held.get(field)) and _is_meant(field, value, seen)
    }
    if not wanted:
        return locked
    _refuse_overwriting(wanted, held, seen)
    if "referrer" in wanted:
        refuse_circle(customer_id=locked.pk, referrer=wanted["referrer"])
    _write(locked, wanted, at=at)
    detail = {"fields": sorted(wanted)}
    record(action="customer.changed", by=by, label=label, subject=locked, detail=detail)
    return locked


def _is_meant(field: str, value: Any, seen: Mapping[str, str] | None) -> bool:
    """Whether the person changed this field themselves."""
    return seen is None or _mark(value) != seen.get(field, _mark(None))


def _refuse_overwriting(wanted: Record, held: Record, seen: Mapping[str, str] | None) -> None:
    if seen is None:
        return
    both = {f: held.get(f) for f in wanted if _mark(held.get(f)) != seen.get(f, _mark(None))}
    if both:
        raise ChangedMeanwhile(both)


def _write(customer: Customer, wanted: Record, *, at: datetime) -> None:
    columns = [name for name in COLUMNS if name in wanted]
    for name in columns:
        setattr(customer, name, wanted[name])
    if own := _own_values(wanted):
        customer.custom = with_values(customer.custom, own)
        columns.append("custom")
    _write_parts(customer, wanted, at=at)
    customer.save(update_fields=[*columns, "updated_at"])
    if FOUND_BY & wanted.keys():
        search_tokens.rebuild([customer.pk])


def _write_parts(customer: Customer, said: Record, *, at: datetime) -> None:
    for kind in KINDS:
        if kind in said:
            set_contacts(customer=customer, kind=kind, drafts=said[kind], at=at)
    for source in DESK_SOURCES:
        if source in said:
            set_ids(customer=customer, source=source, external_ids=said[source], at=at)


def _own_values(said: Record) -> dict[str, Any]:
    return {field.removeprefix(OWN): v for field, v in said.items() if field.startswith(OWN)}


def _mark(value: Any) -> str:
    """The same for the same value, whoever holds it; nothing, "" and an empty list are the same."""
    if isinstance(value, models.Model):
        value = value.pk
    if isinstance(value, list | tuple):
        value = settled(value) if value and not isinstance(value[0], str) else sorted(value)
    text = repr(value) if value not in (None, "", []) else ""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
