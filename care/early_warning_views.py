"""The early-warning list, and giving its calls to somebody."""

from datetime import date

from babel import dates
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from care import early_warning
from care.early_warning_forms import GiveForm, WantedForm
from care.services.given_calls import Given, give_calls
from segmentation.models import CustomerScore
from segmentation.score_queries import current_run
from segmentation.services.customer_lists import list_of
from segmentation.words import reader_locale
from tenancy.access import requires
from tenancy.clock import local_day

MOST_GIVEN = 100


@requires("scores.view")
@require_safe
def warnings(request: HttpRequest) -> HttpResponse:
    run = current_run()
    context = {
        "run": run,
        "tab": "warning",
        "may_give": "tasks.work" in request.capabilities,
        "may_plan": "campaigns.edit" in request.capabilities,
    }
    if run is not None:
        today = _today(request)
        members = early_warning.owners(request.branch)
        form = WantedForm(request.GET, members=members, branch=request.branch)
        wanted = form.wanted()
        scores = early_warning.narrowed(early_warning.warned_scores(run, request.branch), wanted)
        context |= {
            "filters": form,
            "wanted": wanted,
            "give_form": GiveForm(members=members, today=today),
            "total": early_warning.total_of(scores),
            "horizon_days": run.rules["churn"]["horizon_days"],
            "page": early_warning.warned_page(
                scores,
                at=request.GET.get("page", ""),
                reason=wanted.reason,
                today=today,
                currency=request.clinic.currency,
            ),
        }
    return render(request, "care/early_warning.html", context)


@requires("tasks.work")
@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Calls to the customers that were ticked; back to the same part of the list."""
    asked = _asked(request)
    members = early_warning.owners(request.branch)
    form = GiveForm(request.POST, members=members, today=_today(request))
    if not asked:
        messages.warning(request, _("Tick the customers first, then give their calls."))
    elif not form.is_valid():
        messages.error(request, " ".join(text for texts in form.errors.values() for text in texts))
    else:
        to, due_on = form.cleaned_data["to"], form.cleaned_data["due_on"]
        given = give_calls(asked, to=to, due_on=due_on, by=request.membership)
        messages.success(request, _told(given))
    return _back(request)


@requires("campaigns.edit")
@require_POST
def campaign(request: HttpRequest) -> HttpResponse:
    """The customers that were ticked, kept as a list, in a new plan of a campaign."""
    asked = _asked(request)
    if not asked:
        messages.warning(request, _("Tick the customers first, then start the campaign."))
        return _back(request)
    day = dates.format_date(_today(request), locale=reader_locale())
    made = list_of(
        name=_("Early warning, %(day)s") % {"day": day},
        customer_ids=[score.customer_id for score in asked],
        by=request.membership,
    )
    return redirect(f"{reverse('campaigns:new')}?list={made.pk}")


def _back(request: HttpRequest) -> HttpResponse:
    """The same part of the list."""
    back = redirect("early-warning:list")
    back["Location"] += f"?{request.GET.urlencode()}" if request.GET else ""
    return back


def _today(request: HttpRequest) -> date:
    return local_day(request.clinic.zone, timezone.now())


def _asked(request: HttpRequest) -> list[CustomerScore]:
    """The scores of the customers named. Raises Http404 for one who is not on this list."""
    ids = {text for text in request.POST.getlist("customer") if text.isascii() and text.isdigit()}
    run = current_run()
    if run is None or len(ids) != len(set(request.POST.getlist("customer"))):
        raise Http404
    if not ids:
        return []
    listed = early_warning.warned_scores(run, request.branch).select_related("customer")
    found = list(listed.filter(customer__in=sorted(map(int, ids))[:MOST_GIVEN]))
    if len(found) != len(ids):
        raise Http404
    return found


def _told(given: Given) -> str:
    n = given.n_opened + given.n_changed
    said = ngettext("%(n)s call is given.", "%(n)s calls are given.", n) % {"n": n}
    if given.n_refused:
        refused = ngettext(
            "%(n)s customer does not want to be called and gets none.",
            "%(n)s customers do not want to be called and get none.",
            given.n_refused,
        ) % {"n": given.n_refused}
        return f"{said} {refused}"
    return said
