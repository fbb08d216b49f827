"""A second person looks at large campaigns before they go."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.exceptions import NeedsApproval, WrongState
from campaigns.models import Campaign
from tenancy.models import Clinic, Membership
from tenancy.services.audit import record


def needs_approval(campaign: Campaign, clinic: Clinic, n_treated: int) -> bool:
    """Whether so many may only be written to when a second person agrees."""
    limit = clinic.campaign_approval_above
    return limit is not None and n_treated > limit and campaign.approved_at is None


def refuse_unapproved(campaign: Campaign, clinic: Clinic, n_treated: int) -> None:
    """Raises NeedsApproval."""
    if needs_approval(campaign, clinic, n_treated):
        raise NeedsApproval(
            _(
                "More than %(limit)s customers would be written to: a second person has to "
                "approve the campaign first."
            )
            % {"limit": clinic.campaign_approval_above}
        )


def may_approve(campaign: Campaign, by: Membership) -> bool:
    """Not whoever planned it."""
    return campaign.state == Campaign.State.DRAFT and campaign.owner_id != by.pk


@transaction.atomic
def approve(*, campaign: Campaign, by: Membership, at: datetime) -> None:
    """Say yes by name; a later change of the plan takes it back.

    Raises WrongState for somebody's own campaign, or once it was launched.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
    if campaign.state != Campaign.State.DRAFT:
        raise WrongState(_("This campaign was launched already."))
    if not may_approve(campaign, by):
        raise WrongState(_("You planned this campaign: somebody else has to approve it."))
    campaign.approved_by, campaign.approved_at = by, at
    campaign.save(update_fields=["approved_by", "approved_at"])
    record(action="campaign.approved", by=by, subject=campaign)
