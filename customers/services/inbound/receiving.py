"""An event at the door: is it genuine, and is it stored. Nothing is read of it yet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import F

from customers.models import IntakeRecord, Source
from customers.services.inbound.sources import secrets_of
from tenancy.queue import enqueue
from tenancy.webhook_signatures import verify

KEPT_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp")
MAX_HEADER = 200


@transaction.atomic
def take_in(
    *, source: Source, headers: Mapping[str, str], body: bytes, at: datetime
) -> Literal["received", "known"]:
    """Check the signature, store the event as it came, ask for it to be processed.

    An event that is here already is counted and otherwise left alone. Raises BadSignature.
    """
    envelope = verify(headers, body, secrets=secrets_of(source, at=at), at=at)
    kept = {name: value[:MAX_HEADER] for name in KEPT_HEADERS if (value := headers.get(name))}
    record, is_new = IntakeRecord.objects.get_or_create(
        source=source,
        event_id=envelope.message_id,
        defaults={"body": body, "headers": kept, "received_at": at},
    )
    if not is_new:
        IntakeRecord.objects.filter(pk=record.pk).update(n_repeats=F("n_repeats") + 1)
        return "known"
    enqueue("customers.process_source", source_id=source.pk)
    return "received"
