"""One click and it is over (RFC 8058). The link is signed and names no person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from campaigns.models import Message, Suppression
from campaigns.services.tokens import BadToken, make_token, read_token
from customers.services import consent
from customers.services.timeline import record_event

SALT = "campaigns.unsubscribe"  # of the longer links that went out first; they stay good
PURPOSE = "unsubscribe"
REASON = "unsubscribed"


class BadLink(Exception):
    """Not one of our links, or cut short on its way."""


@dataclass(frozen=True)
class Link:
    """What a genuine link says."""

    clinic_id: int
    reference: UUID


def unsubscribe_url(*, clinic_id: int, reference: UUID) -> str:
    token = make_token(PURPOSE, clinic_id=clinic_id, reference=reference)
    return settings.PUBLIC_URL + reverse("campaigns_public:unsubscribe", args=[token])


def read_link(token: str) -> Link:
    """Raises BadLink."""
    try:
        named = read_token(PURPOSE, token)
        return Link(clinic_id=named.clinic_id, reference=named.reference)
    except BadToken:
        return _read_first_links(token)


def _read_first_links(token: str) -> Link:
    try:
        clinic_id, reference = signing.Signer(salt=SALT).unsign_object(token)
        return Link(clinic_id=int(clinic_id), reference=UUID(reference))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadLink(token[:8]) from error


@transaction.atomic
def unsubscribe(*, reference: UUID, at: datetime) -> bool:
    """Withdraw marketing consent by e-mail and suppress the address; False: no such message.

    Safe to repeat. The very next claim of any campaign honours it.
    """
    message = Message.objects.select_related("customer").filter(reference=reference).first()
    if message is None:
        return False
    _suppression, is_new = Suppression.objects.get_or_create(
        channel=message.channel, address=message.address, defaults={"reason": REASON}
    )
    is_withdrawn = consent.withdraw(
        customer=message.customer,
        purpose="marketing",
        channel=message.channel,
        at=at,
        source="unsubscribe link",
    )
    if is_new or is_withdrawn:
        record_event(
            kind="message.opted_out",
            customer=message.customer,
            occurred_at=at,
            source_key=f"message:{message.pk}",
            at=at,
            payload={"campaign_id": message.campaign_id, "channel": message.channel},
        )
    return True
