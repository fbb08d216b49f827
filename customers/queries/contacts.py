"""Phones and e-mails as this reader may see them: masked here, so no template can leak one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import phonenumbers
from django.contrib.postgres.expressions import ArraySubquery
from django.utils.functional import Promise

from customers.models import Consent, ContactPoint
from customers.queries.gathering import THIS_CUSTOMER, gathered

N_PHONE_HEAD, N_PHONE_TAIL = 4, 2
MASK = "****"
CONTACT_FIELDS = {name: name for name in ("pk", "kind", "value", "is_primary", "is_valid")}


@dataclass(frozen=True)
class Contact:
    """One phone or e-mail; `value` is masked where the reader may not see it."""

    kind: str
    value: str
    is_primary: bool
    is_valid: bool
    is_masked: bool

    @property
    def shown(self) -> str:
        """As people read it: +86 138 0013 4321."""
        return self.value if self.is_masked else readable(self.kind, self.value)


def readable(kind: str, value: str) -> str:
    """A phone in groups, +86 138 0013 4321; anything else, or no known number, as it is."""
    if kind != ContactPoint.Kind.PHONE:
        return value
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@dataclass(frozen=True)
class ConsentMark:
    """What a customer last said about one purpose on one channel; `state`: given, withdrawn."""

    purpose: str
    channel: str
    purpose_label: str | Promise
    channel_label: str | Promise
    state: str
    since: datetime
    source: str

    @property
    def is_given(self) -> bool:
        return self.state == "given"


def masked(kind: str, value: str) -> str:
    """+8613812345678 → +861****78; anna.berg@mail.example → a***@mail.example"""
    if kind == ContactPoint.Kind.EMAIL:
        local, _at, domain = value.partition("@")
        return f"{local[:1]}***@{domain}"
    if len(value) <= N_PHONE_HEAD + N_PHONE_TAIL:
        return MASK
    return f"{value[:N_PHONE_HEAD]}{MASK}{value[-N_PHONE_TAIL:]}"


def contacts_of(customer_ids: Collection[int], *, in_clear: bool) -> dict[int, list[Contact]]:
    """{customer: contacts, primary first}, in one query."""
    found: dict[int, list[Contact]] = defaultdict(list)
    for point in ContactPoint.objects.filter(customer__in=list(customer_ids)):
        value = point.value if in_clear else masked(point.kind, point.value)
        found[point.customer_id].append(
            Contact(point.kind, value, point.is_primary, point.is_valid, not in_clear)
        )
    return found


def gathered_contacts() -> ArraySubquery:
    """A customer's contacts, primary first, as an annotation for `read_contacts`."""
    return gathered(ContactPoint.objects.filter(customer=THIS_CUSTOMER), **CONTACT_FIELDS)


def read_contacts(rows: Iterable[Mapping[str, Any]], *, in_clear: bool) -> list[Contact]:
    """Rows of CONTACT_FIELDS as this reader may see them."""
    return [
        Contact(
            kind=row["kind"],
            value=row["value"] if in_clear else masked(row["kind"], row["value"]),
            is_primary=row["is_primary"],
            is_valid=row["is_valid"],
            is_masked=not in_clear,
        )
        for row in rows
    ]


def gathered_consents() -> ArraySubquery:
    """Every consent of a customer, oldest first, as an annotation for `read_consents`."""
    return gathered(
        Consent.objects.filter(customer=THIS_CUSTOMER).order_by("given_at", "pk"),
        purpose="purpose",
        channel="channel",
        given_at="given_at",
        withdrawn_at="withdrawn_at",
        source="source",
    )


def read_consents(rows: Iterable[Mapping[str, Any]]) -> list[ConsentMark]:
    """The latest word on every purpose and channel the customer ever spoke about."""
    latest = {(row["purpose"], row["channel"]): row for row in rows}
    return [
        ConsentMark(
            purpose=purpose,
            channel=channel,
            purpose_label=Consent.Purpose(purpose).label,
            channel_label=Consent.Channel(channel).label,
            state="withdrawn" if row["withdrawn_at"] else "given",
            since=datetime.fromisoformat(row["withdrawn_at"] or row["given_at"]),
            source=row["source"],
        )
        for (purpose, channel), row in sorted(latest.items(), key=lambda one: one[0], reverse=True)
    ]
