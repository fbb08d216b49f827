"""One step for many customers of the list: selected ones, or all that match."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from customers.services import bulk, list_export, list_jobs
from customers.views.listing import clinic_day, sees_contacts
from tenancy.access import requires
from tenancy.exceptions import DomainError
from tenancy.models import Job, Membership

LINK_SECONDS = 600
SALT = "customers.list-export"


def _selected(values: Any) -> list[int] | None:
    """Ids of the chosen customers; None for everybody of the list."""
    if values.get("scope") == "all":
        return None
    texts = values.getlist("customer")[: list_jobs.MOST_SELECTED]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _dialog(request: HttpRequest, action: str, **context: Any) -> HttpResponse:
    ids = _selected(request.GET)
    context |= {
        "action": action,
        "ids": ids or [],
        "is_all": ids is None,
        "list_query": request.GET.get("list", ""),
    }
    return render(request, "customers/_bulk_dialog.html", context)


def _ask(request: HttpRequest, action: str, **more: Any) -> HttpResponse:
    ids = _selected(request.POST)
    if ids == []:
        messages.error(request, _("Choose at least one customer."))
        return redirect("customers:list")
    job = list_jobs.ask(
        action=action,
        query=request.POST.get("list", "")[:8_000],
        ids=ids,
        branch=request.branch,
        by=request.membership,
        on=clinic_day(request),
        in_clear=sees_contacts(request),
        **more,
    )
    return redirect("customers:list-job", job.pk)


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_tag(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _dialog(request, "tag")
    try:
        tag = bulk.tag_named(request.POST.get("name", ""))
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("customers:list")
    return _ask(request, "tag", tag_id=tag.pk)


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_assign(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        colleagues = Membership.objects.filter(is_active=True).select_related("user")
        return _dialog(request, "assign", colleagues=colleagues)
    text = request.POST.get("consultant", "")
    if not text:
        return _ask(request, "assign", consultant_id=None)
    try:
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise DomainError(_("Choose a colleague."))
        member = bulk.assignable(int(text))
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("customers:list")
    return _ask(request, "assign", consultant_id=member.pk)


@requires("customers.export")
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_export(request: HttpRequest) -> HttpResponse:
    return _ask(request, "export") if request.method == "POST" else _dialog(request, "export")


def _own_job(request: HttpRequest, job_id: int) -> Job:
    jobs = Job.objects.filter(kind=list_jobs.KIND, started_by=request.membership)
    return get_object_or_404(jobs, pk=job_id)


@requires("customers.view")
@require_safe
def job_detail(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far it is, and what came of it; an export with a link of minutes."""
    job = _own_job(request, job_id)
    if request.htmx and not request.htmx.boosted:
        if not job.is_open:
            return HttpResponseClientRefresh()
        return render(request, "customers/_list_job.html", {"job": job})
    path = list_export.path_of(job.result.get("path", ""))
    context = {
        "job": job,
        "action": job.params.get("action", "export"),  # an erasure may have emptied it
        "key": signing.dumps([job.pk, request.membership.pk], salt=SALT) if path else "",
        "link_minutes": LINK_SECONDS // 60,
    }
    return render(request, "customers/list_job.html", context)


@requires("customers.export")
@require_safe
def job_file(request: HttpRequest, job_id: int) -> HttpResponse:
    """The file itself, by a link that its maker was given minutes ago."""
    job = _own_job(request, job_id)
    try:
        told = signing.loads(request.GET.get("key", ""), salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("This link is over. Here is a new one."))
        return redirect("customers:list-job", job.pk)
    path = list_export.path_of(job.result.get("path", ""))
    if told != [job.pk, request.membership.pk] or path is None:
        raise Http404
    return FileResponse(
        path.open("rb"), as_attachment=True, filename="customers.csv", content_type="text/csv"
    )
