"""Settings: the treatments the clinic offers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.catalogue_forms import TreatmentForm
from customers.models import Treatment
from customers.queries.catalogue import categories, treatment_list
from tenancy.access import requires
from tenancy.services.audit import record

PAGE_ROWS = 100


@requires("settings.view")
@require_safe
def treatments(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    page = Paginator(treatment_list(text), PAGE_ROWS).get_page(request.GET.get("page"))
    name = "_rows" if request.htmx and not request.htmx.boosted else "list"
    return render(request, f"customers/catalogue/{name}.html", {"page": page, "query": text})


@requires("settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_treatment(request: HttpRequest, treatment_id: int | None = None) -> HttpResponse:
    treatment = (
        get_object_or_404(Treatment.objects.all(), pk=treatment_id) if treatment_id else Treatment()
    )
    form = TreatmentForm(request.POST or None, instance=treatment, currency=request.clinic.currency)
    if request.method == "POST" and form.is_valid():
        form.save()
        detail = {"fields": sorted(form.changed_data)}
        record(by=request.membership, action="treatment.changed", subject=treatment, detail=detail)
        messages.success(request, _("Saved. Due days follow at once, scores from the next night."))
        return redirect("catalogue:list")
    context = {
        "form": form,
        "title": treatment.name if treatment.pk else _("Add a treatment"),
        "categories": categories(),
    }
    status = 422 if form.errors else 200
    return render(request, "customers/catalogue/edit.html", context, status=status)
