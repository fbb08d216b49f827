"""Which campaigns the pages of analytics show."""

from datetime import date, timedelta

from django.db.models import Q

from analytics.queries.read_outs import last_day
from campaigns.models import Campaign
from campaigns.queries.visible import visible_campaigns
from tenancy.models import Branch, Membership

LOOKS_BACK_DAYS = 365
MOST_LISTED = 50


def launched_campaigns(
    membership: Membership, branch: Branch | None, *, on: date, days: int = LOOKS_BACK_DAYS
) -> list[Campaign]:
    """Those whose window closed within the days before `on` or is still open, newest first.

    branch: only its campaigns and those of the whole clinic. At most fifty.
    """
    launched = visible_campaigns(membership).filter(
        launched_on__isnull=False, launched_on__gt=on - timedelta(days=2 * LOOKS_BACK_DAYS)
    )
    if branch is not None:
        launched = launched.filter(Q(branch=branch) | Q(branch__isnull=True))
    recent = on - timedelta(days=days)
    listed = launched.order_by("-launched_on", "-pk")[:MOST_LISTED]
    return [campaign for campaign in listed if (last_day(campaign) or on) >= recent]
