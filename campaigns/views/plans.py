"""The list, the plan and what helps to write it: live count and live preview."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.exceptions import CampaignRefused
from campaigns.forms import PlanForm
from campaigns.merge_fields import MERGE_FIELDS
from campaigns.models import Campaign
from campaigns.plan_words import audience_words
from campaigns.queries.progress import campaign_rows
from campaigns.queries.visible import changeable_campaigns, visible_campaigns
from campaigns.services import copying, draft
from campaigns.services.audience import audience_of
from campaigns.views.template_side import Side, side_of
from customers.models import Customer
from segmentation.models import CustomerList, Segment
from segmentation.rules import RuleRefused
from tenancy.access import requires

PAGE_SIZE = 25


@requires("campaigns.view")
@require_safe
def campaign_list(request: HttpRequest) -> HttpResponse:
    campaigns = visible_campaigns(request.membership)
    page = Paginator(campaigns, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = campaign_rows(list(page))
    shown = [{"row": row, "audience": audience_words(row.campaign)} for row in rows]
    context = {"page": page, "rows": shown}
    return render(request, "campaigns/list.html", context)


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    segment = _segment(request.GET.get("segment", ""))
    listed = _list(request.GET.get("list", ""))
    form = PlanForm(request.POST or None, clinic=request.clinic)
    if segment:
        form.initial["segment"] = segment.pk
    elif listed:
        form.initial["customer_list"] = listed.pk
    return _plan_page(request, form, None)


@requires("campaigns.edit")
@require_POST
def campaign_copy(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A draft like it, to be planned anew."""
    original = get_object_or_404(changeable_campaigns(request.membership), pk=campaign_id)
    made = copying.copy(campaign=original, by=request.membership)
    messages.success(request, _("A copy to plan anew. It has no schedule yet."))
    return redirect("campaigns:edit", made.pk)


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(changeable_campaigns(request.membership), pk=campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        messages.info(request, _("This campaign was launched and can no longer be changed."))
        return redirect("campaigns:detail", campaign.pk)
    form = PlanForm(request.POST or None, clinic=request.clinic, campaign=campaign)
    return _plan_page(request, form, campaign)


def _plan_page(request: HttpRequest, form: PlanForm, campaign: Campaign | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = draft.save_draft(
                plan=form.plan(), by=request.membership, campaign=campaign, branch=request.branch
            )
        except CampaignRefused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            wants_steps = "steps" in request.POST
            return redirect("campaigns:steps" if wants_steps else "campaigns:review", saved.pk)
    context = {"form": form, "campaign": campaign, "merge_fields": MERGE_FIELDS}
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/plan.html", context, status=status)


@requires("campaigns.edit")
@require_safe
def audience_count(request: HttpRequest) -> HttpResponse:
    """The live line under the segment: how many are in, how many would be held back."""
    segment = _segment(request.GET.get("segment", ""))
    listed = _list(request.GET.get("customer_list", ""))
    context: dict = {"segment": segment or listed}
    if segment or listed:
        percent = _percent(request.GET.get("holdout_percent", ""))
        try:
            meant = Campaign(segment=segment, customer_list=listed, branch=request.branch)
            n = audience_of(meant).count()
        except RuleRefused as refused:
            context["refusal"] = refused.message
        else:
            n_holdout = round(n * percent / 100)
            context |= {"n": n, "n_holdout": n_holdout, "n_treated": n - n_holdout}
    return render(request, "campaigns/_audience.html", context)


@requires("campaigns.edit")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The message so far for one real customer of the audience; `place` walks through them."""
    segment = _segment(request.POST.get("segment", ""))
    meant = Campaign(
        segment=segment,
        customer_list=None if segment else _list(request.POST.get("customer_list", "")),
        branch=request.branch,
    )
    return render(request, "campaigns/_preview.html", {"side": _side(request, meant)})


def _side(request: HttpRequest, meant: Campaign) -> Side:
    """While nobody is chosen, the fields' examples stand for a customer."""
    has_audience = meant.segment is not None or meant.customer_list is not None
    try:
        return side_of(request, audience_of(meant) if has_audience else Customer.objects.none())
    except RuleRefused as refused:
        return Side("email", next_place=0, refusal=refused.message)


def _segment(text: str) -> Segment | None:
    """A foreign or unknown id reads as none chosen."""
    is_id = text.isascii() and text.isdigit() and len(text) < 19
    return Segment.objects.filter(pk=int(text)).first() if is_id else None


def _list(text: str) -> CustomerList | None:
    is_id = text.isascii() and text.isdigit() and len(text) < 19
    return CustomerList.objects.filter(pk=int(text)).first() if is_id else None


def _percent(text: str) -> int:
    return _whole_number(text, most=draft.MAX_HOLDOUT_PERCENT)


def _whole_number(text: str, *, most: int) -> int:
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else 0
