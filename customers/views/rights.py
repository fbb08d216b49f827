"""The rights of the person: to know everything, to say no to everything, to be erased."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from customers.models import Consent, Customer
from customers.rights_forms import ErasureForm
from customers.services.access_export import access_export
from customers.services.consent import ConsentChange, apply_changes
from customers.services.erasing import ErasureRefused, erase
from customers.views.profile import customer_or_404
from tenancy.access import requires


@requires("customers.erase")
@require_safe
def rights(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    return _page(request, customer, ErasureForm(customer=customer))


@never_cache
@requires("customers.erase")
@require_POST
def tell_everything(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    packed = access_export(customer=customer, by=request.membership, at=timezone.now())
    return HttpResponse(
        packed,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="customer-{customer.pk}.zip"'},
    )


@requires("customers.erase")
@require_POST
def withdraw_all(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Every consent, at once: the next claim of the outbox finds a no."""
    customer = customer_or_404(request, customer_id)
    standing = Consent.objects.filter(customer=customer, withdrawn_at__isnull=True)
    at = timezone.now()
    changes = [
        ConsentChange(customer.pk, consent.purpose, consent.channel, False, at)
        for consent in standing
    ]
    apply_changes(changes, at=at, source="desk")
    messages.success(request, _("All consents are withdrawn."))
    return redirect("customers:rights", customer.pk)


@requires("customers.erase")
@require_POST
def erase_person(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    form = ErasureForm(request.POST, customer=customer)
    if not form.is_valid():
        return _page(request, customer, form, status=422)
    try:
        erase(customer=customer, by=request.membership, at=timezone.now())
    except ErasureRefused as refused:
        form.add_error(None, refused.message)
        return _page(request, customer, form, status=409)
    messages.success(request, _("The person is erased. Sales and points stay under a number."))
    return redirect("customers:list")


def _page(
    request: HttpRequest, customer: Customer, form: ErasureForm, *, status: int = 200
) -> HttpResponse:
    standing = Consent.objects.filter(customer=customer, withdrawn_at__isnull=True).count()
    context = {"customer": customer, "form": form, "n_consents": standing}
    return render(request, "customers/rights.html", context, status=status)
