"""All consents of a customer, for every purpose and channel, with their proof."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.consent_forms import SAID_BY, ConsentNoteForm
from customers.models import Consent, Customer
from customers.services import editing
from customers.views.profile import customer_or_404
from tenancy.access import requires
from tenancy.exceptions import DomainError

PREFILLED = ("purpose", "channel", "answer")


@requires("customers.view")
@require_http_methods(["GET", "HEAD"])
def consents(request: HttpRequest, customer_id: int) -> HttpResponse:
    """`?purpose=…&channel=…&answer=…` begins the form with these."""
    customer = customer_or_404(request, customer_id)
    initial = {name: request.GET[name] for name in PREFILLED if name in request.GET}
    return _page(request, customer, _form(request, initial=initial))


@requires("customers.edit")
@require_http_methods(["POST"])
def consent_note(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    form = _form(request, data=request.POST)
    if not form.is_valid():
        return _page(request, customer, form, status=422)
    try:
        editing.note_consent(
            change=form.change(customer), source=form.cleaned_data["source"],
            by=request.membership, at=form.at,
        )  # fmt: skip
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _page(request, customer, form, status=422)
    messages.success(request, _("Saved."))
    return redirect("customers:consents", customer.pk)


def _form(request: HttpRequest, **kwargs: Any) -> ConsentNoteForm:
    return ConsentNoteForm(zone=request.clinic.zone, at=timezone.now(), **kwargs)


def _page(
    request: HttpRequest, customer: Customer, form: ConsentNoteForm, status: int = 200
) -> HttpResponse:
    rows = list(Consent.objects.filter(customer=customer))
    context = {
        "customer": customer,
        "form": form,
        "rows": [(row, dict(SAID_BY).get(row.source, row.source)) for row in rows],
        "channels": Consent.Channel.labels,
        "matrix": _matrix(rows),
    }
    return render(request, "customers/consents.html", context, status=status)


def _matrix(rows: list[Consent]) -> list[tuple[str, list[tuple[str, str, str, Consent | None]]]]:
    """[(purpose, [(purpose key, channel key, channel, the latest word on it or None)])]"""
    latest: dict[tuple[str, str], Consent] = {}
    for row in rows:  # newest first
        latest.setdefault((row.purpose, row.channel), row)
    return [
        (
            purpose.label,
            [(str(purpose), str(c), c.label, latest.get((purpose, c))) for c in Consent.Channel],
        )
        for purpose in Consent.Purpose
    ]
