"""What may be changed of a campaign that runs: its name, a later end, a larger budget.

All else would make what was sent and what is still to be sent two different campaigns: copy it.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import CampaignRefused, WrongState
from campaigns.models import Campaign
from campaigns.services.leaving import come_back
from tenancy.models import Membership
from tenancy.queue import enqueue
from tenancy.services.audit import record

CHANGEABLE = {Campaign.State.SCHEDULED, Campaign.State.RUNNING, Campaign.State.PAUSED}


@dataclass(frozen=True)
class Change:
    """ends_on: of what is always on. budget_…: None for no limit."""

    name: str
    ends_on: date | None
    budget_minor: int | None
    budget_minutes: int | None


@transaction.atomic
def change_running(
    *, campaign: Campaign, change: Change, by: Membership | None, today: date
) -> Campaign:
    """Raises CampaignRefused with the field, WrongState when it does not run."""
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if campaign.state not in CHANGEABLE:
        raise WrongState(_("Only a campaign that is scheduled, running or paused can be changed."))
    if not change.name.strip():
        raise CampaignRefused(_("Give the campaign a name."), field="name")
    if change.ends_on is not None and change.ends_on < today and change.ends_on != campaign.ends_on:
        raise CampaignRefused(
            _("The last day lies in the past. To stop now, cancel the campaign."), field="ends_on"
        )
    _refuse_less(campaign.budget_minor, change.budget_minor, "budget")
    _refuse_less(campaign.budget_minutes, change.budget_minutes, "budget_hours")
    before = (campaign.budget_minor, campaign.budget_minutes)
    campaign.name, campaign.ends_on = change.name.strip(), change.ends_on
    campaign.budget_minor, campaign.budget_minutes = change.budget_minor, change.budget_minutes
    campaign.stopped_by_budget_at = None  # found again by the journey, if it still is so
    campaign.save(
        update_fields=["name", "ends_on", "budget_minor", "budget_minutes", "stopped_by_budget_at"]
    )
    if before != (change.budget_minor, change.budget_minutes):
        come_back(campaign.pk)
        enqueue("campaigns.advance", campaign_id=campaign.pk)
        enqueue("campaigns.send_due", campaign_id=campaign.pk)
    record(action="campaign.changed", by=by, subject=campaign)
    return campaign


def _refuse_less(now: int | None, wanted: int | None, field: str) -> None:
    """A limit may rise or go; below what it was, some had been promised what others do not get."""
    if wanted is not None and (now is None or wanted < now):
        raise CampaignRefused(
            _("While it runs the budget can only be raised. Copy the campaign to spend less."),
            field=field,
        )
