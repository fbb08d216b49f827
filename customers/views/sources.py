"""Settings: the ways by which customers come, and what one customer costs on each."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.custom_field_forms import SourceForm
from customers.models import AcquisitionSource
from customers.queries.acquisition import source_lines
from customers.services.acquisition import save_source
from tenancy.access import requires
from tenancy.exceptions import DomainError


@requires("settings.view")
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    return render(request, "customers/settings/sources.html", {"lines": source_lines()})


@requires("settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_source(request: HttpRequest, source_id: int | None = None) -> HttpResponse:
    """`?name=…` begins with a name that customers carry already."""
    source = get_object_or_404(AcquisitionSource.objects.all(), pk=source_id) if source_id else None
    initial = {"name": request.GET.get("name", "")[:80], "is_active": True}
    if source:
        initial = {name: getattr(source, name) for name in ("name", "cost_minor", "is_active")}
    form = SourceForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        currency=request.clinic.currency,
    )
    if form.is_valid():
        try:
            save_source(source=source, by=request.membership, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("customer-settings:sources")
    context = {"form": form, "title": source.name if source else _("Add a source")}
    status = 422 if form.errors else 200
    return render(request, "customers/settings/source.html", context, status=status)
