"""Reports of the big mail services, read by anymail into `campaigns.reports.Report`.

Mailgun signs, and its signature is checked where the account has the key; the others prove
themselves by the unguessable address, as anymail's shared secret in the address does.
"""

import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from django.http import HttpRequest

from campaigns.reports import Report, storable
from tenancy.webhook_signatures import BadSignature

VIEWS = {
    "brevo": "BrevoTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
    "mailjet": "MailjetTrackingWebhookView",
    "postmark": "PostmarkTrackingWebhookView",
    "sendgrid": "SendGridTrackingWebhookView",
    "sparkpost": "SparkPostTrackingWebhookView",
}
_KINDS = {
    "delivered": "delivered", "bounced": "bounced", "rejected": "bounced", "failed": "bounced",
    "complained": "complained", "opened": "opened", "clicked": "clicked",
    "unsubscribed": "replied",
}  # fmt: skip
_LASTING = frozenset({"bounced", "invalid", "blocked", "spam", "unsubscribed"})


class Unreadable(Exception):
    """Not what this service sends."""


def mail_reports(
    kind: str, request: HttpRequest, body: bytes, credentials: Mapping[str, str]
) -> list[Report]:
    """Raises BadSignature, Unreadable."""
    key = credentials.get("webhook_key", "")
    given = {"webhook_signing_key": key or "none"} if kind == "mailgun" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no basic auth: the address is the secret
        view = getattr(import_module(f"anymail.webhooks.{kind}"), VIEWS[kind])(**given)
    request._body = body  # it was read with a limit of our own
    try:
        if kind == "mailgun" and key:
            view.validate_request(request)
        events = view.parse_events(request)
    except AnymailWebhookValidationFailure as error:
        raise BadSignature("mismatch") from error
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        OverflowError,
    ) as error:
        raise Unreadable(f"the body is not what {kind} sends") from error
    return [report for event in events if (report := _report(event))]


def _report(event: Any) -> Report | None:
    kind = _KINDS.get(event.event_type)
    if kind is None:
        return None
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    when = event.timestamp.isoformat() if event.timestamp else ""
    receipt_id = event.event_id or f"{event.message_id}:{event.event_type}:{when}"
    said = "unsubscribe" if kind == "replied" else event.description or event.reject_reason or ""
    return Report(
        receipt_id=storable(str(receipt_id))[:120],
        kind=kind,
        occurred_at=event.timestamp,
        reference=str(metadata.get("reference") or ""),
        provider_ref=storable(str(event.message_id or ""))[:120],
        address=storable(str(event.recipient or "")).lower(),
        words=storable(str(said)),
        user_agent=str(event.user_agent or "") if kind in ("opened", "clicked") else "",
        is_lasting=event.event_type != "failed" and (event.reject_reason or "bounced") in _LASTING,
    )
