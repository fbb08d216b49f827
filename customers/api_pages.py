"""Pages of a list in the order of changes: a cursor is a place that stays right for ever."""

import base64
import binascii
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from customers.models import FeedMark
from customers.queries import feed

MAX_NUMBER = 2**63 - 1
_numbered_by = lru_cache(maxsize=1)(feed.database_id)


def cursor_of(place: feed.Place) -> str:
    text = f"{_numbered_by()}.{place.change_no}.{place.mark_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str) -> feed.Place:
    """Raises ValidationError for a cursor that is none of ours."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded.encode(), altchars=b"-_", validate=True).decode("ascii")
        database, change_no, mark_id = (int(part) for part in text.split("."))
    except (ValueError, binascii.Error):
        raise _unknown_cursor() from None
    is_ours = database == _numbered_by() and 0 <= change_no <= MAX_NUMBER
    if not is_ours or not 0 <= mark_id <= MAX_NUMBER:
        raise _unknown_cursor()
    return feed.Place(change_no, mark_id)


def _unknown_cursor() -> ValidationError:
    message = _("This cursor is none of ours. Start again without one.")
    return ValidationError({"cursor": [message]}, code="invalid_cursor")


def page_of(
    marks: QuerySet[FeedMark], wanted: dict[str, Any], *, is_lookup: bool
) -> tuple[list[FeedMark], dict[str, Any]]:
    """(marks of this page, what the page says of itself).

    wanted: of a PageIn. is_lookup: one record is asked for, so it is shown as soon as it is there.
    """
    place = place_of(wanted["cursor"]) if wanted.get("cursor") else feed.BEGINNING
    rows = feed.after(marks if is_lookup else feed.settled(marks), place)
    limit = wanted["limit"]
    found = list(rows[: limit + 1])
    has_more = len(found) > limit
    found = found[:limit]
    if found:
        place = feed.Place(found[-1].change_no, found[-1].pk)
    return found, {"next_cursor": cursor_of(place), "has_more": has_more}
