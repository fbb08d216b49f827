"""Guardians of a minor: a page to add one, and a button to take one away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customers.guardian_forms import GuardianForm
from customers.queries import visible_customers
from customers.services import guardians
from customers.views.profile import customer_or_404
from tenancy.access import requires
from tenancy.exceptions import DomainError


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def guardian_add(request: HttpRequest, customer_id: int) -> HttpResponse:
    minor = customer_or_404(request, customer_id)
    form = GuardianForm(
        request.POST if request.method == "POST" else None,
        people=visible_customers(request.branch),
        country=request.clinic.country,
    )
    if form.is_valid():
        try:
            guardians.add_guardian(
                minor=minor, clinic=request.clinic, by=request.membership, at=timezone.now(),
                **form.cleaned_data,
            )  # fmt: skip
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("customers:detail", minor.pk)
    chosen = form.cleaned_data.get("guardian") if form.is_bound else None
    context = {"customer": minor, "form": form, "chosen": chosen}
    status = 422 if form.errors else 200
    return render(request, "customers/guardian.html", context, status=status)


@requires("customers.edit")
@require_POST
def guardian_remove(request: HttpRequest, customer_id: int, guardian_id: int) -> HttpResponse:
    minor = customer_or_404(request, customer_id)
    guardians.remove_guardian(minor=minor, guardian_id=guardian_id, by=request.membership)
    return redirect("customers:detail", minor.pk)
