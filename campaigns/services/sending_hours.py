"""The send window at the moment of sending: what came due inside it may have waited beyond it."""

from datetime import datetime

from django.db import transaction

from campaigns.models import Campaign, Message
from campaigns.queries.journeys import send_window_of
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id


@transaction.atomic
def put_off_if_closed(*, campaign_id: int, at: datetime) -> bool:
    """Outside the campaign's hours: what is due waits until they begin again. Safe to repeat."""
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    if campaign is None:
        return False
    clinic = Clinic.objects.get(pk=current_clinic_id())
    local = at.astimezone(clinic.zone)
    opens = send_window_of(campaign).opens(local)
    if opens == local:
        return False
    due = Message.objects.filter(campaign=campaign, state=Message.State.QUEUED, due_at__lte=at)
    due.update(due_at=opens)
    return True
