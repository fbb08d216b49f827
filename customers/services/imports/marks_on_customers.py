"""Consents and tags as files: what is said of customers who stand here already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from customers.files.other_fields import CONSENTS, TAGS
from customers.models import Consent
from customers.services import consent, tagging
from customers.services.consent import ConsentChange
from customers.services.imports.kinds import ImportKind, Values, Words, declare
from customers.services.imports.named_customers import Named, find_customers, who_in
from customers.services.imports.refusing import Problem
from customers.services.intake import Outcome
from customers.services.intake.records import State

_STATES: dict[str, State] = {
    "changed": "updated",
    "unchanged": "unchanged",
    "outdated": "unchanged",
}
MAX_PROOF = Consent._meta.get_field("proof").max_length or 0
MAX_VERSION = Consent._meta.get_field("text_version").max_length or 0
MAX_SOURCE = Consent._meta.get_field("source").max_length or 0


@dataclass(frozen=True, slots=True)
class ConsentRow(Named):
    purpose: str
    channel: str
    is_given: bool
    said_at: datetime | None
    text_version: str
    source: str
    proof: str


@dataclass(frozen=True, slots=True)
class TagRow(Named):
    tags: tuple[str, ...]


def consent_of(values: Values) -> ConsentRow | Problem:
    """Without a purpose it is marketing: nothing else is asked for so often."""
    who = who_in(values)
    if not any(who):
        return Problem("customer_external_id", "row_without_customer", {})
    for name in ("channel", "is_given"):
        if name not in values:
            return Problem(name, "consent_incomplete", {})
    limits = {"text_version": MAX_VERSION, "source": MAX_SOURCE, "proof": MAX_PROOF}
    for name, limit in limits.items():
        if (n_chars := len(values.get(name, ""))) > limit:
            return Problem(name, "text_too_long", {"n_chars": n_chars, "limit": limit})
    return ConsentRow(
        *who,
        purpose=values.get("purpose", Consent.Purpose.MARKETING.value),
        channel=values["channel"],
        is_given=values["is_given"],
        said_at=values.get("said_at"),
        **{name: values.get(name, "") for name in limits},
    )


def take_consents(*, source: str, records: Sequence[ConsentRow], at: datetime) -> list[Outcome]:
    """The rules of `services/consent.py`: a no stands until a later yes; a repeated yes is none."""
    customers, outcomes = find_customers(records, source)
    for where, indexes in _by_source(records, customers, source):
        changes = [_change(records[index], customers[index]) for index in indexes]
        effects = consent.apply_changes(changes, at=at, source=where)
        for index, effect in zip(indexes, effects, strict=True):
            outcomes[index] = _outcome(index, customers[index], effect)
    return [outcomes[index] for index in range(len(records))]


def _by_source(
    records: Sequence[ConsentRow], customers: dict[int, int], source: str
) -> Iterator[tuple[str, list[int]]]:
    """In the order of what was said, so that of a yes and a no the later one counts."""
    named: dict[str, list[int]] = {}
    for index in customers:
        named.setdefault(records[index].source or source, []).append(index)
    for where, indexes in sorted(named.items()):
        yield where, sorted(indexes, key=lambda i: (_said(records[i]), i))


def _said(row: ConsentRow) -> float:
    """What has no time comes last: it is said with this file."""
    return row.said_at.timestamp() if row.said_at else float("inf")


def _change(row: ConsentRow, customer_id: int) -> ConsentChange:
    return ConsentChange(
        customer_id,
        row.purpose,
        row.channel,
        row.is_given,
        row.said_at,
        row.text_version,
        row.proof,
    )


def _outcome(index: int, customer_id: int, effect: str) -> Outcome:
    state = _STATES[effect]
    if effect != "outdated":
        return Outcome(index, state, customer_id)
    message = _now("The customer withdrew this consent. Send when they said yes again.")
    return Outcome(index, state, customer_id, "is_given", "withdrawn_since", message)


def tags_of(values: Values) -> TagRow | Problem:
    who = who_in(values)
    if not any(who):
        return Problem("customer_external_id", "row_without_customer", {})
    if not values.get("tags"):
        return Problem("tags", "tags_missing", {})
    return TagRow(*who, tags=values["tags"])


def take_tags(*, source: str, records: Sequence[TagRow], at: datetime) -> list[Outcome]:
    """Tags are added; none is taken away."""
    customers, outcomes = find_customers(records, source)
    added = tagging.add_tags(
        [(customers[index], records[index].tags) for index in customers], at=at
    )
    for index, is_changed in zip(customers, added, strict=True):
        state: State = "updated" if is_changed else "unchanged"
        outcomes[index] = Outcome(index, state, customers[index])
    return [outcomes[index] for index in range(len(records))]


declare(
    ImportKind(
        shape=CONSENTS,
        words=Words(
            checked=_(
                "Consents: %(updated)s answers to take over, %(unchanged)s known already. "
                "%(refused)s of %(n_rows)s rows refused."
            ),
            done=_(
                "Consents: %(updated)s answers taken over, %(unchanged)s known already. "
                "%(refused)s of %(n_rows)s rows refused."
            ),
            to_import=lambda n: ngettext("Import %(n)s consent", "Import %(n)s consents", n),
        ),
        record_of=consent_of,
        upsert=take_consents,
    )
)
declare(
    ImportKind(
        shape=TAGS,
        words=Words(
            checked=_(
                "Tags: %(updated)s customers to tag, %(unchanged)s have them already. "
                "%(refused)s of %(n_rows)s rows refused."
            ),
            done=_(
                "Tags: %(updated)s customers tagged, %(unchanged)s had them already. "
                "%(refused)s of %(n_rows)s rows refused."
            ),
            to_import=lambda n: ngettext(
                "Tag the customers of %(n)s row", "Tag the customers of %(n)s rows", n
            ),
        ),
        record_of=tags_of,
        upsert=take_tags,
    )
)
