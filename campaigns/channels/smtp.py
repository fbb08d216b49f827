"""E-mail over SMTP, one connection for as many messages as are handed over before `close`.

Where the server offers PIPELINING (RFC 2920) sender, recipient and DATA travel together.
Provider class: blind. SMTP has no way to ask whether a message was taken, so what breaks after the
text began to travel is unknown. What breaks before is known not to have been taken.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings

from campaigns.channels.contract import (
    TAKEN,
    BaseChannel,
    Envelope,
    MessageRefused,
    OutcomeUnknown,
    ProviderUnavailable,
    Taken,
    TryLater,
)
from campaigns.channels.mime import mail_bytes, sender_address


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. timeout: seconds of each step."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    starts_tls: bool = False
    over_tls: bool = False
    timeout: float = 20.0


def server_of_settings() -> Server:
    """The installation's own mail server."""
    return Server(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        starts_tls=settings.EMAIL_USE_TLS,
        over_tls=settings.EMAIL_USE_SSL,
        timeout=settings.EMAIL_TIMEOUT or 20.0,
    )


class SmtpChannel(BaseChannel):
    """An idle connection that the server closed is opened anew, once a message."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._line: smtplib.SMTP | None = None
        self._text_travels = False

    def send(self, envelope: Envelope) -> Taken:
        try:
            content = mail_bytes(envelope)
        except ValueError as error:
            raise MessageRefused("a header is no single line") from error
        sender = sender_address(envelope.sender)
        was_open = self._line is not None
        try:
            return self._converse(sender, envelope.address, content)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            if self._text_travels:
                raise OutcomeUnknown(_said(error)) from error
            if not was_open:
                raise ProviderUnavailable(_said(error)) from error
        try:
            return self._converse(sender, envelope.address, content)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.close()
            kind = OutcomeUnknown if self._text_travels else ProviderUnavailable
            raise kind(_said(error)) from error

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(Exception):  # what was taken is taken, whatever the good-bye says
                line.quit()
            with suppress(Exception):
                line.close()

    def _converse(self, sender: str, address: str, content: bytes) -> Taken:
        self._text_travels = False
        line = self._line or self._open()
        address, options = _spelled(line, address)
        mail, rcpt, data = _asked(
            line, f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{address}>", "DATA"
        )
        if data == 354 and rcpt not in (250, 251):  # it waits for a text that has no reader
            line.sock.sendall(b".\r\n")
            line.getreply()
        if mail != 250:  # it would say so to every message
            raise ProviderUnavailable(self._after(line, mail))
        if rcpt not in (250, 251):
            raise _refusal(self._after(line, rcpt))
        code = data
        if data == 354:
            self._text_travels = True
            line.sock.sendall(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            code, _reply = line.getreply()
        if code != 250:
            raise _refusal(self._after(line, code))
        return TAKEN

    def _after(self, line: smtplib.SMTP, code: int) -> str:
        """The code in words, with the line ready for the next message or closed."""
        if code == 421:
            self.close()
        else:
            with suppress(smtplib.SMTPException, OSError):
                line.rset()
        return str(code)

    def _open(self) -> smtplib.SMTP:
        server = self._server
        try:
            kind = smtplib.SMTP_SSL if server.over_tls else smtplib.SMTP
            line = kind(server.host, server.port, timeout=server.timeout)
            line.ehlo()
            if server.starts_tls:
                line.starttls(context=ssl.create_default_context())
                line.ehlo()
            if server.user:
                line.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as error:
            raise ProviderUnavailable(_said(error)) from error
        self._line = line
        return line


def _asked(line: smtplib.SMTP, *commands: str) -> list[int]:
    """The codes of the replies: all at once where the server reads ahead, else one by one up to the
    first «no», which then stands for the rest."""
    words = [f"{command}\r\n".encode() for command in commands]
    if line.has_extn("pipelining"):
        line.sock.sendall(b"".join(words))
        return [line.getreply()[0] for _word in words]
    codes: list[int] = []
    for word in words:
        if not codes or codes[-1] in (250, 251):
            line.sock.sendall(word)
            codes.append(line.getreply()[0])
        else:
            codes.append(codes[-1])
    return codes


def _spelled(line: smtplib.SMTP, address: str) -> tuple[str, str]:
    """The address as the server can read it, and the options of MAIL."""
    options = " BODY=8BITMIME" if line.has_extn("8bitmime") else ""
    if address.isascii():
        return address, options
    local, _at, domain = address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    if not local.isascii():
        if not line.has_extn("smtputf8"):
            raise MessageRefused("the server reads no such address")
        options += " SMTPUTF8"
    return f"{local}@{domain}", options


def _refusal(said: str) -> Exception:
    """421: the server is closing. 4xx: this one, later. 5xx: never."""
    code = int(said)
    if code == 421:
        return ProviderUnavailable(said)
    return TryLater(said) if 400 <= code < 500 else MessageRefused(said)


def _said(error: Exception) -> str:
    """What to keep of an error: its kind, never an address it may quote."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
