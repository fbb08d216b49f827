"""What went wrong and is not over: of everybody, of one follower, and what nobody looked after."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from customers.models import AdverseEvent
from tenancy.models import Branch, Membership

FOLLOW_UP_DAYS = 7  # open for longer: overdue
VIEWS = ("open", "mine", "overdue", "closed")


def listed_events(
    view: str, *, member: Membership, branch: Branch | None, at: datetime
) -> QuerySet[AdverseEvent]:
    """view: one of VIEWS. The open ones that stand longest first, closed ones the latest first."""
    events = AdverseEvent.objects.select_related("customer", "treatment", "follower__user")
    if branch is not None:
        events = events.filter(customer__home_branch=branch)
    if view == "closed":
        return events.filter(closed_at__isnull=False).order_by("-closed_at", "-pk")
    waiting = events.still_open().order_by("noted_at", "pk")
    if view == "mine":
        return waiting.filter(follower=member)
    return waiting.filter(noted_at__lt=overdue_before(at)) if view == "overdue" else waiting


def overdue_before(at: datetime) -> datetime:
    """What was noted before this instant and is still open is overdue."""
    return at - timedelta(days=FOLLOW_UP_DAYS)
