"""The list, the plan and what helps to write it: live count and live preview."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.exceptions import CampaignRefused, EmptyField
from campaigns.forms import PlanForm
from campaigns.merge_fields import MERGE_FIELDS, example_values
from campaigns.models import Campaign
from campaigns.plan_words import audience_words
from campaigns.queries.merge_values import merge_values
from campaigns.queries.progress import campaign_rows
from campaigns.queries.visible import changeable_campaigns, visible_campaigns
from campaigns.services import copying, draft, templates
from campaigns.services.audience import audience_of
from customers.models import Customer
from segmentation.models import CustomerList, Segment
from segmentation.rules import RuleRefused
from tenancy.access import requires
from tenancy.clock import local_day

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


@dataclass(frozen=True)
class Preview:
    """The message as one customer would read it, or why not."""

    customer: Customer | None
    text: templates.Text | None = None
    refusal: str = ""


@requires("campaigns.edit")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The message so far for one real customer of the segment; `place` walks through them."""
    subject, body = request.POST.get("subject", ""), request.POST.get("body", "")
    place = _whole_number(request.POST.get("place", ""), most=10_000)
    segment = _segment(request.POST.get("segment", ""))
    meant = Campaign(
        segment=segment,
        customer_list=None if segment else _list(request.POST.get("customer_list", "")),
        branch=request.branch,
    )
    is_begun = bool(subject.strip(" –") or body.strip())
    context = {
        "preview": _preview(request, meant, subject, body, place) if is_begun else None,
        "next_place": place + 1,
    }
    return render(request, "campaigns/_preview.html", context)


def _preview(request: HttpRequest, meant: Campaign, subject: str, body: str, place: int) -> Preview:
    try:
        customer = _customer_at(meant, place)
        templates.check(subject=subject, body=body)
        text = templates.render(
            subject=subject, body=body, values=_values(request, customer, subject, body)
        )
    except (CampaignRefused, RuleRefused) as refused:
        return Preview(None, refusal=refused.message)
    except EmptyField:
        return Preview(
            customer,
            refusal=_("A field is empty for this customer: without a fallback they are left out."),
        )
    return Preview(customer, text)


def _customer_at(meant: Campaign, place: int) -> Customer | None:
    if meant.segment is None and meant.customer_list is None:
        return None
    audience = audience_of(meant).order_by("pk")
    return audience[place : place + 1].first() or audience.first()


def _values(request: HttpRequest, customer: Customer | None, subject: str, body: str) -> dict:
    """The customer's own values; the fields' examples while no customer is at hand."""
    if customer is None:
        return example_values()
    fields = templates.used_fields(subject=subject, body=body)
    day = local_day(request.clinic.zone, timezone.now())
    return merge_values([customer.pk], fields=fields, clinic=request.clinic, on=day)[customer.pk]


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
