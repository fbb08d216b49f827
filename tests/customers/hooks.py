"""A source that signs what it sends, for the tests of webhooks."""

import json
from datetime import UTC, datetime
from typing import Any

from customers.models import IntakeRecord, Source
from customers.services.inbound import sources
from customers.services.inbound.processing import process_batch
from tenancy.webhook_signatures import signed_headers
from tests.conftest import BrowserClient

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


class Sender:
    """A booking system: it knows its address and its secret."""

    def __init__(self, clinic, name: str = "booking") -> None:
        self.secret, self.source = sources.open_source(name=name)
        self.path = f"/hooks/v1/{clinic.slug}/{self.source.token}/"
        self.client = BrowserClient()

    def send(self, event: Any, *, event_id: str = "evt-1", sent_at: int | None = None, **changed):
        """POST one event. changed: body, secret or path, to send something that is not right."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        stamp = sent_at if sent_at is not None else int(datetime.now(UTC).timestamp())
        secret = changed.get("secret", self.secret)
        headers = signed_headers([secret], message_id=event_id, sent_at=stamp, body=body)
        headers |= changed.get("headers", {})
        return self.client.post(
            changed.get("path", self.path),
            data=changed.get("body", body),
            content_type="application/json",
            headers=headers,
        )

    def work(self) -> None:
        while process_batch(source_id=self.source.pk, at=datetime.now(UTC), size=200):
            pass


def customer(external_id: str, version: float, **fields) -> dict:
    data = {"external_id": external_id, "version": version, "name": "王小明"} | fields
    return {"type": "customer", "data": data}


def appointment(external_id: str, version: float, **fields) -> dict:
    data = {"external_id": external_id, "version": version} | fields
    return {"type": "appointment", "data": data}


def only_record(source: Source) -> IntakeRecord:
    return IntakeRecord.objects.get(source=source)
