"""Tokens of public links: which clinic, which message, perhaps which link; signed, short, not to be
guessed. They name no person, and one of another purpose does not fit.
"""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinasciiError
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from django.conf import settings

_SHAPE = struct.Struct(">IQ16s")  # clinic, number (of a link; 0 for none), reference
_PROOF_BYTES = 16


class BadToken(Exception):
    """Not one of ours, cut short on its way, or of another purpose."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a genuine token says."""

    clinic_id: int
    reference: UUID
    number: int


def make_token(purpose: str, *, clinic_id: int, reference: UUID, number: int = 0) -> str:
    said = _SHAPE.pack(clinic_id, number, reference.bytes)
    proof = hmac.digest(_key(purpose, settings.SECRET_KEY), said, sha256)[:_PROOF_BYTES]
    return urlsafe_b64encode(said + proof).decode().rstrip("=")


def read_token(purpose: str, token: str) -> Named:
    """Raises BadToken. Tokens of earlier secret keys stay good while the settings name them."""
    try:
        octets = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (BinasciiError, ValueError) as error:
        raise BadToken from error
    said, proof = octets[: _SHAPE.size], octets[_SHAPE.size :]
    if len(said) != _SHAPE.size or len(proof) != _PROOF_BYTES:
        raise BadToken
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if hmac.compare_digest(hmac.digest(_key(purpose, secret), said, sha256)[:16], proof):
            clinic_id, number, reference = _SHAPE.unpack(said)
            return Named(clinic_id, UUID(bytes=reference), number)
    raise BadToken


@lru_cache(maxsize=32)
def _key(purpose: str, secret: str) -> bytes:
    return hmac.digest(secret.encode(), f"campaigns.token.{purpose}".encode(), sha256)
