"""Phones and e-mails as this reader may see them: masked here, so no template can leak one."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import phonenumbers
from django.utils.functional import Promise

from customers.models import Consent, ContactPoint

N_PHONE_HEAD, N_PHONE_TAIL = 4, 2
MASK = "****"


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
        if self.kind != ContactPoint.Kind.PHONE or self.is_masked:
            return self.value
        try:
            number = phonenumbers.parse(self.value)
        except phonenumbers.NumberParseException:
            return self.value
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@dataclass(frozen=True)
class ConsentMark:
    """What a customer last said about one purpose on one channel; `state`: given, withdrawn."""

    purpose: str
    channel: str
    purpose_label: str | Promise
    channel_label: str | Promise
    state: str
    since: object  # aware datetime
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


def consent_marks(customer_id: int) -> list[ConsentMark]:
    """The latest word on every purpose and channel the customer ever spoke about."""
    latest: dict[tuple[str, str], Consent] = {}
    for consent in Consent.objects.filter(customer=customer_id).order_by("given_at", "pk"):
        latest[consent.purpose, consent.channel] = consent
    return [
        ConsentMark(
            purpose=consent.purpose,
            channel=consent.channel,
            purpose_label=consent.get_purpose_display(),
            channel_label=consent.get_channel_display(),
            state="withdrawn" if consent.withdrawn_at else "given",
            since=consent.withdrawn_at or consent.given_at,
            source=consent.source,
        )
        for _slot, consent in sorted(latest.items(), reverse=True)
    ]
