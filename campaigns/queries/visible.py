"""Which campaigns a member may see, and which they may change."""

from django.db.models import Q, QuerySet

from campaigns.models import Campaign
from tenancy.models import Membership


def visible_campaigns(membership: Membership) -> QuerySet[Campaign]:
    """A member bound to a branch sees its campaigns and those of the whole clinic."""
    campaigns = Campaign.objects.select_related(
        "segment", "customer_list", "branch", "job", "owner__user", "approved_by__user"
    )
    if membership.branch_id is None:
        return campaigns
    return campaigns.filter(Q(branch=membership.branch_id) | Q(branch__isnull=True))


def changeable_campaigns(membership: Membership) -> QuerySet[Campaign]:
    """A member bound to a branch changes only its campaigns: others reach customers elsewhere."""
    campaigns = visible_campaigns(membership)
    return campaigns.filter(branch=membership.branch_id) if membership.branch_id else campaigns
