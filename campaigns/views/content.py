"""A person answers by name for words that a rule warns of."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.exceptions import CampaignRefused
from campaigns.models import Campaign
from campaigns.queries.visible import changeable_campaigns
from campaigns.services import content_check
from tenancy.access import requires


@requires("campaigns.launch")
@require_POST
def override(request: HttpRequest, campaign_id: int) -> HttpResponse:
    drafts = changeable_campaigns(request.membership).filter(state=Campaign.State.DRAFT)
    campaign = get_object_or_404(drafts, pk=campaign_id)
    try:
        content_check.answer(
            campaign=campaign, rule_id=request.POST.get("rule_id", ""),
            version=request.POST.get("version", ""), words=request.POST.get("words", ""),
            reason=request.POST.get("reason", ""), by=request.membership, at=timezone.now(),
        )  # fmt: skip
    except CampaignRefused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Kept with your name and reason."))
    return redirect("campaigns:review", campaign.pk)
