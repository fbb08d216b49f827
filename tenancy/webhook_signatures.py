"""Signatures of webhooks, in and out, as Standard Webhooks describes them (standardwebhooks.com).

Signed is `id.timestamp.body` with HMAC-SHA256; the secret is `whsec_` and base64. Several secrets
may be valid at once, so that one can be replaced without losing an event.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes

TOLERANCE = timedelta(minutes=5)
SECRET_PREFIX = "whsec_"  # noqa: S105 the mark of a secret, not one
MAX_MESSAGE_ID = 255
_SECRET_BYTES = 32


class BadSignature(Exception):
    """Not from whom it says. `code` is stable: headers_missing, timestamp, too_old, mismatch."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a genuine webhook says of itself. message_id stays the same when it is sent again."""

    message_id: str
    sent_at: int  # Unix seconds


def new_secret() -> str:
    return SECRET_PREFIX + b64encode(token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, sent_at: int, body: bytes) -> str:
    """One signature, such as `v1,g0hM9…`. Raises ValueError when the secret is not base64."""
    signed = f"{message_id}.{sent_at}.".encode() + body
    return "v1," + b64encode(hmac.digest(_key(secret), signed, sha256)).decode()


def signed_headers(
    secrets: Iterable[str], *, message_id: str, sent_at: int, body: bytes
) -> dict[str, str]:
    """The three headers, with one signature a secret."""
    signatures = [signature(secret, message_id, sent_at, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": " ".join(signatures),
    }


def verify(
    headers: Mapping[str, str], body: bytes, *, secrets: Iterable[str], at: datetime
) -> Envelope:
    """Who sent this, if one of the secrets signed it within the last minutes. Raises BadSignature.

    at: now, aware. Every secret is compared in full, in constant time.
    """
    envelope = _envelope(headers)
    if abs(at.timestamp() - envelope.sent_at) > TOLERANCE.total_seconds():
        raise BadSignature("too_old")
    given = [part.encode() for part in headers.get("webhook-signature", "").split()]
    matches = [
        hmac.compare_digest(
            signature(secret, envelope.message_id, envelope.sent_at, body).encode(), candidate
        )
        for secret in secrets
        for candidate in given[:10]
    ]
    if not any(matches):
        raise BadSignature("mismatch")
    return envelope


def _envelope(headers: Mapping[str, str]) -> Envelope:
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not message_id or not timestamp or not headers.get("webhook-signature"):
        raise BadSignature("headers_missing")
    is_printable = message_id.isascii() and message_id.isprintable()
    if len(message_id) > MAX_MESSAGE_ID or not is_printable:
        raise BadSignature("headers_missing")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise BadSignature("timestamp")
    return Envelope(message_id, int(timestamp))


def _key(secret: str) -> bytes:
    try:
        return b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A webhook secret is whsec_ and base64.") from error
