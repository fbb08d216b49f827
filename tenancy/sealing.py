"""Texts that are unreadable in the database, its backups and its logs: sealed with a clinic's key.

The keys in `HEALTH_KEYS` are long random words. From each, every clinic gets a key of its own
(HKDF, RFC 5869), so a sealed text copied into another clinic's row stays shut. The first key seals,
all of them open: put a new one in front, run `manage.py rotate_health_keys`, then drop the old one.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tenancy.exceptions import DomainError
from tenancy.scope import current_clinic_id


class CannotUnseal(DomainError):
    """None of the keys opens this text: its key is missing, or it was altered."""

    code = "cannot_unseal"

    def __init__(self) -> None:
        super().__init__(_("This text cannot be read: the key it was sealed with is missing."))


def seal(text: str) -> str:
    """The text as the database may hold it, sealed for the current clinic; "" stays "".

    Raises NoClinicScope outside a clinic.
    """
    return _keyring().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """The text behind it. Raises CannotUnseal."""
    if not sealed:
        return ""
    try:
        return _keyring().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotUnseal from None


def is_sealed_with_first_key(sealed: str) -> bool:
    """Whether a rotation has nothing to do with this text."""
    if not sealed:
        return True
    try:
        _fernet(settings.HEALTH_KEYS[0], current_clinic_id()).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _keyring() -> MultiFernet:
    clinic_id = current_clinic_id()
    return MultiFernet([_fernet(word, clinic_id) for word in settings.HEALTH_KEYS])


@lru_cache(maxsize=1000)
def _fernet(word: str, clinic_id: int) -> Fernet:
    """One clinic's key, from one word of the settings."""
    info = f"clinic_crm health {clinic_id}".encode()
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(word.encode())
    return Fernet(urlsafe_b64encode(derived))
