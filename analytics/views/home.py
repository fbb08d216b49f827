"""Today: what the person who signed in should do or know first."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import charts
from analytics.queries import today as queries
from analytics.queries.listed_campaigns import launched_campaigns
from analytics.queries.results import recall_of, results_of
from analytics.services.figures import figures_of
from care.queries import (
    BY_VALUE,
    SHOWN_TODAY,
    TodaysCalls,
    calls_of,
    todays_calls,
    visible_tasks,
)
from customers.queries import visible_customers
from tenancy.access import requires
from tenancy.clock import finished_day, local_day
from tenancy.roles import Role

AT_THE_DESK = frozenset({Role.STAFF, Role.OWNER})
LEADING = frozenset({Role.MANAGER, Role.OWNER})
SHOWN_RUNNING = 5
SHOWN_CLOSED = 3
SHOWN_TO_THE_OWNER = 5  # calls; there is more to see for them below


@requires("today.view")
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Staff see their day, managers who slipped away and what campaigns do, the owner both."""
    role = request.membership.role
    day = local_day(request.clinic.zone, timezone.now())
    stands = queries.standing(request.branch, day)
    if stands.as_of is None and not visible_customers(request.branch).exists():
        return render(request, "analytics/home_empty.html", {"day": day})
    context: dict[str, Any] = {"day": day, "standing": stands}
    if role in AT_THE_DESK:
        context |= _desk(request, day)
    if role in LEADING:
        context["slipped"] = queries.slipped_away(request.branch)
    if "analytics.view" in request.capabilities:
        context |= _figures(request, day)
        context["stages_chart"] = charts.stages_chart(stands.n_by_stage)
    return render(request, "analytics/home.html", context)


def _desk(request: HttpRequest, day: date) -> dict[str, Any]:
    is_owner = request.membership.role == Role.OWNER
    coming, coming_on = queries.appointments_of_day(request.clinic, request.branch, day), day
    if not coming:
        coming_on, coming = queries.next_appointments(request.clinic, request.branch, day)
    return {
        **_calls(request, day, most=SHOWN_TO_THE_OWNER if is_owner else SHOWN_TODAY),
        "coming": coming,
        "coming_on": coming_on,
        "birthdays": queries.birthdays(request.branch, day),
        "is_at_the_desk": True,
    }


def _calls(request: HttpRequest, day: date, *, most: int) -> dict[str, Any]:
    """My calls; everybody's where none are mine, so that a desk without customers of its own helps.

    One who called all of theirs today is left in peace.
    """
    mine = todays_calls(request.membership, request.branch)
    if mine.n_open or mine.n_done:
        return {"calls": replace(mine, calls=mine.calls[:most])}
    due = visible_tasks(request.branch).filter(done_at__isnull=True, due_on__lte=day)
    first = calls_of(due.order_by(*BY_VALUE)[:most], day)
    n_open = due.count() if len(first) == most else len(first)
    return {"calls": TodaysCalls(first, n_open, 0), "are_everybodys": bool(first)}


def _figures(request: HttpRequest, day: date) -> dict[str, Any]:
    campaigns = launched_campaigns(request.membership, request.branch, on=day)
    results = results_of(campaigns, on=day)
    figures = figures_of(request.branch, as_of=finished_day(request.clinic.zone, timezone.now()))
    return {
        "figures": figures,
        "recall": recall_of(results),
        "revenue_chart": charts.revenue_chart(figures, request.clinic.currency),
        "running": [result for result in results if result.is_open][:SHOWN_RUNNING],
        "closed": [result for result in results if not result.is_open][:SHOWN_CLOSED],
    }
