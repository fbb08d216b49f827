"""Pages by position in (updated_at, id): stable under changes, and as quick on the last page."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended."""

    updated_at: datetime
    pk: int

    def __str__(self) -> str:
        text = f"{self.updated_at.isoformat()}|{self.pk}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position(cursor: str) -> Position:
    """Raises ValidationError for a cursor that is none of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded.encode(), altchars=b"-_", validate=True).decode()
        instant, _bar, pk = text.partition("|")
        found = Position(datetime.fromisoformat(instant), int(pk))
    except (ValueError, binascii.Error):
        raise _unknown_cursor() from None
    if found.updated_at.utcoffset() is None or not 0 <= found.pk <= MAX_ID:
        raise _unknown_cursor()
    return found


def _unknown_cursor() -> ValidationError:
    message = _("This cursor is none of ours. Start again without one.")
    return ValidationError({"cursor": [message]}, code="invalid_cursor")


def page_after(rows: QuerySet, *, cursor: str | None, limit: int) -> tuple[list[Model], str | None]:
    """(rows of this page, cursor of the next or None)."""
    if cursor:
        start = position(cursor)
        rows = rows.filter(updated_at__gte=start.updated_at).filter(
            Q(updated_at__gt=start.updated_at) | Q(pk__gt=start.pk)
        )
    found = list(rows.order_by("updated_at", "pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], str(Position(last.updated_at, last.pk))
