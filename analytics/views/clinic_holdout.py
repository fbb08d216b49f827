"""The clinic-wide holdout: what it says, and starting and ending it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from analytics.forms import ClinicHoldoutForm
from analytics.queries.clinic_holdout_study import clinic_holdout_study
from analytics.result_rows import OUTCOME_WORDS
from campaigns.exceptions import CampaignRefused
from campaigns.models import ClinicHoldout
from campaigns.queries.clinic_holdouts import current_clinic_holdout
from campaigns.services.clinic_holdouts import end_clinic_holdout, start_clinic_holdout
from tenancy.access import requires
from tenancy.clock import finished_day, local_day
from tenancy.models import Membership
from tenancy.roles import Role

MOST_SHOWN = 6


@requires("analytics.view")
@require_safe
def clinic_holdout(request: HttpRequest) -> HttpResponse:
    return _page(request, ClinicHoldoutForm())


def _page(request: HttpRequest, form: ClinicHoldoutForm, status: int = 200) -> HttpResponse:
    on = finished_day(request.clinic.zone, timezone.now())
    studies = [clinic_holdout_study(one, on=on) for one in ClinicHoldout.objects.all()[:MOST_SHOWN]]
    context = {
        "current": current_clinic_holdout(),
        "studies": [
            (study, [(OUTCOME_WORDS[name][0], one) for name, one in study.effects.items()])
            for study in studies
        ],
        "form": form,
        "owners": _owners(),
    }
    return render(request, "analytics/clinic_holdout.html", context, status=status)


def _owners() -> list[str]:
    """Who may start and end it, by name."""
    owners = Membership.objects.filter(is_active=True, role=Role.OWNER).select_related("user")
    return [str(owner) for owner in owners.order_by("pk")[:MOST_SHOWN]]


@requires("settings.edit")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    form = ClinicHoldoutForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        start_clinic_holdout(
            rate=form.cleaned_data["percent"] / 100,
            on=local_day(request.clinic.zone, timezone.now()),
            days=form.cleaned_data["days"],
            by=request.membership,
        )
    except CampaignRefused as refusal:
        form.add_error(refusal.field or None, refusal.message)
        return _page(request, form, status=422)
    messages.success(request, _("From now on campaigns leave these customers out."))
    return redirect("analytics:clinic-holdout")


@requires("settings.edit")
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    end_clinic_holdout(on=local_day(request.clinic.zone, timezone.now()), by=request.membership)
    messages.success(request, _("Campaigns reach everybody again."))
    return redirect("analytics:clinic-holdout")
