"""E-mail over a Django backend: the big mail services by anymail, or what the settings name.

Provider class: blind. Their APIs take no idempotency key, so an answer that did not come is
unknown; a receipt that names our reference may settle it later.
"""

from contextlib import suppress
from email.utils import parseaddr

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

from campaigns.channels.contract import (
    TAKEN,
    BaseChannel,
    Channel,
    Envelope,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    Taken,
)
from campaigns.channels.smtp import SmtpChannel, server_of_settings


def channel_of_settings() -> Channel:
    """How mail goes out where a clinic has no account of its own."""
    backend = get_backend()
    if type(backend) is smtp.EmailBackend:
        return SmtpChannel(server_of_settings())
    return BackendChannel(backend)


def get_backend(path: str | None = None, **credentials: str) -> BaseEmailBackend:
    """Raises ImproperlyConfigured for a backend that cannot be loaded."""
    try:
        return get_connection(path or settings.EMAIL_BACKEND, **credentials)
    except ImportError as error:
        raise ImproperlyConfigured(f"EMAIL_BACKEND cannot be loaded: {error}") from error


class BackendChannel(BaseChannel):
    """One backend, opened at the first message."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self._backend = backend

    def send(self, envelope: Envelope) -> Taken:
        try:
            mail = as_mail(envelope)
            mail.message()  # a header with a line break is refused here, before any connection
        except ValueError as error:
            raise MessageRefused(type(error).__name__) from error
        try:
            self._backend.open()
        except OSError as error:
            raise ProviderUnavailable(type(error).__name__) from error
        return self._hand_over(mail)

    def _hand_over(self, mail: EmailMultiAlternatives) -> Taken:
        try:
            self._backend.send_messages([mail])
        except AnymailRecipientsRefused as error:
            raise MessageRefused("recipient") from error
        except AnymailAPIError as error:
            raise _meaning(error) from error
        except AnymailError as error:  # it cannot be said in the way of this service
            raise MessageRefused(type(error).__name__) from error
        except Exception as error:  # another backend's own error: nobody can say what was taken
            raise OutcomeUnknown(type(error).__name__) from error
        status = getattr(mail, "anymail_status", None)
        ref = getattr(status, "message_id", None)
        return Taken(provider_ref=str(ref)[:120]) if ref else TAKEN

    def close(self) -> None:
        with suppress(Exception):
            self._backend.close()


def _meaning(error: AnymailAPIError) -> Exception:
    """What an answer of a mail service means for the message."""
    code = getattr(error, "status_code", None)
    if code is None:
        never_left = isinstance(error.__cause__, requests.exceptions.ConnectTimeout)
        never_left |= isinstance(error.__cause__, requests.exceptions.ConnectionError) and (
            "NewConnectionError" in repr(error.__cause__)
        )
        return (ProviderUnavailable if never_left else OutcomeUnknown)(type(error).__name__)
    if code in (401, 403, 429):
        return ProviderUnavailable(str(code))
    return OutcomeUnknown(str(code)) if code >= 500 or code < 400 else MessageRefused(str(code))


def as_mail(envelope: Envelope) -> EmailMultiAlternatives:
    """Text and HTML with one-click unsubscribe (RFC 8058) and our reference as Message-ID."""
    domain = parseaddr(envelope.sender)[1].rpartition("@")[2] or "localhost"
    mail = EmailMultiAlternatives(
        subject=envelope.subject,
        body=envelope.text,
        from_email=envelope.sender,
        to=[envelope.address],
        headers={
            "Message-ID": f"<{envelope.reference}@{domain}>",
            "List-Unsubscribe": f"<{envelope.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(envelope.html, "text/html")
    mail.metadata = {"reference": envelope.reference}  # anymail: comes back with receipts
    return mail
