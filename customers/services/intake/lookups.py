"""Whom and what an appointment or a sale speaks of: customer, branch, consultant."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from customers.files.cells.phones import read_phones
from customers.files.refusals import CellRefused
from customers.models import ContactPoint
from customers.services.intake.batch import Batch, Refused
from customers.services.intake.identities import Key, customers_by_identity
from customers.services.intake.records import AppointmentRecord, SaleRecord

Trade = AppointmentRecord | SaleRecord


class CustomerFinder:
    """Customers whom records of one source name by id or phone, read in two queries.

    country: where phones without a code are at home.
    """

    def __init__(self, source: str, records: Iterable[Any], *, country: str) -> None:
        self._source, self._country = source, country
        records = list(records)
        keys = {key for record in records if (key := self.key_of(record))}
        self._by_key = customers_by_identity(keys)
        self._by_phone = self._read_phones(records)

    def key_of(self, record: Any) -> Key | None:
        """(source, external id) of the customer, or None when the record names none."""
        text = (record.customer_external_id or "").strip()
        other = getattr(record, "customer_source", None) or ""
        return (other.strip() or self._source, text) if text else None

    def unknown(self, records: Iterable[Trade]) -> dict[Key, list[Trade]]:
        """Customers named by id that we do not know, with the records that name them."""
        found: dict[Key, list[Trade]] = defaultdict(list)
        for record in records:
            key = self.key_of(record)
            if key and key not in self._by_key:
                found[key].append(record)
        return found

    def add(self, key: Key, customer_id: int) -> None:
        self._by_key[key] = customer_id

    def customer_id(self, record: Any) -> int | None:
        """None when the record names nobody. Raises Refused when it names somebody unknown."""
        if key := self.key_of(record):
            if key in self._by_key:
                return self._by_key[key]
            raise Refused(
                "customer_external_id",
                "unknown_customer",
                _("No customer has the id «%(id)s» from «%(source)s». Send the customer first.")
                % {"id": key[1][:80], "source": key[0]},
            )
        if phone := getattr(record, "customer_phone", None):
            return self._customer_by_phone(phone)
        return None

    def _customer_by_phone(self, written: str) -> int:
        owners = self._by_phone.get(self._e164(written) or "", set())
        if len(owners) == 1:
            return next(iter(owners))
        if owners:
            raise Refused(
                "customer_phone",
                "phone_shared",
                _("Several customers share this phone. Send the customer's id."),
            )
        raise Refused(
            "customer_phone",
            "unknown_customer",
            _("No customer has this phone. Send the customer first."),
        )

    def _read_phones(self, records: list[Any]) -> dict[str, set[int]]:
        written = {
            record.customer_phone
            for record in records
            if getattr(record, "customer_phone", None) and not self.key_of(record)
        }
        found: dict[str, set[int]] = defaultdict(set)
        phones = {phone for text in written if (phone := self._e164(text))}
        if phones:
            points = ContactPoint.objects.filter(kind="phone", value__among=phones)
            for value, customer_id in points.values_list("value", "customer_id"):
                found[value].add(customer_id)
        return found

    def _e164(self, written: str) -> str | None:
        try:
            phones = read_phones(written, region=self._country).value
        except CellRefused:
            return None
        return phones[0].e164 if phones else None


class CustomerLookup(CustomerFinder):
    """Customers of a batch of appointments or sales."""

    def __init__(self, batch: Batch, records: Iterable[Trade]) -> None:
        super().__init__(batch.source, records, country=batch.clinic.country)


def take_places(batch: Batch, key: str, record: Trade, said: dict) -> None:
    """Put branch and consultant into `said`, as far as the record names them."""
    if record.branch is not None:
        text = record.branch.strip()
        said["branch_id"] = pk = batch.catalogue.branch_id(text) if text else None
        if text and pk is None:
            raise unknown_branch("branch", text)
    if record.consultant is not None:
        text = record.consultant.strip()
        pk = batch.catalogue.consultant_id(text) if text else None
        if text and pk is None:
            batch.leave_out_or_refuse(key, unknown_consultant(text))
        else:
            said["consultant_id"] = pk


def unknown_branch(field: str, text: str) -> Refused:
    return Refused(
        field,
        "unknown_branch",
        _("There is no branch «%(text)s». Open it in Settings, or send its code or name.")
        % {"text": text[:80]},
    )


def unknown_consultant(text: str) -> Refused:
    return Refused(
        "consultant",
        "unknown_consultant",
        _("No single member is called «%(text)s». Send the display name or e-mail of a member.")
        % {"text": text[:80]},
    )
