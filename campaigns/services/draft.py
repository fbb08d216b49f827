"""Planning a campaign: everything may change until it is launched."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import CampaignRefused, WrongState
from campaigns.models import Campaign
from campaigns.services import templates
from segmentation.models import Segment
from tenancy.models import Branch, Membership

MAX_HOLDOUT_PERCENT = 90
MAX_WINDOW_DAYS = 365


@dataclass(frozen=True)
class Plan:
    """What a person fills in. holdout_percent: 0–90. message_cost_minor: a message, minor units."""

    name: str
    segment: Segment
    subject: str
    body: str
    holdout_percent: int
    no_holdout_reason: str = ""
    outcome_window_days: int = 30
    message_cost_minor: int = 0
    respects_quiet_hours: bool = True


@transaction.atomic
def save_draft(
    *,
    plan: Plan,
    by: Membership | None,
    campaign: Campaign | None = None,
    branch: Branch | None = None,
) -> Campaign:
    """Create or change a draft.

    branch: of a new campaign, only this branch's customers; a draft keeps the one it has.
    Raises CampaignRefused with the field at fault, WrongState once it was launched.
    """
    check(plan)
    if campaign is None:
        campaign = Campaign(owner=by, branch=branch)
    else:
        campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if campaign.state != Campaign.State.DRAFT:
            raise WrongState(_("This campaign was launched and can no longer be changed."))
    campaign.name = plan.name.strip()
    campaign.segment = plan.segment
    campaign.subject, campaign.body = plan.subject.strip(), plan.body.strip()
    campaign.holdout_rate = plan.holdout_percent / 100
    campaign.no_holdout_reason = "" if plan.holdout_percent else plan.no_holdout_reason.strip()
    campaign.outcome_window_days = plan.outcome_window_days
    campaign.message_cost_minor = plan.message_cost_minor
    campaign.respects_quiet_hours = plan.respects_quiet_hours
    campaign.save()
    return campaign


def check(plan: Plan) -> None:
    """Raises CampaignRefused (its subclass TemplateRefused for the text)."""
    if not plan.name.strip():
        raise CampaignRefused(_("Give the campaign a name."), field="name")
    if not 0 <= plan.holdout_percent <= MAX_HOLDOUT_PERCENT:
        raise CampaignRefused(_("Hold back 0 to 90 percent."), field="holdout_percent")
    if plan.holdout_percent == 0 and not plan.no_holdout_reason.strip():
        raise CampaignRefused(
            _("Without a holdout nobody can tell what the campaign brought. Say why."),
            field="no_holdout_reason",
        )
    if not 1 <= plan.outcome_window_days <= MAX_WINDOW_DAYS:
        raise CampaignRefused(
            _("The outcome window is 1 to 365 days."), field="outcome_window_days"
        )
    templates.check(subject=plan.subject, body=plan.body)
