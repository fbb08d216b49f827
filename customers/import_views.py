"""Importing a file: upload, say which column is which, try it, do it, see what came of it."""

from collections.abc import Callable
from functools import wraps
from io import TextIOWrapper
from tempfile import TemporaryFile
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from customers.files.fields import KINDS
from customers.files.limits import MB
from customers.import_forms import MappingForm, UploadForm, too_large
from customers.models import ImportFile
from customers.queries.imports import first_problems, import_list_page
from customers.services import imports
from customers.services.imports import words
from tenancy.access import requires

PAGE_SIZE = 25
FORM_OVERHEAD_BYTES = MB  # what surrounds the file in the body of the request


def importing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For those who may import. A file speaks of all branches, so nobody bound to one may."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if request.membership.branch_id:
            raise PermissionDenied("customers.import")
        return view(request, *args, **kwargs)

    return requires("customers.import")(guarded)


def _one(import_id: int) -> ImportFile:
    rows = ImportFile.objects.select_related("job")
    return get_object_or_404(rows, pk=import_id)


@importing
@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(import_list_page(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "customers/imports/list.html", {"page": page})


@csrf_exempt  # the body must not be read before we know its size; `_upload` checks the token
@importing
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    if _declared_bytes(request) > settings.MAX_UPLOAD_BYTES + FORM_OVERHEAD_BYTES:
        return _upload_page(request, UploadForm(), refused=too_large(), status=413)
    return _upload(request)


def _declared_bytes(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


@csrf_protect
def _upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        kind = request.GET.get("kind", "")
        first = kind if kind in KINDS else ImportFile.Kind.CUSTOMERS
        return _upload_page(request, UploadForm(initial={"kind": first}))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        made = imports.store_upload(
            content=file.chunks(),
            name=file.name,
            kind=form.cleaned_data["kind"],
            source=form.cleaned_data["source"],
            mapping=form.as_mapping(),
            max_bytes=settings.MAX_UPLOAD_BYTES,
        )
    except imports.ImportRefused as refused:
        form.add_error("file", refused.message)
        return _upload_page(request, form, status=422)
    return redirect("customers:import-mapping", made.pk)


def _upload_page(
    request: HttpRequest, form: UploadForm, *, refused: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "refused": refused, "limit_mb": settings.MAX_UPLOAD_BYTES // MB}
    return render(request, "customers/imports/new.html", context, status=status)


@importing
@require_http_methods(["GET", "HEAD", "POST"])
def import_mapping(request: HttpRequest, import_id: int) -> HttpResponse:
    """The columns with our reading; a POST (at every change) reads them anew."""
    import_file = _one(import_id)
    if not import_file.can_be_mapped:
        return redirect("customers:import-detail", import_file.pk)
    try:
        if request.method == "POST":
            import_file = _save_mapping(request, import_file)
        preview = imports.preview_of(import_file, clinic=request.clinic, at=timezone.now())
    except imports.ImportRefused as refused:
        return _unreadable(request, import_file, refused)
    form = MappingForm(
        headers=preview.table.headers, kind=import_file.kind, mapping=import_file.mapping
    )
    columns = list(zip(preview.columns, form.selects, strict=True))
    context = {"file": import_file, "preview": preview, "form": form, "columns": columns}
    is_part = request.htmx and not request.htmx.boosted
    return render(
        request, f"customers/imports/{'_mapping' if is_part else 'mapping'}.html", context
    )


def _save_mapping(request: HttpRequest, import_file: ImportFile) -> ImportFile:
    headers = imports.headers_of(import_file)
    form = MappingForm(
        request.POST, headers=headers, kind=import_file.kind, mapping=import_file.mapping
    )
    if not form.is_valid():
        return import_file  # a value that no select offers: nothing was chosen
    return imports.save_mapping(import_file=import_file, mapping=form.as_mapping())


def _unreadable(
    request: HttpRequest, import_file: ImportFile, refused: imports.ImportRefused
) -> HttpResponse:
    messages.error(request, refused.message)
    return redirect("customers:import-detail", import_file.pk)


@importing
@require_POST
def import_check(request: HttpRequest, import_id: int) -> HttpResponse:
    """Try the whole file with the mapping as it was sent."""
    import_file = _one(import_id)
    try:
        if "day_first" in request.POST:
            import_file = _save_mapping(request, import_file)
        imports.ask_for_check(import_file=import_file, by=request.membership)
    except imports.ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("customers:import-detail", import_file.pk)


@importing
@require_POST
def import_run(request: HttpRequest, import_id: int) -> HttpResponse:
    import_file = _one(import_id)
    try:
        imports.ask_for_import(import_file=import_file, by=request.membership)
    except imports.ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("customers:import-detail", import_file.pk)


@importing
@require_POST
def import_revert(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take back what a finished import made; what is newer is named instead."""
    import_file = _one(import_id)
    try:
        imports.ask_for_revert(import_file=import_file, by=request.membership)
    except imports.ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("customers:import-detail", import_file.pk)


@importing
@require_POST
def import_discard(request: HttpRequest, import_id: int) -> HttpResponse:
    import_file = _one(import_id)
    try:
        imports.discard(import_file=import_file)
    except imports.ImportRefused as refused:
        messages.error(request, refused.message)
    return redirect("customers:import-list")


@importing
@require_safe
def import_detail(request: HttpRequest, import_id: int) -> HttpResponse:
    """Where it stands: being read, tried, imported, or refused."""
    import_file = _one(import_id)
    is_open = import_file.job is not None and import_file.job.is_open
    if import_file.state == ImportFile.State.UPLOADED and not is_open:
        return redirect("customers:import-mapping", import_file.pk)
    context = {"file": import_file, "job": import_file.job, "is_open": is_open}
    if not is_open:
        context |= {
            "summary": words.summary(import_file),
            "to_import": words.to_import(import_file),
            "normalised": words.normalised(import_file.report),
            "failure": words.failure(import_file.report),
            "remarks": words.remarks(import_file.report),
            "reasons": words.reasons(import_file.report),
            "problems": imports.problem_lines(import_file, first_problems(import_file)),
        }
    return render(request, "customers/imports/detail.html", context)


@importing
@require_safe
def import_progress(request: HttpRequest, import_id: int) -> HttpResponse:
    """How far it is; the page that watches shows the result when there is one."""
    import_file = _one(import_id)
    is_open = import_file.job is not None and import_file.job.is_open
    if not is_open and request.htmx:
        return HttpResponseClientRefresh()
    context = {"file": import_file, "job": import_file.job, "is_open": is_open}
    return render(request, "customers/imports/_progress.html", context)


@importing
@require_safe
def import_errors(request: HttpRequest, import_id: int) -> HttpResponse:
    """The refused rows, to correct and send again."""
    import_file = _one(import_id)
    body = TemporaryFile()  # noqa: SIM115 the response closes it
    text = TextIOWrapper(body, encoding="utf-8", newline="", write_through=True)
    imports.write_error_file(import_file, text)
    text.detach()
    body.seek(0)
    response = FileResponse(body, content_type="text/csv; charset=utf-8")
    stem = import_file.original_name.rsplit(".", 1)[0] or "import"
    response["Content-Disposition"] = (
        f"attachment; filename=\"refused.csv\"; filename*=UTF-8''{quote(stem)}-refused.csv"
    )
    return response
