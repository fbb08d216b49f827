"""Lists of customers: pasted or uploaded, shown with what nobody was found by, deleted."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from segmentation.models import CustomerList
from segmentation.services import customer_lists
from tenancy.access import requires
from tenancy.exceptions import DomainError

MOST_BYTES = 5_000_000
ENCODINGS = ("utf-8-sig", "gb18030")


@requires("segments.view")
@require_safe
def list_list(request: HttpRequest) -> HttpResponse:
    lists = CustomerList.objects.annotate(n_customers=Count("entries"))[:500]
    return render(
        request,
        "segmentation/lists.html",
        {"lists": lists, "in_clear": "customers.view_contact" in request.capabilities},
    )


@requires("segments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def list_new(request: HttpRequest) -> HttpResponse:
    context = {"name": request.POST.get("name", ""), "lines": request.POST.get("lines", "")}
    if request.method != "POST":
        return render(request, "segmentation/list_new.html", context)
    try:
        made = customer_lists.create_list(
            name=context["name"],
            lines=customer_lists.lines_of_text(_given(request)),
            branch=request.branch,
            by=request.membership,
        )
    except DomainError as refusal:
        place = "name_error" if refusal.code.startswith("name_") else "lines_error"
        context[place] = refusal.message
        return render(request, "segmentation/list_new.html", context, status=422)
    if made.n_unknown:
        messages.warning(request, _("Saved. Some lines name nobody: they are shown below."))
    else:
        messages.success(request, _("Saved “%(name)s”.") % {"name": made.name})
    return redirect("segmentation:lists")


def _given(request: HttpRequest) -> str:
    """What was pasted, and what the file holds. Raises DomainError."""
    text, file = request.POST.get("lines", ""), request.FILES.get("file")
    if file is None:
        return text
    if file.size > MOST_BYTES:
        raise DomainError(_("The file is larger than 5 MB."), code="list_file_refused")
    content = file.read()
    for encoding in ENCODINGS:
        try:
            return f"{text}\n{content.decode(encoding)}"
        except UnicodeDecodeError:
            continue
    raise DomainError(
        _("This is no text file. Save the column as CSV or text and upload that."),
        code="list_file_refused",
    )


@requires("segments.edit")
@require_POST
def list_delete(request: HttpRequest, list_id: int) -> HttpResponse:
    customer_list = get_object_or_404(CustomerList.objects.all(), pk=list_id)
    try:
        customer_lists.delete_list(customer_list=customer_list, by=request.membership)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Deleted “%(name)s”.") % {"name": customer_list.name})
    return redirect("segmentation:lists")
