"""Adverse events: noted by anybody at the desk, closed by who may see the health data."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.adverse_event_forms import LONGEST_WORDS, AdverseEventForm
from customers.models import AdverseEvent
from customers.queries.adverse_events import FOLLOW_UP_DAYS, VIEWS, listed_events, overdue_before
from customers.services import adverse_events
from customers.services.health import HealthClosed
from customers.views.form_dialog import back_to_profile, form_dialog
from customers.views.listing import clinic_day
from customers.views.profile import customer_or_404
from tenancy.access import requires
from tenancy.exceptions import DomainError

PAGE_ROWS = 50
_TABS = (
    pgettext_lazy("adverse events", "All open"), gettext_lazy("Mine"), gettext_lazy("Overdue"),
    pgettext_lazy("an adverse event", "Closed"),
)  # fmt: skip


@requires("customers.view")
@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """That there is one, since when, and who follows it; the words stay sealed."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "open"
    now = timezone.now()
    events = listed_events(view, member=request.membership, branch=request.branch, at=now)
    page = Paginator(events, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "view": view,
        "tabs": [
            {"view": name, "label": label, "is_active": name == view}
            for name, label in zip(VIEWS, _TABS, strict=True)
        ],
        "page": page,
        "overdue_before": overdue_before(now),
        "follow_up_days": FOLLOW_UP_DAYS,
    }
    return render(request, "customers/adverse_events.html", context)


@sensitive_post_parameters()
@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def event_new(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    form = AdverseEventForm(request.POST or None, today=clinic_day(request), by=request.membership)
    if request.method == "POST" and form.is_valid():
        try:
            adverse_events.note_event(
                customer=customer, by=request.membership, at=timezone.now(), **form.cleaned_data
            )
        except DomainError as refusal:
            return back_to_profile(request, customer, refusal.message, is_bad=True)
        return back_to_profile(request, customer, _("The adverse event is written down."))
    return form_dialog(
        request, customer, form, title=_("Note an adverse event"), submit=_("Write it down"),
        lead=_("Everybody at the desk is warned that there is one; the words stay sealed."),
    )  # fmt: skip


@sensitive_post_parameters()
@requires("health.edit")
@require_POST
def event_close(request: HttpRequest, customer_id: int, event_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    outcome = request.POST.get("outcome", "").strip()
    if not 0 < len(outcome) <= LONGEST_WORDS:
        message = _("Say in a few words how it ended, in at most %(n)s characters.")
        return back_to_profile(request, customer, message % {"n": LONGEST_WORDS}, is_bad=True)
    try:
        adverse_events.close_event(
            customer=customer, event_id=event_id, outcome=outcome, by=request.membership,
            at=timezone.now(),
        )  # fmt: skip
    except HealthClosed:
        return redirect("customers:health", customer.pk)
    except AdverseEvent.DoesNotExist:
        raise Http404 from None
    return back_to_profile(request, customer, _("The adverse event is over."))
