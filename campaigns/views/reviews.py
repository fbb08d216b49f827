"""The last page before a launch, a second person's yes, and a test to oneself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.exceptions import CampaignRefused
from campaigns.forms import TestSendForm
from campaigns.models import Campaign
from campaigns.queries.journeys import journey_of
from campaigns.queries.visible import changeable_campaigns
from campaigns.reasons import in_words
from campaigns.services import approvals, content_check, launch, rehearsal, review
from campaigns.step_words import kind_words
from campaigns.views.plan_page import words_of_plan
from segmentation.rules import RuleRefused
from tenancy.access import requires
from tenancy.exceptions import DomainError


@requires("campaigns.launch")
@require_http_methods(["GET", "HEAD", "POST"])
def review_page(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(changeable_campaigns(request.membership), pk=campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        return redirect("campaigns:detail", campaign.pk)
    now, refusal = timezone.now(), ""
    if request.method == "POST":
        try:
            launch.confirm(campaign=campaign, clinic=request.clinic, by=request.membership, at=now)
            return redirect("campaigns:detail", campaign.pk)
        except (CampaignRefused, RuleRefused) as refused:
            refusal = refused.message
    context = _context(request, campaign, refusal)
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/review.html", context, status=status)


def _context(request: HttpRequest, campaign: Campaign, refusal: str) -> dict:
    context = {
        "campaign": campaign,
        "journey": journey_of(campaign),
        "words": words_of_plan(campaign),
        "may_approve": approvals.may_approve(campaign, request.membership),
        "test_form": TestSendForm(initial={"email": request.user.email}),
    }
    try:
        seen = review.review(campaign=campaign, clinic=request.clinic, at=timezone.now())
    except (CampaignRefused, RuleRefused) as refused:
        return context | {"problems": list(dict.fromkeys([refusal, refused.message]))}
    problems = [one for one in dict.fromkeys([refusal, *seen.problems]) if one]
    left_out = seen.forecast.left_out if seen.forecast else ()
    return context | {
        "review": seen,
        "forecast": seen.forecast,
        "problems": problems,
        "left_out": [(in_words(reason), n) for reason, n in left_out],
        "unsent": [(stop.number, kind_words(stop.kind, stop.channel)) for stop in seen.unsent],
        "checked": content_check.checked(
            campaign=campaign,
            clinic=request.clinic,
            texts=launch.texts_of(seen.journey, request.clinic),
        ),
    }


@requires("campaigns.launch")
@require_POST
def approve(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(changeable_campaigns(request.membership), pk=campaign_id)
    try:
        approvals.approve(campaign=campaign, by=request.membership, at=timezone.now())
        messages.success(request, _("Approved in your name."))
    except CampaignRefused as refused:
        messages.error(request, refused.message)
    return redirect("campaigns:review", campaign.pk)


@requires("campaigns.launch")
@require_POST
def test_send(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Every mail of the plan, as a real customer would read it, to one address."""
    campaign = get_object_or_404(changeable_campaigns(request.membership), pk=campaign_id)
    form = TestSendForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors.get("email", [])))
        return redirect("campaigns:review", campaign.pk)
    try:
        n = rehearsal.send_test(
            campaign=campaign,
            clinic=request.clinic,
            address=form.cleaned_data["email"],
            by=request.membership,
            at=timezone.now(),
        )
    except (DomainError, RuleRefused) as refused:
        messages.error(request, refused.message)
    else:
        done = ngettext("%(n)s mail is on its way.", "%(n)s mails are on their way.", n) % {"n": n}
        messages.success(request, done)
    return redirect("campaigns:review", campaign.pk)
