"""The staff's calls: the list, and one tap for how each went."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from care import queries
from care.forms import LATER, AnswerForm, PlanForm
from care.services import tasks as planning
from care.services.tasks import complete_task, postpone_task
from customers.views.form_dialog import back_to_profile, form_dialog
from customers.views.profile import customer_or_404
from tenancy.access import requires
from tenancy.clock import local_day

PAGE_ROWS = 20  # a morning's work; each row is a form, and a long page is slow on a phone
SAID = ("outcome", "note", "next_step", "n_minutes")
TABS = {"open": gettext_lazy("To call"), "mine": gettext_lazy("Mine"), "done": gettext_lazy("Done")}


@requires("tasks.work")
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    view = request.GET.get("view", "")
    view = view if view in TABS else "open"
    listed = queries.listed_tasks(view, request.membership, request.branch)
    page = Paginator(listed, PAGE_ROWS).get_page(request.GET.get("page"))
    today = local_day(request.clinic.zone, timezone.now())
    context = {
        "view": view,
        "tabs": [
            {"view": name, "label": label, "is_active": name == view}
            for name, label in TABS.items()
        ],
        "page": page,
        "calls": queries.calls_of(page.object_list, today),
        "n_done": queries.n_done_today(request.membership, at=timezone.now()),
    }
    return render(request, "care/tasks.html", context)


@requires("tasks.work")
@require_POST
def answer(request: HttpRequest, task_id: int) -> HttpResponse:
    """How a call went, or «later»; a second tap changes nothing."""
    task = get_object_or_404(queries.visible_tasks(request.branch), pk=task_id)
    now = timezone.now()
    today = local_day(request.clinic.zone, now)
    form = AnswerForm(request.POST, zone=request.clinic.zone, today=today)
    if not form.is_valid():
        return HttpResponseBadRequest(form.errors.as_text(), content_type="text/plain")
    is_later = form.cleaned_data["outcome"] == LATER
    if is_later:
        call_at = form.call_at
        until = form.cleaned_data["call_on"] or today + timedelta(days=0 if call_at else 1)
        postpone_task(task, until=until, call_at=call_at)
    else:
        said = {name: form.cleaned_data[name] for name in SAID}
        complete_task(task, **said, by=request.membership, at=now)
    if not request.htmx:
        messages.success(request, _("Noted."))
        return redirect("care:tasks")
    context = {
        "call": queries.calls_of([task], today)[0],
        "is_later": is_later and task.done_at is None,
    }
    response = render(request, "care/_answered.html", context)
    return trigger_client_event(response, "call-answered")


@requires("tasks.work")
@require_safe
def done_today(request: HttpRequest) -> HttpResponse:
    """The number beside the heading, asked for again after each call."""
    n_done = queries.n_done_today(request.membership, at=timezone.now())
    return render(request, "care/_done_today.html", {"n_done": n_done})


@requires("tasks.work")
@require_http_methods(["GET", "HEAD", "POST"])
def plan_call(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Ask for a call to this customer; it stands on the list until somebody makes it."""
    customer = customer_or_404(request, customer_id)
    form = PlanForm(
        request.POST or None,
        today=local_day(request.clinic.zone, timezone.now()),
        initial={"assigned_to": customer.consultant_id},
    )
    if request.method == "POST" and form.is_valid():
        planning.plan_call(customer=customer, by=request.membership, **form.cleaned_data)
        return back_to_profile(request, customer, _("The call is planned."))
    return form_dialog(request, customer, form, title=_("Plan a call"), submit=_("Plan the call"))
