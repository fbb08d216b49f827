"""What people at the desk change: fields, tags, consent, notes."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.forms import ConsentForm, NoteForm, TagForm
from customers.models import Customer, Tag
from customers.services import editing
from customers.views.profile import consent_rows, customer_or_404, profile_or_404, timeline_context
from tenancy.access import requires
from tenancy.exceptions import DomainError


@requires("customers.edit")
@require_POST
def note_add(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        editing.add_note(
            customer=customer,
            text=form.cleaned_data["text"],
            by=request.membership,
            at=timezone.now(),
        )
        form = NoteForm()
    if not request.htmx:
        if form.errors:
            messages.error(request, _("A note needs some text."))
        return redirect("customers:detail", customer.pk)
    context = {"customer": customer, "note_form": form, **timeline_context(request, customer)}
    status = 422 if form.errors else 200
    return render(request, "customers/_story.html", context, status=status)


@requires("customers.edit")
@require_POST
def tag_add(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    form = TagForm(request.POST)
    problem = ""
    if form.is_valid():
        try:
            editing.add_tag(
                customer=customer, name=form.cleaned_data["name"], by=request.membership
            )
        except DomainError as refusal:
            problem = refusal.message
    else:
        problem = str(form.errors["name"][0])
    return _tags(request, customer, problem)


@requires("customers.edit")
@require_POST
def tag_remove(request: HttpRequest, customer_id: int, tag_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    editing.remove_tag(customer=customer, tag_id=tag_id, by=request.membership)
    return _tags(request, customer, "")


def _tags(request: HttpRequest, customer: Customer, problem: str) -> HttpResponse:
    if not request.htmx:
        if problem:
            messages.error(request, problem)
        return redirect("customers:detail", customer.pk)
    context: dict[str, Any] = {
        "customer": customer,
        "tags": Tag.objects.filter(customer_links__customer=customer),
        "problem": problem,
    }
    return render(request, "customers/_tags.html", context, status=422 if problem else 200)


@requires("customers.edit")
@require_POST
def consent_change(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    form = ConsentForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        editing.change_consent(
            customer=customer,
            purpose=said["purpose"],
            channel=said["channel"],
            is_given=said["answer"] == "yes",
            by=request.membership,
            at=timezone.now(),
        )
    else:
        messages.error(request, _("This consent is not known. Reload the page and try again."))
    if not request.htmx:
        return redirect("customers:detail", customer.pk)
    consents = consent_rows(profile_or_404(request, customer.pk))
    context = {"customer": customer, "consents": consents}
    status = 422 if form.errors else 200
    return render(request, "customers/_consents.html", context, status=status)
