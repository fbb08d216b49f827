"""Which e-mail addresses we are willing to hand to a mail server."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

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
