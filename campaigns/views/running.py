"""The live page, pause and cancel, what may still be changed, and what became of each customer."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.bar import bar_of
from campaigns.exceptions import CampaignRefused
from campaigns.forms import ChangeForm
from campaigns.models import Campaign, Enrolment, Message
from campaigns.queries.journeys import journey_of, send_window_of
from campaigns.queries.progress import (
    HOLDOUT,
    NO_MESSAGE,
    Progress,
    StepProgress,
    enrolment_rows,
    progress_of,
    steps_progress,
)
from campaigns.queries.visible import changeable_campaigns, visible_campaigns
from campaigns.reasons import WORDS, in_words
from campaigns.services import changing, control
from campaigns.step_words import kind_words
from campaigns.views.plan_page import words_of_plan
from campaigns.waiting import Waiting, waiting
from tenancy.access import requires
from tenancy.clock import local_day
from tenancy.models import Clinic, Membership

PAGE_SIZE = 50
MOVING_SECONDS, WAITING_SECONDS = 2, 30


@requires("campaigns.view")
@require_safe
def campaign_detail(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(_with_job(request.membership), pk=campaign_id)
    journey = journey_of(campaign)
    context = _live(campaign, request.clinic) | {
        "may_change": _may_change(request, campaign),
        "may_edit": _may_change(request, campaign) and "campaigns.edit" in request.capabilities,
        "journey": journey,
        "words": words_of_plan(campaign),
    }
    return render(request, "campaigns/detail.html", context)


@requires("campaigns.view")
@require_safe
def progress(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The bar alone, polled while messages are under way; in another state the page has other
    buttons, so all of it is read anew."""
    campaign = get_object_or_404(_with_job(request.membership), pk=campaign_id)
    answer = render(request, "campaigns/_progress.html", _live(campaign, request.clinic))
    if request.GET.get("was", campaign.state) != campaign.state:
        answer["HX-Refresh"] = "true"
    return answer


def _with_job(membership: Membership) -> QuerySet[Campaign]:
    """Its launch tells how far it is."""
    return visible_campaigns(membership).select_related("job")


def _live(campaign: Campaign, clinic: Clinic) -> dict:
    prefetch_related_objects([campaign], "steps")
    so_far = progress_of(campaign)
    waits = _waiting(campaign, so_far, clinic)
    moving = {Campaign.State.LAUNCHING, Campaign.State.RUNNING, Campaign.State.CANCELLED}
    is_launching = campaign.state == Campaign.State.LAUNCHING
    return {
        "campaign": campaign,
        "progress": so_far,
        "bar": bar_of(so_far),
        "left_out": [(reason, _why(reason), n) for reason, n in so_far.n_by_reason],
        "steps": _step_rows(campaign) if so_far.is_journey else [],
        "is_polled": campaign.state in moving and (is_launching or so_far.n_open > 0),
        "waits": waits,
        "poll_seconds": WAITING_SECONDS if waits else MOVING_SECONDS,
    }


def _step_rows(campaign: Campaign) -> list[tuple[str, StepProgress]]:
    """(«E-mail», how far) of each step that somebody has come to."""
    words = {step.number: kind_words(step.kind, step.channel) for step in campaign.steps.all()}
    reached = sorted(steps_progress(campaign).items())
    return [(words.get(number, ""), row) for number, row in reached]


def _waiting(campaign: Campaign, so_far: Progress, clinic: Clinic) -> Waiting | None:
    if campaign.state != Campaign.State.RUNNING or so_far.n(Message.State.SENDING):
        return None
    return waiting(
        at=timezone.now().astimezone(clinic.zone),
        next_due_at=so_far.next_due_at,
        window=send_window_of(campaign),
        respects_quiet_hours=campaign.respects_quiet_hours,
        quiet_hours=(clinic.quiet_from_hour, clinic.quiet_until_hour),
    )


def _why(reason: str):
    """A gate's reason, or why somebody left the journey."""
    left = dict(Enrolment.Left.choices) | {
        NO_MESSAGE: _("The journey ended before anything was said")
    }
    return in_words(reason) if reason in WORDS else left.get(reason, reason)


def _may_change(request: HttpRequest, campaign: Campaign) -> bool:
    bound_to = request.membership.branch_id
    return "campaigns.launch" in request.capabilities and bound_to in (None, campaign.branch_id)


@requires("campaigns.view")
@require_safe
def customer_rows(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_object_or_404(visible_campaigns(request.membership), pk=campaign_id)
    which = request.GET.get("which", "")
    known = {HOLDOUT, *Message.State.values, *(str(reason) for reason in WORDS)}
    rows = enrolment_rows(campaign, branch=request.branch, which=which if which in known else "")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "page": page,
        "rows": [_customer_row(enrolment) for enrolment in page],
        "which": which,
        "choices": [(HOLDOUT, _("Held out")), *Message.State.choices, *WORDS.items()],
    }
    template = "_customer_rows.html" if request.htmx else "customers.html"
    return render(request, f"campaigns/{template}", context)


def _customer_row(enrolment) -> dict:
    message = next(iter(enrolment.messages.all()), None)
    return {
        "customer": enrolment.customer,
        "arm": enrolment.get_arm_display(),
        "message": message,
        "why": message
        and (in_words(message.skip_reason) if message.skip_reason else message.error),
    }


@requires("campaigns.launch")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Name, last day and a larger budget, while it runs."""
    campaign = get_object_or_404(changeable_campaigns(request.membership), pk=campaign_id)
    form = ChangeForm(request.POST or None, clinic=request.clinic, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        today = local_day(request.clinic.zone, timezone.now())
        try:
            changing.change_running(
                campaign=campaign, change=form.change(), by=request.membership, today=today
            )
        except CampaignRefused as refused:
            known = refused.field if refused.field in form.fields else None
            form.add_error(known, refused.message)
        else:
            messages.success(request, _("Changed."))
            return redirect("campaigns:detail", campaign.pk)
    status = 422 if form.is_bound else 200
    context = {"campaign": campaign, "form": form}
    return render(request, "campaigns/change.html", context, status=status)


@requires("campaigns.launch")
@require_POST
def pause(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _move(request, campaign_id, control.pause, _("Paused. Nothing more is sent for now."))


@requires("campaigns.launch")
@require_POST
def resume(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _move(request, campaign_id, control.resume, _("The campaign goes on."))


@requires("campaigns.launch")
@require_POST
def cancel(request: HttpRequest, campaign_id: int) -> HttpResponse:
    done = _("Cancelled. Who has not got the message will not get it.")
    return _move(request, campaign_id, control.cancel, done)


def _move(request: HttpRequest, campaign_id: int, change: Callable, done: str) -> HttpResponse:
    campaign = get_object_or_404(changeable_campaigns(request.membership), pk=campaign_id)
    try:
        change(campaign=campaign, by=request.membership)
        messages.success(request, done)
    except CampaignRefused as refused:
        messages.error(request, refused.message)
    return redirect("campaigns:detail", campaign.pk)
