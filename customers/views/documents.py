"""Files of a customer: added, opened by a link of minutes, deleted."""

from urllib.parse import quote

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Customer, CustomerFile
from customers.services import documents, health
from customers.story_forms import FileForm
from customers.uploads import MB, MOST_BYTES
from customers.views.form_dialog import back_to_profile, form_dialog
from customers.views.profile import customer_or_404
from tenancy.access import requires
from tenancy.exceptions import DomainError
from tenancy.services.audit import record

HEALTH = "health.view"
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
FORM_OVERHEAD_BYTES = MB  # what surrounds the file in the body of the request


def _files(request: HttpRequest, customer_id: int) -> QuerySet[CustomerFile]:
    """A medical file is as unknown as none to those who may not see health data."""
    rows = CustomerFile.objects.filter(customer=customer_id).select_related(
        "added_by__user", "customer"
    )
    return rows if HEALTH in request.capabilities else rows.filter(is_medical=False)


def _file(request: HttpRequest, customer_id: int, file_id: int) -> CustomerFile:
    customer = customer_or_404(request, customer_id)
    return get_object_or_404(_files(request, customer.pk), pk=file_id)


def _has_right(request: HttpRequest, customer: Customer) -> bool:
    """As for the rest of the health data: the consultant, or who gave a reason a while ago."""
    if HEALTH not in request.capabilities:
        return False
    right = health.right_of(customer=customer, by=request.membership, at=timezone.now())
    return right is not None


@csrf_exempt  # the body must not be read before we know its size; `_add` checks the token
@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def file_add(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    text = request.META.get("CONTENT_LENGTH") or "0"
    n_bytes = int(text) if text.isascii() and text.isdigit() else 0
    if n_bytes > MOST_BYTES + FORM_OVERHEAD_BYTES:
        return back_to_profile(request, customer, _("At most 20 MB a file."), is_bad=True)
    return _add(request, customer_id)


@csrf_protect
def _add(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    is_post = request.method == "POST"
    form = FileForm(
        request.POST if is_post else None,
        request.FILES if is_post else None,
        may_be_medical=HEALTH in request.capabilities,
    )
    if is_post and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            documents.add_file(
                customer=customer,
                content=upload.read(MOST_BYTES + 1),
                title=form.cleaned_data["title"] or upload.name.rpartition(".")[0][:200] or "–",
                is_medical=form.cleaned_data.get("is_medical", False),
                by=request.membership,
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error("file", refusal.message)
        else:
            return back_to_profile(request, customer, _("The file is kept."))
    title, submit = _("Add a file"), _("Add the file")
    return form_dialog(request, customer, form, title=title, submit=submit, has_file=True)


@requires("customers.view")
@require_safe
def file_list(request: HttpRequest, customer_id: int) -> HttpResponse:
    """All files, with pictures to recognise them by."""
    customer = customer_or_404(request, customer_id)
    may_look = _has_right(request, customer)
    files = [
        (file, preview_address(request, file) if may_look or not file.is_medical else "")
        for file in _files(request, customer_id)
    ]
    context = {"customer": customer, "files": files}
    return render(request, "customers/files.html", context)


def preview_address(request: HttpRequest, file: CustomerFile) -> str:
    """A link of minutes to the small picture; "" where there is none."""
    if not file.preview_path:
        return ""
    key = documents.link_key(file.pk, member_id=request.membership.pk, is_preview=True)
    address = reverse("customers:file-open", args=[file.customer_id, file.pk])
    return f"{address}?key={quote(key)}"


@requires("customers.view")
@require_safe
def file_link(request: HttpRequest, customer_id: int, file_id: int) -> HttpResponse:
    """Note who opens the file, and lead to it by a link of minutes."""
    file = _file(request, customer_id, file_id)
    if file.is_medical and not _has_right(request, file.customer):
        messages.info(request, _("This file is medical: give a reason, then open it again."))
        return redirect("customers:health", customer_id)
    record(action="file.opened", by=request.membership, subject=file)
    key = documents.link_key(file.pk, member_id=request.membership.pk)
    address = reverse("customers:file-open", args=[customer_id, file_id])
    return redirect(f"{address}?key={quote(key)}")


@requires("customers.view")
@require_safe
def file_open(request: HttpRequest, customer_id: int, file_id: int) -> HttpResponse:
    """The bytes, for this member and a few minutes; capability and scope are asked again."""
    file = _file(request, customer_id, file_id)
    opened = documents.opens(request.GET.get("key", ""), file.pk, member_id=request.membership.pk)
    if not opened or (file.is_medical and not _has_right(request, file.customer)):
        context = {"customer": file.customer, "file": file}
        return render(request, "customers/link_expired.html", context, status=410)
    content = documents.content_of(file, is_preview=opened == "preview")
    if content is None:
        raise Http404("The file is not there.")
    return _answer(file, content, is_preview=opened == "preview")


def _answer(file: CustomerFile, content: bytes, *, is_preview: bool) -> HttpResponse:
    kind = "image/jpeg" if is_preview else file.content_type
    response = HttpResponse(content, content_type=kind)
    place = "inline" if file.kind == CustomerFile.Kind.IMAGE else "attachment"
    ending = EXTENSIONS.get(kind, "pdf")
    name = quote(f"{file.title}.{ending}", safe="")
    response["Content-Disposition"] = (
        f"{place}; filename=\"file.{ending}\"; filename*=UTF-8''{name}"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires("customers.edit")
@require_POST
def file_delete(request: HttpRequest, customer_id: int, file_id: int) -> HttpResponse:
    """Deleting twice is no error: it is gone, which is what was wanted."""
    customer = customer_or_404(request, customer_id)
    if file := _files(request, customer_id).filter(pk=file_id).first():
        documents.delete_file(file=file, by=request.membership)
        return back_to_profile(request, customer, _("The file was deleted."))
    return back_to_profile(request, customer, _("This file is no longer there."), is_bad=True)
