"""Scores of the whole clinic: when they were made, what they say, how good they are."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from segmentation import score_queries
from segmentation.forecasts import forecasts_of
from segmentation.models import ScoreRun, Stage
from segmentation.report_cards import card_in
from segmentation.services.score_jobs import KIND, OPEN, ask_for_run
from segmentation.services.score_run import ScoreRefused, held_run, release
from tenancy.access import requires
from tenancy.models import Job

STAGE_TONES = {"new": "accent", "dormant": "watch", "churned": "act", "potential": "neutral"}


@requires("scores.view")
@require_safe
def scores(request: HttpRequest) -> HttpResponse:
    run = score_queries.current_run()
    job = Job.objects.filter(kind=KIND).order_by("-pk").first()
    context = {"run": run, "job": job if job and _is_told(job, run) else None, "held": held_run()}
    if run is not None:
        seen = score_queries.overview(run, request.branch)
        context |= {
            "seen": seen,
            "stage_chart": _stage_chart(seen.by_stage),
            "at_stake": score_queries.most_at_stake(run, request.branch),
            "window": _window(run),
            "horizon_days": run.rules["churn"]["horizon_days"],
            "tested_on": _day(run.report["tested_on"]),
            "forecasts": forecasts_of(run.report),
            "card": card_in(run.report),
        }
    return render(request, "segmentation/scores/overview.html", context)


@requires("scores.run")
@require_POST
def score_now(request: HttpRequest) -> HttpResponse:
    job = ask_for_run(by=request.membership)
    if request.htmx:
        return render(request, "segmentation/scores/_job.html", {"job": job})
    return redirect("segmentation:scores")


@requires("scores.run")
@require_POST
def release_scores(request: HttpRequest, run_id: int) -> HttpResponse:
    """Believe the run that waited because too much had moved."""
    try:
        release(run_id=run_id)
    except ScoreRefused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("The new scores are used from now on."))
    return redirect("segmentation:scores")


@requires("scores.view")
@require_safe
def score_progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """Where a run stands; when it is done the page that watches shows the new scores."""
    job = get_object_or_404(Job.objects.filter(kind=KIND), pk=job_id)
    if job.state == Job.State.DONE and request.htmx:
        return HttpResponseClientRefresh()
    return render(request, "segmentation/scores/_job.html", {"job": job})


def _is_told(job: Job, run: ScoreRun | None) -> bool:
    """Open jobs, and a failure that no later run has mended."""
    if job.state in OPEN:
        return True
    failed = job.state == Job.State.FAILED
    return failed and (run is None or run.started_at < job.created_at)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _window(run: ScoreRun) -> str:
    days = run.rules["rfm_window_days"]
    return _("everything on record") if days is None else _("last %(days)s days") % {"days": days}


def _stage_chart(by_stage: list[tuple[str, int]]) -> dict:
    """Customers by stage as a bar chart; a bar leads to its customers."""
    return {
        "kind": "bar",
        "horizontal": True,
        "labels": [str(Stage(stage).label) for stage, _n in by_stage],
        "series": [
            {
                "name": _("Customers"),
                "values": [n for _stage, n in by_stage],
                "tones": [STAGE_TONES.get(stage, "good") for stage, _n in by_stage],
            }
        ],
        "unit": "count",
        "links": [f"{reverse('customers:list')}?stage={stage}" for stage, _n in by_stage],
    }
