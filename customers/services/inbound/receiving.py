"""An event at the door: is it genuine, and is it stored. Nothing is read of it yet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from customers.models import IntakeRecord, Source
from customers.services.bulk_rows import insert_rows_returning
from customers.services.inbound.settling import UNREAD
from customers.services.inbound.sources import secrets_of
from tenancy.queue import enqueue_unless_asked
from tenancy.webhook_signatures import verify

KEPT_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp")
MAX_HEADER = 200


_ONCE = (
    "(clinic_id, source_id, event_id)"
    " DO UPDATE SET n_repeats = customers_intakerecord.n_repeats + 1"
)


def take_in(
    *, source: Source, headers: Mapping[str, str], body: bytes, at: datetime
) -> Literal["received", "known"]:
    """Check the signature, store the event as it came, ask for it to be processed.

    An event that is here already is counted and otherwise left alone. Raises BadSignature.
    """
    envelope = verify(headers, body, secrets=secrets_of(source, at=at), at=at)
    kept = {name: value[:MAX_HEADER] for name in KEPT_HEADERS if (value := headers.get(name))}
    row = UNREAD | {
        "source_id": source.pk,
        "event_id": envelope.message_id,
        "body": body,
        "headers": kept,
        "received_at": at,
    }
    [(n_repeats,)] = insert_rows_returning(
        IntakeRecord, [row], on_conflict=_ONCE, returning=["n_repeats"]
    )
    if n_repeats:
        return "known"
    enqueue_unless_asked("customers.process_source", source_id=source.pk)
    return "received"
