"""Customers on their way in: what a record says of one, checked value by value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from customers.models import Customer, CustomField
from customers.services import custom_values
from customers.services.custom_values import Value
from customers.services.intake import cleaning, customer_details
from customers.services.intake.batch import Batch, Refused
from customers.services.intake.identities import checked_identity
from customers.services.intake.lookups import unknown_branch, unknown_consultant
from customers.services.intake.records import CustomerRecord

TEXTS = ("name", "occupation", "education", "city", "district", "address", "language", "zone",
         "acquisition_source", "notes")  # fmt: skip
COLUMNS = (*TEXTS, "gender", "birth_on", "died_on", "known_since_on", "home_branch_id",
           "consultant_id", "referrer_id")  # fmt: skip
BLANK: dict[str, Any] = {
    column: None if column.endswith(("_id", "_on")) else "" for column in COLUMNS
}


_FIELDS: dict[str, Any] = {name: Customer._meta.get_field(name) for name in (*TEXTS, "gender")}


@dataclass(slots=True)
class Draft:
    """One customer on the way in. said: column → value; before: the row as it stands."""

    key: str
    record: CustomerRecord
    said: dict[str, Any] = field(default_factory=dict)
    identities: list[tuple[str, str]] = field(default_factory=list)
    phones: list[str] | None = None
    emails: list[str] | None = None
    custom: Mapping[str, Value | None] | None = None
    pk: int = 0
    is_new: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    is_changed: bool = False
    is_found_otherwise: bool = False  # name, contact or id changed: search tokens are stale

    @property
    def after(self) -> dict[str, Any]:
        return {**self.before, **self.said}


def drafts_of(batch: Batch) -> list[Draft]:
    """What each record says, checked; what cannot be taken is refused on the way."""
    drafts = []
    says_own = any(record.custom for _key, record in batch.each())
    own_fields = custom_values.fields_by_key() if says_own else {}
    for key, record in batch.each():
        try:
            drafts.append(_draft(batch, key, record, own_fields))
        except Refused as reason:
            batch.refuse(key, reason)
    return drafts


def _draft(
    batch: Batch, key: str, record: CustomerRecord, own_fields: Mapping[str, CustomField]
) -> Draft:
    """Raises Refused for a value that cannot be taken."""
    draft = Draft(key, record)
    for name in TEXTS:
        if (value := getattr(record, name)) is not None:
            draft.said[name] = cleaning.text(_FIELDS[name], value)
    if draft.said.get("name") == "":
        raise Refused("name", "required", _("The name is empty. A customer needs a name."))
    if record.gender is not None:
        draft.said["gender"] = cleaning.choice(_FIELDS["gender"], record.gender)
    if zone := draft.said.get("zone"):
        cleaning.zone(zone)
    _take_days(batch, draft)
    _take_names(batch, draft)
    if record.phones is not None:
        draft.phones = cleaning.phones(record.phones, country=batch.clinic.country)
    if record.emails is not None:
        draft.emails = cleaning.emails(record.emails)
    draft.identities = [checked_identity(pair) for pair in record.identities or ()]
    customer_details.check(record)
    if record.custom:
        draft.custom = _own_values(own_fields, record.custom)
    return draft


def _own_values(
    fields: Mapping[str, CustomField], said: Mapping[str, Any]
) -> Mapping[str, Value | None]:
    try:
        return custom_values.clean_with(fields, said)
    except custom_values.CustomValuesRefused as refused:
        key, message = next(iter(refused.errors.items()))
        code = "custom_value_invalid" if key in fields else "unknown_field"
        raise Refused(f"custom.{key}", code, message) from None


def _take_days(batch: Batch, draft: Draft) -> None:
    for name in ("birth_on", "died_on", "known_since_on"):
        if (day := getattr(draft.record, name)) is not None:
            draft.said[name] = cleaning.day(name, day, today=batch.today)
    born, died = draft.said.get("birth_on"), draft.said.get("died_on")
    if born and died and died < born:
        message = _("This lies before the day of birth. Correct one of the two.")
        raise Refused("died_on", "before_birth", message)


def _take_names(batch: Batch, draft: Draft) -> None:
    if (branch := draft.record.home_branch) is not None:
        draft.said["home_branch_id"] = pk = batch.catalogue.branch_id(branch) if branch else None
        if branch and pk is None:
            raise unknown_branch("home_branch", branch)
    if (consultant := draft.record.consultant) is not None:
        pk = batch.catalogue.consultant_id(consultant) if consultant else None
        if consultant and pk is None:
            batch.leave_out_or_refuse(draft.key, unknown_consultant(consultant))
        else:
            draft.said["consultant_id"] = pk
