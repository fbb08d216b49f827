"""Links of a text, counted: each leads through a stored target, never to an address in the link."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from campaigns.models import LinkTarget
from campaigns.services.tokens import make_token
from customers.services.bulk_rows import insert_rows

CLICK, OPEN = "click", "open"
MAX_URL = 1000


def stored_targets(campaign_id: int, urls: Iterable[str]) -> dict[str, int]:
    """{url: id of its target}; new ones are stored. An address that is too long is not counted."""
    wanted = {url for url in urls if url.startswith(("http://", "https://"))}
    wanted = {url for url in wanted if len(url) <= MAX_URL}
    if not wanted:
        return {}
    insert_rows(
        LinkTarget,
        [{"campaign_id": campaign_id, "url": url} for url in sorted(wanted)],
        on_conflict="DO NOTHING",
    )
    rows = LinkTarget.objects.filter(campaign=campaign_id, url__in=wanted)
    return dict(rows.values_list("url", "pk"))


def click_url(prefix: str, *, clinic_id: int, reference: UUID, target_id: int) -> str:
    token = make_token(CLICK, clinic_id=clinic_id, reference=reference, number=target_id)
    return f"{prefix}{token}/"


def prefix_of(route: str) -> str:
    """The address of a public page up to its token; reversed once, joined for each person."""
    return settings.PUBLIC_URL + reverse(route, args=["t"]).removesuffix("t/")
