"""E-mail over the backend of the settings: SMTP here, an API through anymail in production.

Provider class: blind. SMTP has no way to ask whether a message was taken, so what breaks after the
text began to travel is unknown. What breaks before is known not to have been taken.
"""

import smtplib
from contextlib import suppress
from email.utils import parseaddr

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend

from campaigns.channels.contract import (
    Envelope,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    TryLater,
)


class _TellsWhenTextTravels:
    """Remembers whether the text of the present message has begun to travel."""

    text_travels = False

    def mail(self, *args, **kwargs):
        self.text_travels = False
        return super().mail(*args, **kwargs)

    def data(self, msg):
        self.text_travels = True
        return super().data(msg)


class _Smtp(_TellsWhenTextTravels, smtplib.SMTP):
    pass


class _SmtpOverTls(_TellsWhenTextTravels, smtplib.SMTP_SSL):
    pass


class SmtpBackend(smtp.EmailBackend):
    """Django's SMTP backend on connections that tell when the text travels."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

    @property
    def text_travels(self) -> bool:
        return getattr(self.connection, "text_travels", False)


class EmailChannel:
    """One connection for as many messages as are handed over before `close`."""

    provider_class = "blind"

    def __init__(self) -> None:
        self._backend = _backend()

    def send(self, envelope: Envelope) -> None:
        try:
            message = as_mail(envelope)
            message.message()  # a header with a line break is refused here, before any connection
        except ValueError as error:
            raise MessageRefused(type(error).__name__) from error
        self._open()
        try:
            self._hand_over(message)
        except smtplib.SMTPServerDisconnected:
            if self._text_travels():
                raise OutcomeUnknown("disconnected") from None
            self._forget()  # an idle connection was closed: once more on a fresh one
            self._open()
            self._hand_over_afresh(message)

    def close(self) -> None:
        with suppress(Exception):  # what was taken is taken, whatever the good-bye says
            self._backend.close()

    def _open(self) -> None:
        try:
            self._backend.open()
        except (OSError, smtplib.SMTPException) as error:
            raise ProviderUnavailable(_said(error)) from error

    def _hand_over_afresh(self, message: EmailMultiAlternatives) -> None:
        try:
            self._hand_over(message)
        except smtplib.SMTPServerDisconnected as error:
            travels = self._text_travels()
            raise (OutcomeUnknown if travels else ProviderUnavailable)("disconnected") from error

    def _hand_over(self, message: EmailMultiAlternatives) -> None:
        try:
            self._backend.send_messages([message])
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            code, _said_by_server = next(iter(error.recipients.values()))
            raise _refusal(code) from error
        except smtplib.SMTPResponseException as error:
            if isinstance(error, smtplib.SMTPSenderRefused):  # would be so for every message
                raise ProviderUnavailable(str(error.smtp_code)) from error
            raise _refusal(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            travels = self._text_travels()
            self._forget()
            raise (OutcomeUnknown if travels else ProviderUnavailable)(_said(error)) from error
        except Exception as error:  # another backend's own error: nobody can say what was taken
            raise OutcomeUnknown(_said(error)) from error

    def _text_travels(self) -> bool:
        return getattr(self._backend, "text_travels", True)

    def _forget(self) -> None:
        self.close()
        self._backend = _backend()


def _backend() -> BaseEmailBackend:
    """The backend of the settings; plain SMTP by ours, which knows how far it came."""
    try:
        backend = get_connection()
    except ImportError as error:
        raise ImproperlyConfigured(f"EMAIL_BACKEND cannot be loaded: {error}") from error
    return SmtpBackend() if type(backend) is smtp.EmailBackend else backend


def _refusal(code: int) -> Exception:
    """421: the server is closing. 4xx: this one, later. 5xx: never."""
    if code == 421:
        return ProviderUnavailable(str(code))
    return TryLater(str(code)) if 400 <= code < 500 else MessageRefused(str(code))


def _said(error: Exception) -> str:
    """What to keep of an error: its kind, never an address it may quote."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


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
    return mail
