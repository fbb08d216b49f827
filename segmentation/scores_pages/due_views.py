"""The calendar of due treatments, and the people of one of its days or weeks."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.models import Treatment
from segmentation.score_queries import current_run
from segmentation.scores_pages import due
from segmentation.scores_pages.due import Period
from segmentation.scores_pages.keyset import page_of
from segmentation.scores_pages.people import PAGE_ROWS
from tenancy.access import requires
from tenancy.clock import local_day

MOST_TREATMENTS = 8  # named in one period; the rest is a number


@dataclass(frozen=True)
class TreatmentCount:
    name: str
    n: int
    url: str


@dataclass(frozen=True)
class Shown:
    """A period as the page shows it. url: of all its people; open_url: who has not booked."""

    period: Period
    treatments: list[TreatmentCount]
    n_more: int
    url: str
    open_url: str


@requires("scores.view")
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    by = request.GET.get("by") or "week"
    if by not in due.N_PERIODS:
        raise Http404
    run = current_run()
    context: dict[str, Any] = {"tab": "due", "run": run, "by": by}
    if run is not None:
        now = timezone.now()
        today = local_day(request.clinic.zone, now)
        found = due.calendar(run, request.branch, today=today, by=by, at=now)
        overdue, *ahead = shown = [_shown(period) for period in found]
        context |= {
            "shown": [one for one in shown if one.period.n],
            "overdue": overdue,
            "n_ahead": sum(one.period.n for one in ahead),
            "n_open": sum(one.period.n_open for one in ahead),
            "last": found[-1].last,
            "chart": _chart(ahead),
        }
    return render(request, "segmentation/scores/due.html", context)


@requires("scores.view")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    run = current_run()
    if run is None:
        raise Http404
    first, last = _day(request, "from"), _day(request, "to")
    chosen = request.GET.get("treatment", "")
    treatment = None
    if chosen:
        known = Treatment.objects.all()
        treatment = get_object_or_404(known, pk=_number(chosen))
    scores = due.due_scores(run, request.branch, first, last, at=timezone.now())
    only_open = request.GET.get("booked") == "no"
    found = due.people_due(
        scores, treatment_id=treatment.pk if treatment else None, only_open=only_open
    )
    context = {
        "tab": "due",
        "first": first,
        "last": last,
        "treatment": treatment,
        "only_open": only_open,
        "total": found.count(),
        "page": page_of(found, "worth_minor", request.GET.get("page", ""), size=PAGE_ROWS),
    }
    return render(request, "segmentation/scores/due_people.html", context)


def _shown(period: Period) -> Shown:
    most = period.by_treatment.most_common(MOST_TREATMENTS)
    return Shown(
        period,
        [TreatmentCount(name, n, _url(period, treatment=pk)) for (pk, name), n in most],
        period.n - sum(n for _treatment, n in most),
        _url(period),
        _url(period, booked="no"),
    )


def _url(period: Period, **more: object) -> str:
    query = {"from": period.first.isoformat(), "to": period.last.isoformat()} | more
    return f"{reverse('segmentation:due-people')}?{urlencode(query)}"


def _chart(ahead: list[Shown]) -> dict[str, Any]:
    """Customers due in each period, those who have booked apart."""
    return {
        "kind": "stack",
        "labels": [one.period.first.strftime("%m-%d") for one in ahead],
        "series": [
            {
                "name": _("Not booked yet"),
                "values": [one.period.n_open for one in ahead],
                "tone": "accent",
            },
            {"name": _("Booked"), "values": [one.period.n_booked for one in ahead], "tone": "good"},
        ],
        "unit": "count",
        "links": [one.url for one in ahead],
    }


def _day(request: HttpRequest, name: str) -> date:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        raise Http404 from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)
