"""The demo's mailbox: what the local mail server received, so that nothing real is mailed."""

import email
import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

SHOWN = 50


@require_safe
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """The newest messages first."""
    box = _open()
    keys = sorted(box.keys(), reverse=True) if box is not None else []
    letters = [_summary(key, _read(box, key)) for key in keys[:SHOWN]]
    return render(request, "demo/mailbox.html", {"letters": letters, "n_letters": len(keys)})


@require_safe
def message(request: HttpRequest, key: str) -> HttpResponse:
    """One message with its headers and text."""
    box = _open()
    if box is None or key not in box:
        raise Http404
    letter = _read(box, key)
    body = letter.get_body(preferencelist=("plain", "html"))
    context = {
        "letter": _summary(key, letter),
        "text": body.get_content() if body else "",
        # A long header is folded: its value begins with a blank.
        "unsubscribe": str(letter.get("List-Unsubscribe", "")).strip(" \r\n<>"),
        "headers": [(name, str(value)) for name, value in letter.items()],
    }
    return render(request, "demo/message.html", context)


def _open() -> mailbox.Maildir | None:
    return mailbox.Maildir(settings.MAILBOX_DIR, create=False) if settings.MAILBOX_DIR else None


def _read(box: mailbox.Maildir, key: str) -> EmailMessage:
    return email.message_from_bytes(box.get_bytes(key), policy=default_policy)


def _summary(key: str, letter: EmailMessage) -> dict[str, Any]:
    sender = str(letter.get("From", ""))
    return {
        "key": key,
        "to": str(letter.get("To", "")),
        "sender": sender,
        "sender_name": parseaddr(sender)[0] or sender,
        "subject": str(letter.get("Subject", "")),
        "sent_at": _sent_at(letter),
    }


def _sent_at(letter: EmailMessage) -> datetime | None:
    """By its header; «-0000» means UTC of a clock whose zone is not told."""
    try:
        at = parsedate_to_datetime(str(letter.get("Date", "")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
