"""One form on a customer: in a dialog where htmx asks for it, on a page of its own elsewhere."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from customers.models import Customer


def form_dialog(
    request: HttpRequest,
    customer: Customer,
    form: Form,
    *,
    title: Any,
    submit: Any,
    lead: Any = "",
    has_file: bool = False,
    status: int | None = None,
) -> HttpResponse:
    """The form with what is wrong with it, if anything (422)."""
    context = {
        "customer": customer,
        "form": form,
        "title": title,
        "submit": submit,
        "lead": lead,
        "has_file": has_file,
        "action": request.get_full_path(),
    }
    name = "_form_dialog" if request.htmx else "form_page"
    chosen = status or (422 if form.errors else 200)
    return render(request, f"customers/{name}.html", context, status=chosen)


def back_to_profile(
    request: HttpRequest, customer: Customer, message: Any, *, is_bad: bool = False
) -> HttpResponse:
    """The profile again, with a word on what happened."""
    (messages.error if is_bad else messages.success)(request, message)
    address = reverse("customers:detail", args=[customer.pk])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
