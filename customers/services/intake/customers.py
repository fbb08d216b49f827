"""Customers, many at once: match by id, write what differs, tell the timeline."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.queries.tombstones import erased_among
from customers.search_words import tokens_of
from customers.services import before_images, search_tokens
from customers.services.bulk_rows import insert_rows, new_ids, update_rows
from customers.services.custom_values import with_values
from customers.services.intake import customer_details
from customers.services.intake.batch import Batch, Refused
from customers.services.intake.customer_drafts import BLANK, COLUMNS, Draft, drafts_of
from customers.services.intake.identities import IdentityBook
from customers.services.intake.records import CustomerRecord, Door, Outcome, State
from customers.services.intake.referrers import find_referrers
from customers.services.timeline import Event, record_events
from customers.tombstones import ERASED, all_keys, identity_digests, person_digests
from tenancy.clock import local_day, start_of_day
from tenancy.statistics import refresh_grown

MANY = 1_000


@transaction.atomic
def upsert_customers(
    *, source: str, records: Sequence[CustomerRecord], at: datetime, door: Door = "api"
) -> list[Outcome]:
    """Create or update customers by (source, external id); one outcome a record, in order."""
    if not records:
        return []
    batch = Batch(source=source, records=records, at=at, door=door)
    drafts = drafts_of(batch)
    book = IdentityBook(source, drafts)
    drafts = _matched(batch, drafts, book)
    find_referrers(batch, drafts, book)
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
    # Nothing is asked from here on: a question would wait for all that is being written.
    tags, _heard_by = customer_details.tags_of(drafts), batch.subscriptions
    _insert_new(batch, drafts)
    book.write(drafts, at=batch.at)
    customer_details.write(batch, drafts, tags)
    _update_changed(batch, drafts)
    _write_tokens(drafts, book)
    _tell(batch, drafts)
    for draft in drafts:
        state: State = "created" if draft.is_new else "updated" if draft.is_changed else "unchanged"
        batch.settle(draft.key, state, draft.pk)


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
        draft.said.setdefault("known_since_on", batch.today)
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


def _digests(batch: Batch, draft: Draft) -> Iterator[str]:
    """Made when they are asked for: most clinics have erased nobody."""
    yield from identity_digests([(batch.source, draft.key), *draft.identities], keys=all_keys())
    yield from person_digests(
        draft.said.get("name", ""),
        birth_on=draft.said.get("birth_on"),
        phones=draft.phones or (),
        emails=draft.emails or (),
        keys=all_keys(),
    )


def _compare(drafts: list[Draft]) -> None:
    """Note on each draft whether it says anything new."""
    known = [draft.pk for draft in drafts if not draft.is_new]
    says_own = any(draft.custom for draft in drafts)  # seldom, and a JSON is slow to write
    columns, blank = (
        ((*COLUMNS, "custom"), BLANK | {"custom": {}}) if says_own else (COLUMNS, BLANK)
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


def _write_tokens(drafts: list[Draft], book: IdentityBook) -> None:
    """Of a new customer we know without asking what they are found by."""
    search_tokens.add(
        [
            (draft.pk, token)
            for draft in drafts
            if draft.is_new
            for token in tokens_of(
                name=draft.said["name"],
                phones=draft.phones or (),
                emails=draft.emails or (),
                external_ids=[external_id for _source, external_id in book.keys_of(draft)],
            )
        ]
    )
    search_tokens.rebuild([d.pk for d in drafts if d.is_found_otherwise and not d.is_new])


def _tell(batch: Batch, drafts: list[Draft]) -> None:
    """A new customer's story begins on the day since when the clinic knows them."""
    kind = "customer.imported" if batch.door == "file" else "customer.created"
    events = []
    for draft in drafts:
        if draft.is_new:
            since = draft.said["known_since_on"]
            when = batch.at if since >= batch.today else start_of_day(batch.zone, since)
            events.append(
                Event(kind, draft.pk, when, f"customer:{draft.pk}", None, {"source": batch.source})
            )
    if events:
        record_events(events, at=batch.at, subscriptions=batch.subscriptions)
