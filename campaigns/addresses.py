"""Which addresses we are willing to hand to a provider."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_OPAQUE = re.compile(r"[A-Za-z0-9_-]{6,128}")  # ids that WeChat and WeCom gave
MAX_LENGTH = 254  # RFC 5321, errata 1690


def is_deliverable(address: str) -> bool:
    """One plain address: no line break, no list, no display name."""
    if not address or len(address) > MAX_LENGTH or not address.isprintable():
        return False
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def is_reachable(address: str, channel: str) -> bool:
    """Whether it is one plain address of this channel."""
    if channel == "email":
        return is_deliverable(address)
    pattern = _E164 if channel in ("sms", "phone") else _OPAQUE
    return bool(pattern.fullmatch(address))
