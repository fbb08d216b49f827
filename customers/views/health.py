"""A customer's health data: behind a reason, never cached, never in a log but the access log."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from customers.health_forms import SKIN_TYPES, HealthForm, ReasonForm
from customers.models import Customer
from customers.services import health
from customers.views.profile import customer_or_404
from tenancy.access import requires
from tenancy.exceptions import DomainError
from tenancy.sealing import CannotUnseal


@never_cache
@requires("health.view")
@require_http_methods(["GET", "HEAD"])
def health_detail(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The data, or the question why it is to be opened."""
    customer = customer_or_404(request, customer_id)
    try:
        known = health.open_health(customer=customer, by=request.membership, at=timezone.now())
    except health.HealthClosed:
        return _ask(request, customer, ReasonForm())
    except CannotUnseal as lost:
        return _page(request, "health_lost", customer, {"problem": lost.message}, status=409)
    form = HealthForm(initial={name: getattr(known, name) for name in health.TEXTS})
    form.initial["seen_at"] = known.updated_at.isoformat() if known.updated_at else ""
    return _page(request, "health", customer, {"known": known, "form": form})


@never_cache
@requires("health.view")
@require_POST
def health_reason(request: HttpRequest, customer_id: int) -> HttpResponse:
    """A reason opens the data for half an hour and stays in the log."""
    customer = customer_or_404(request, customer_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _ask(request, customer, form, status=422)
    try:
        health.give_reason(
            customer=customer, by=request.membership, at=timezone.now(), **form.cleaned_data
        )
    except DomainError as refusal:
        form.add_error("words", refusal.message)
        return _ask(request, customer, form, status=422)
    return redirect("customers:health", customer.pk)


@never_cache
@sensitive_post_parameters()
@requires("health.edit")
@require_POST
def health_change(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    form = HealthForm(request.POST)
    now = timezone.now()
    if not form.is_valid():
        return _page(request, "health", customer, {"form": form}, status=422)
    texts = {name: form.cleaned_data[name] for name in health.TEXTS}
    try:
        health.change_health(
            customer=customer, texts=texts, by=request.membership, at=now,
            seen_at=_instant(form.cleaned_data["seen_at"]),
        )  # fmt: skip
    except health.HealthClosed:
        return _ask(request, customer, ReasonForm(), status=403)
    except CannotUnseal as lost:
        return _page(request, "health_lost", customer, {"problem": lost.message}, status=409)
    except DomainError as clash:
        known = health.open_health(customer=customer, by=request.membership, at=now)
        return _clash(request, customer, known, clash)
    messages.success(request, _("Saved."))
    return redirect("customers:detail", customer.pk)


def _clash(
    request: HttpRequest, customer: Customer, known: health.Health, clash: DomainError
) -> HttpResponse:
    """What was typed stays; what stands now is shown beside it, and saving again replaces it."""
    seen_at = known.updated_at.isoformat() if known.updated_at else ""
    typed = request.POST.copy()
    typed["seen_at"] = seen_at
    kept = HealthForm(typed)
    kept.is_valid()
    kept.add_error(None, clash.message)
    return _page(request, "health", customer, {"form": kept, "stands": known}, status=409)


def _ask(
    request: HttpRequest, customer: Customer, form: ReasonForm, status: int = 200
) -> HttpResponse:
    minutes = int(health.OPEN_FOR.total_seconds() // 60)
    return _page(request, "health_reason", customer, {"form": form, "minutes": minutes}, status)


def _page(
    request: HttpRequest, name: str, customer: Customer, more: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"customer": customer, "skin_types": SKIN_TYPES, **more}
    return render(request, f"customers/{name}.html", context, status=status)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
