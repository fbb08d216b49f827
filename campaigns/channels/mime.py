"""A mail as bytes: headers and two parts joined, without the mail classes that take 0.6 ms each.

Text travels as it is (8bit) while its lines are short enough for SMTP, else as base64. Subjects
and names that are no ASCII are encoded words (RFC 2047).
"""

import base64
import time
from email.utils import formataddr, formatdate, parseaddr
from functools import lru_cache

from campaigns.channels.contract import Envelope

LONGEST_LINE = 990  # octets; RFC 5321 allows 998 without the line's end
_WORD_BYTES = 42  # of text in one encoded word: 75 characters at most


def mail_bytes(envelope: Envelope) -> bytes:
    """Headers, plain text and HTML, lines ended by CRLF.

    Raises ValueError for a header with a line break.
    """
    sender_line, address = _sender(envelope.sender)
    domain = address.rpartition("@")[2]
    for value in (envelope.address, envelope.subject, envelope.unsubscribe_url):
        if "\n" in value or "\r" in value:
            raise ValueError("a header is one line")
    boundary = f"=_{envelope.reference}"
    head = (
        f"MIME-Version: 1.0\r\nFrom: {sender_line}\r\nTo: {envelope.address}\r\n"
        f"Subject: {encoded_words(envelope.subject)}\r\nDate: {_date(int(time.time()))}\r\n"
        f"Message-ID: <{envelope.reference}@{domain}>\r\n"
        f"List-Unsubscribe: <{envelope.unsubscribe_url}>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'
    )
    return b"".join(
        (
            head.encode(),
            _part("text/plain", envelope.text),
            f"\r\n--{boundary}\r\n".encode(),
            _part("text/html", envelope.html),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )


def _part(kind: str, text: str) -> bytes:
    body = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()
    encoding = "7bit" if text.isascii() else "8bit"
    if max(map(len, body.split(b"\r\n"))) > LONGEST_LINE:
        encoding = "base64"
        body = base64.encodebytes(body).replace(b"\n", b"\r\n")
    head = f"Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def encoded_words(text: str) -> str:
    """As a header may hold it: itself where it is plain ASCII, encoded words otherwise."""
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text
    words, piece = [], b""
    for letter in text:
        octets = letter.encode("utf-8", "replace")
        if len(piece) + len(octets) > _WORD_BYTES:
            words.append(piece)
            piece = b""
        piece += octets
    words.append(piece)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def sender_address(sender: str) -> str:
    """Raises ValueError where `mail_bytes` would."""
    return _sender(sender)[1]


@lru_cache(maxsize=256)
def _sender(sender: str) -> tuple[str, str]:
    """(the From line, the bare address)"""
    name, address = parseaddr(sender)
    if "\n" in sender or "\r" in sender or "@" not in address:
        raise ValueError("the sender is one address")
    shown = (
        formataddr((name, address), charset="utf-8")
        if name.isascii()
        else (f"{encoded_words(name)} <{address}>")
    )
    return shown, address


@lru_cache(maxsize=4)
def _date(second: int) -> str:
    return formatdate(second)
