"""Lists of the API that are read on by the key of the last row: `after`, `limit`, `next_after`, or
the newest first: `before`, `limit`, `next_before`."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from tenancy.strict_fields import StrictSerializer

MOST_ID = 2**63 - 1
MOST_A_PAGE = 1_000


class AfterIn(StrictSerializer):
    """Which page. A list with a smaller page says so by a `limit` of its own."""

    after = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_ID, default=0,
        help_text=_("`next_after` of the page before."),
    )  # fmt: skip
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_A_PAGE, default=200
    )


def page_after(
    rows: QuerySet[Any], asked: dict[str, int], *, key: str = "pk"
) -> tuple[list[Any], int | None]:
    """(one page in the order of `key`, where the next begins or None). asked: of an AfterIn."""
    limit = asked["limit"]
    found = list(rows.filter(**{f"{key}__gt": asked["after"]}).order_by(key)[: limit + 1])
    is_more = len(found) > limit
    return found[:limit], getattr(found[limit - 1], key) if is_more else None


class BeforeIn(StrictSerializer):
    """Which page of a list that begins with the newest."""

    before = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ID,
        help_text=_("`next_before` of the page before."),
    )  # fmt: skip
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, default=50)


def page_before(rows: QuerySet[Any], asked: dict[str, Any]) -> tuple[list[Any], int | None]:
    """(one page, the newest first; where the next begins or None). asked: of a BeforeIn."""
    if before := asked.get("before"):
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: asked["limit"] + 1])
    page = found[: asked["limit"]]
    return page, page[-1].pk if len(found) > len(page) else None
