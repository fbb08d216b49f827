"""Customers, many at once: match by id, write what differs, tell the timeline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer, CustomField
from customers.queries.tombstones import erased_among
from customers.services import before_images, custom_values, search_tokens
from customers.services.bulk_rows import insert_rows, new_ids, update_rows
from customers.services.custom_values import Value, with_values
from customers.services.intake import cleaning, customer_details
from customers.services.intake.batch import Batch, Refused
from customers.services.intake.identities import IdentityBook, checked_identity
from customers.services.intake.lookups import unknown_branch, unknown_consultant
from customers.services.intake.records import CustomerRecord, Door, Outcome, State
from customers.services.referrals import closing_circles
from customers.services.timeline import Event, record_events
from customers.tombstones import ERASED, all_keys, identity_digests, person_digests
from tenancy.clock import local_day, start_of_day
from tenancy.statistics import refresh_grown

TEXTS = ("name", "occupation", "education", "city", "district", "address", "language", "zone",
         "acquisition_source", "notes")  # fmt: skip
COLUMNS = (*TEXTS, "gender", "birth_on", "died_on", "known_since_on", "home_branch_id",
           "consultant_id", "referrer_id")  # fmt: skip
MANY = 1_000
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


_BLANK: dict[str, Any] = {
    column: None if column.endswith(("_id", "_on")) else "" for column in COLUMNS
}


@transaction.atomic
def upsert_customers(
    *, source: str, records: Sequence[CustomerRecord], at: datetime, door: Door = "api"
) -> list[Outcome]:
    """Create or update customers by (source, external id); one outcome a record, in order."""
    if not records:
        return []
    batch = Batch(source=source, records=records, at=at, door=door)
    drafts = _clean(batch)
    book = IdentityBook(source, drafts)
    drafts = _matched(batch, drafts, book)
    _find_referrers(batch, drafts, book)
    for round_of in _rounds([draft for draft in drafts if draft.key in batch.standing]):
        _write(batch, round_of, book)
    return batch.outcomes()


def _rounds(drafts: list[Draft]) -> Iterator[list[Draft]]:
    """After a merge one customer has two ids of a source: such two are written in turn."""
    while drafts:
        one_each = {draft.pk: draft for draft in reversed(drafts)}
        yield [draft for draft in drafts if one_each[draft.pk] is draft]
        drafts = [draft for draft in drafts if one_each[draft.pk] is not draft]


def _write(batch: Batch, drafts: list[Draft], book: IdentityBook) -> None:
    """Write what differs, for customers that are each there once."""
    _compare(drafts)
    _insert_new(batch, drafts)
    book.write(drafts, at=batch.at)
    customer_details.write(batch, drafts)
    _update_changed(batch, drafts)
    search_tokens.rebuild([draft.pk for draft in drafts if draft.is_found_otherwise])
    _tell(batch, drafts)
    for draft in drafts:
        state: State = "created" if draft.is_new else "updated" if draft.is_changed else "unchanged"
        batch.settle(draft.key, state, draft.pk)


def _clean(batch: Batch) -> list[Draft]:
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
    today = local_day(batch.zone, batch.at)
    for name in ("birth_on", "died_on", "known_since_on"):
        if (day := getattr(draft.record, name)) is not None:
            draft.said[name] = cleaning.day(name, day, today=today)
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


def _matched(batch: Batch, drafts: list[Draft], book: IdentityBook) -> list[Draft]:
    """Give every draft its customer's id, fresh for new ones; refuse what cannot be one person."""
    standing = []
    for draft in drafts:
        try:
            draft.pk = book.customer_of(batch, draft) or 0
            draft.is_new = not draft.pk
            if draft.is_new and not draft.said.get("name"):
                raise Refused(
                    "name", "required", _("This customer is new to us, so the name is needed.")
                )
            standing.append(draft)
        except Refused as reason:
            batch.refuse(draft.key, reason)
    standing = _without_erased(batch, standing)
    new = [draft for draft in standing if draft.is_new]
    for draft, pk in zip(new, new_ids(Customer, len(new)), strict=True):
        draft.pk = pk
        draft.said.setdefault("known_since_on", local_day(batch.zone, batch.at))
    return standing


def _without_erased(batch: Batch, drafts: list[Draft]) -> list[Draft]:
    """Whoever asked to be erased does not come back by a file or a booking system."""
    erased = erased_among({draft.key: _digests(batch, draft) for draft in drafts if draft.is_new})
    for key, erased_at in erased.items():
        day = local_day(batch.zone, erased_at).isoformat()
        batch.refuse(
            key,
            Refused(
                "external_id",
                ERASED,
                _(
                    "This person asked to be erased on %(day)s. Take them out of what you send; if"
                    " they came back as a new customer, enter them by hand."
                )
                % {"day": day},
            ),
        )
    return [draft for draft in drafts if draft.key not in erased]


def _digests(batch: Batch, draft: Draft) -> list[str]:
    ids = identity_digests([(batch.source, draft.key), *draft.identities], keys=all_keys())
    people = person_digests(
        draft.said.get("name", ""),
        birth_on=draft.said.get("birth_on"),
        phones=draft.phones or (),
        emails=draft.emails or (),
        keys=all_keys(),
    )
    return [*ids, *people]


def _find_referrers(batch: Batch, drafts: list[Draft], book: IdentityBook) -> None:
    by_key = {draft.key: draft.pk for draft in drafts}
    for draft in drafts:
        text = draft.record.referrer_external_id
        if text is None:
            continue
        pk = by_key.get(text.strip()) or book.customer_by_id(text.strip())
        if text and (pk is None or pk == draft.pk):
            try:
                batch.leave_out_or_refuse(draft.key, _unknown_referrer(text))
            except Refused as reason:
                batch.refuse(draft.key, reason)
            continue
        draft.said["referrer_id"] = pk
    _refuse_circles(batch, drafts)


def _refuse_circles(batch: Batch, drafts: list[Draft]) -> None:
    links = {d.pk: d.said["referrer_id"] for d in drafts if "referrer_id" in d.said}
    circular = closing_circles(links)
    for draft in drafts:
        if draft.pk not in circular or draft.key not in batch.standing:
            continue
        del draft.said["referrer_id"]
        try:
            batch.leave_out_or_refuse(draft.key, _referrer_circle())
        except Refused as reason:
            batch.refuse(draft.key, reason)


def _referrer_circle() -> Refused:
    return Refused(
        "referrer_external_id",
        "referrer_circle",
        _("This referrer was brought by the customer, directly or through friends. Correct it."),
    )


def _unknown_referrer(text: str) -> Refused:
    return Refused(
        "referrer_external_id",
        "unknown_referrer",
        _("No other customer has the id «%(text)s». Send the referrer first.")
        % {"text": text[:80]},
    )


def _compare(drafts: list[Draft]) -> None:
    """Note on each draft whether it says anything new."""
    known = [draft.pk for draft in drafts if not draft.is_new]
    says_own = any(draft.custom for draft in drafts)  # seldom, and a JSON is slow to write
    columns, blank = (
        ((*COLUMNS, "custom"), _BLANK | {"custom": {}}) if says_own else (COLUMNS, _BLANK)
    )
    rows = Customer.objects.filter(pk__among=known).values("id", *columns) if known else ()
    before = {row.pop("id"): row for row in rows}
    for draft in drafts:
        draft.before = before.get(draft.pk, blank)
        if draft.custom:
            draft.said["custom"] = with_values(draft.before["custom"], draft.custom)
        changed = {name for name, value in draft.said.items() if draft.before[name] != value}
        draft.is_changed = draft.is_new or bool(changed)
        draft.is_found_otherwise = draft.is_new or "name" in changed


def _insert_new(batch: Batch, drafts: list[Draft]) -> None:
    stamps = {"created_at": batch.at, "updated_at": batch.at}
    rows = [{"id": draft.pk, **draft.after, **stamps} for draft in drafts if draft.is_new]
    insert_rows(Customer, rows)
    before_images.new_customers(row["id"] for row in rows)
    # Or what hangs on them is joined as if there were none. Only for a file: to analyse is to lock
    # until the commit, and two bulks of the API must not wait for each other.
    if batch.door == "file" and len(rows) >= MANY:
        refresh_grown(Customer)


def _update_changed(batch: Batch, drafts: list[Draft]) -> None:
    rows = [
        {"id": draft.pk, **draft.after, "updated_at": batch.at}
        for draft in drafts
        if draft.is_changed and not draft.is_new
    ]
    before_images.changing(Customer, [row["id"] for row in rows])
    update_rows(Customer, rows)


def _tell(batch: Batch, drafts: list[Draft]) -> None:
    """A new customer's story begins on the day since when the clinic knows them."""
    kind = "customer.imported" if batch.door == "file" else "customer.created"
    today = local_day(batch.zone, batch.at)
    events = []
    for draft in drafts:
        if draft.is_new:
            since = draft.said["known_since_on"]
            when = batch.at if since >= today else start_of_day(batch.zone, since)
            events.append(
                Event(kind, draft.pk, when, f"customer:{draft.pk}", None, {"source": batch.source})
            )
    if events:
        record_events(events, at=batch.at)
