"""One person erased: every table by the word its model says, then the files, then the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from customers.erasure_steps import ErasedPerson, erasure_steps
from customers.models import (
    Consent,
    ContactPoint,
    Customer,
    Identity,
    ImportFile,
    Tombstone,
)
from customers.services import list_jobs
from customers.services.consent import ConsentChange, apply_changes
from customers.services.documents import forget_files
from customers.services.erasing.log import note_erasure
from customers.services.erasing.records import forget_records
from customers.services.erasing.tables import clear_tables
from customers.services.imports.uploads import forget_upload
from customers.tombstones import all_keys, identity_digests, key_mark, person_digests, present_key
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record

WHOLE_NAME = 8  # bytes: three Chinese signs, or more letters than most first names have
SHORTEST = 4  # a text shorter than this stands in too many rows by chance


class ErasureRefused(DomainError):
    """code: already_erased, merged_into_another."""


@dataclass(frozen=True)
class _Known:
    """What tells who the person is, of all the records that are this person."""

    names: list[tuple[str, date | None]]
    phones: list[str]
    emails: list[str]
    identities: list[tuple[str, str]]

    def texts(self) -> list[str]:
        """What may stand in somebody else's row, such as a line of an import."""
        texts = {name for name, _birth_on in self.names if len(name) > 1}
        for phone in self.phones:
            texts |= {phone, phone.removeprefix("+"), phone.removeprefix("+86")}
        texts |= set(self.emails)
        texts |= {external_id for _source, external_id in self.identities}
        return sorted(text for text in texts if len(text.encode()) >= SHORTEST)

    def telling(self) -> list[str]:
        """What means this person wherever it stands: no id, and no name as short as a first one."""
        names = {name for name, _birth_on in self.names if len(name.encode()) >= WHOLE_NAME}
        return sorted(names | set(self.phones) | set(self.emails))

    def digests(self, keys: Sequence[str]) -> dict[str, Tombstone.Kind]:
        ids = identity_digests(self.identities, keys=keys)
        found = dict.fromkeys(ids, Tombstone.Kind.IDENTITY)
        for name, birth_on in self.names:
            told = person_digests(
                name, birth_on=birth_on, phones=self.phones, emails=self.emails, keys=keys
            )
            found |= dict.fromkeys(told, Tombstone.Kind.PERSON)
        return found


@transaction.atomic
def erase(*, customer: Customer, by: Membership | None, at: datetime, label: str = "") -> None:
    """Erase the person for good. Raises ErasureRefused.

    by: the member who does it; label: who else, such as a command.
    """
    ids = _locked(customer)
    known = _known(ids)
    _withdraw_consents(ids, at)
    person = ErasedPerson(
        ids,
        _nobody_elses(ids, "phone", known.phones),
        _nobody_elses(ids, "email", known.emails),
        at,
    )
    list_jobs.forget_asked()
    for step in erasure_steps():
        step(person)
    forget_files(ids)
    forget_records(ids, known.identities)
    Customer.with_merged.filter(pk__in=ids).update(erased_at=at)  # the trail of it goes, too
    clear_tables(ids, known.texts(), known.telling())
    key = present_key()
    digests, mark = known.digests([key]), key_mark(key)
    Tombstone.objects.bulk_create(
        Tombstone(subject_id=customer.pk, kind=kind, digest=digest, key_mark=mark, erased_at=at)
        for digest, kind in digests.items()
    )
    _forget_uploads()
    record(action="customer.erased", by=by, label=label, subject=customer)
    transaction.on_commit(partial(note_erasure, customer.clinic_id, customer.pk, digests, mark, at))


def known_digests(customer: Customer) -> dict[str, Tombstone.Kind]:
    """By what the person would be known again, whichever of our keys marked it."""
    return _known((customer.pk,)).digests(all_keys())


def _locked(customer: Customer) -> tuple[int, ...]:
    rows = Customer.with_merged.select_for_update(of=("self",))
    row = rows.get(pk=customer.pk)
    if row.erased_at is not None:
        raise ErasureRefused(_("This person is erased already."), code="already_erased")
    if row.merged_into_id is not None:
        raise ErasureRefused(
            _("This record is part of another one. Erase that one, and both are gone."),
            code="merged_into_another",
        )
    merged = rows.filter(merged_into=customer.pk).order_by("pk")
    return (customer.pk, *merged.values_list("pk", flat=True))


def _known(ids: tuple[int, ...]) -> _Known:
    contacts = ContactPoint.objects.filter(customer_id__in=ids)
    return _Known(
        list(Customer.with_merged.filter(pk__in=ids).values_list("name", "birth_on")),
        list(contacts.filter(kind="phone").values_list("value", flat=True)),
        list(contacts.filter(kind="email").values_list("value", flat=True)),
        list(Identity.objects.filter(customer_id__in=ids).values_list("source", "external_id")),
    )


def _nobody_elses(ids: tuple[int, ...], kind: str, values: Iterable[str]) -> tuple[str, ...]:
    """A relative who shares an address keeps what was said about it."""
    values = list(values)
    others = ContactPoint.objects.filter(kind=kind, value__in=values).exclude(customer_id__in=ids)
    shared = set(others.values_list("value", flat=True))
    return tuple(value for value in values if value not in shared)


def _withdraw_consents(ids: tuple[int, ...], at: datetime) -> None:
    """Before anything else: whoever is about to write must find a no."""
    standing = Consent.objects.filter(customer_id__in=ids, withdrawn_at__isnull=True)
    changes = [
        ConsentChange(consent.customer_id, consent.purpose, consent.channel, False, at)
        for consent in standing
    ]
    apply_changes(changes, at=at, source="erasure")


def _forget_uploads() -> None:
    """A file may tell of the person in many ways, so all go; one that runs goes when it is done."""
    resting = ImportFile.objects.exclude(state=ImportFile.State.RUNNING)
    for upload in resting.exclude(stored_path=""):
        forget_upload(upload)
