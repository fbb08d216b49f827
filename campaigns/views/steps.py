"""Drawing the journey: the list of steps, one step, one variant of what it says."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.exceptions import CampaignRefused
from campaigns.forms import StepForm, VariantForm
from campaigns.journeys import check_journey
from campaigns.merge_fields import MERGE_FIELDS
from campaigns.models import Campaign, Step, Variant
from campaigns.queries.journeys import journey_of
from campaigns.queries.visible import changeable_campaigns
from campaigns.services import steps as drawing
from tenancy.access import requires


def _draft(request: HttpRequest, campaign_id: int) -> Campaign:
    """Steps of what was launched are looked at on its own page."""
    campaign = get_object_or_404(changeable_campaigns(request.membership), pk=campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        raise Http404
    return campaign


@requires("campaigns.edit")
@require_safe
def step_list(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = _draft(request, campaign_id)
    journey = journey_of(campaign)
    problem = ""
    try:
        check_journey(journey, outcome_window_days=campaign.outcome_window_days)
    except CampaignRefused as refused:
        problem = refused.message
    variants = Variant.objects.filter(step__campaign=campaign).select_related("step")
    context = {
        "campaign": campaign,
        "journey": journey,
        "variants": variants.order_by("step__number", "name", "language"),
        "problem": problem,
        "is_drawn": campaign.steps.exists(),
    }
    return render(request, "campaigns/steps.html", context)


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def step_new(request: HttpRequest, campaign_id: int, kind: str) -> HttpResponse:
    campaign = _draft(request, campaign_id)
    if kind not in Step.Kind.values:
        raise Http404
    form = StepForm(request.POST or None, kind=kind, stops=journey_of(campaign).stops)

    def save() -> Step:
        drawing.draw_first_step(campaign=campaign)
        return drawing.add_step(campaign=campaign, plan=form.plan())

    return _step_page(request, campaign, form, save, None)


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def step_edit(request: HttpRequest, campaign_id: int, number: int) -> HttpResponse:
    campaign = _draft(request, campaign_id)
    step = get_object_or_404(campaign.steps.all(), number=number)
    stops = journey_of(campaign).stops
    form = StepForm(request.POST or None, kind=step.kind, stops=stops, step=step)
    return _step_page(
        request,
        campaign,
        form,
        lambda: drawing.change_step(campaign=campaign, number=number, plan=form.plan()),
        step,
    )


def _step_page(
    request: HttpRequest,
    campaign: Campaign,
    form: StepForm,
    save: Callable[[], Step],
    step: Step | None,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = save()
        except CampaignRefused as refused:
            form.add_error(_field(form, refused), refused.message)
        else:
            if step is None and saved.kind == Step.Kind.MESSAGE:
                return redirect("campaigns:variant-new", campaign.pk, saved.number)
            return redirect("campaigns:steps", campaign.pk)
    context = {"campaign": campaign, "form": form, "step": step, "kind": form.kind}
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/step.html", context, status=status)


def _field(form, refused: CampaignRefused) -> str | None:
    """A script is checked as a body."""
    wanted = "script" if refused.field == "body" and "script" in form.fields else refused.field
    return wanted if wanted in form.fields else None


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def variant_new(request: HttpRequest, campaign_id: int, number: int) -> HttpResponse:
    campaign = _draft(request, campaign_id)
    step = _message_step(campaign, number)
    used = set(step.variants.filter(language="").values_list("name", flat=True))
    free = next(name for name in "ABCDEFGHIJ" if name not in used)
    initial = {"name": free, "share": 100 // (len(used) + 1)}
    form = VariantForm(request.POST or None, channel=step.channel, initial=initial)
    return _variant_page(request, campaign, step, form)


@requires("campaigns.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def variant_edit(
    request: HttpRequest, campaign_id: int, number: int, variant_id: int
) -> HttpResponse:
    campaign = _draft(request, campaign_id)
    step = _message_step(campaign, number)
    variant = get_object_or_404(step.variants.all(), pk=variant_id)
    form = VariantForm(request.POST or None, variant=variant, channel=step.channel)
    return _variant_page(request, campaign, step, form, variant)


def _message_step(campaign: Campaign, number: int) -> Step:
    return get_object_or_404(campaign.steps.all(), number=number, kind=Step.Kind.MESSAGE)


def _variant_page(
    request: HttpRequest,
    campaign: Campaign,
    step: Step,
    form: VariantForm,
    variant: Variant | None = None,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            drawing.write_variant(campaign=campaign, number=step.number, words=form.words())
        except CampaignRefused as refused:
            form.add_error(_field(form, refused), refused.message)
        else:
            return redirect("campaigns:steps", campaign.pk)
    context = {
        "campaign": campaign, "step": step, "form": form, "variant": variant,
        "merge_fields": MERGE_FIELDS,
    }  # fmt: skip
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/variant.html", context, status=status)


@requires("campaigns.edit")
@require_POST
def step_remove(request: HttpRequest, campaign_id: int, number: int) -> HttpResponse:
    campaign = _draft(request, campaign_id)
    get_object_or_404(campaign.steps.all(), number=number)
    return _done(request, campaign, lambda: drawing.remove_step(campaign=campaign, number=number))


@requires("campaigns.edit")
@require_POST
def step_move(request: HttpRequest, campaign_id: int, number: int) -> HttpResponse:
    """`by` is -1 or 1."""
    campaign = _draft(request, campaign_id)
    get_object_or_404(campaign.steps.all(), number=number)
    by = -1 if request.POST.get("by") == "-1" else 1
    return _done(
        request, campaign, lambda: drawing.move_step(campaign=campaign, number=number, by=by)
    )


@requires("campaigns.edit")
@require_POST
def variant_remove(
    request: HttpRequest, campaign_id: int, number: int, variant_id: int
) -> HttpResponse:
    campaign = _draft(request, campaign_id)
    get_object_or_404(_message_step(campaign, number).variants.all(), pk=variant_id)
    return _done(
        request,
        campaign,
        lambda: drawing.remove_variant(campaign=campaign, number=number, variant_id=variant_id),
    )


@requires("campaigns.edit")
@require_POST
def steps_draw(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Make the one message a journey, so that it may have variants, and go on to the first."""
    campaign = _draft(request, campaign_id)
    try:
        drawing.draw_first_step(campaign=campaign)
    except CampaignRefused as refused:  # launched in another window meanwhile
        messages.error(request, refused.message)
        return redirect("campaigns:detail", campaign.pk)
    return redirect("campaigns:variant-new", campaign.pk, 1)


def _done(request: HttpRequest, campaign: Campaign, change: Callable[[], None]) -> HttpResponse:
    try:
        change()
    except CampaignRefused as refused:
        messages.error(request, refused.message or _("This cannot be done."))
    return redirect("campaigns:steps", campaign.pk)
