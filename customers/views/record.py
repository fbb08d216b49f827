"""The whole record of a customer: a new one, and the full edit page."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.contact_rows import VALUE_LABELS, ContactRows
from customers.models import Customer
from customers.queries import instant_search
from customers.queries.known_people import KnownPerson, known_people
from customers.queries.record_words import Conflict, conflicts_of
from customers.record_forms import RecordForms
from customers.services import records
from customers.services.contacts import ContactDraft
from customers.services.own_ids import DESK_SOURCES, IdRefused
from customers.services.referrals import ReferrerCircle
from customers.views.listing import clinic_day
from customers.views.profile import customer_or_404
from tenancy.access import requires


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def customer_new(request: HttpRequest) -> HttpResponse:
    forms = _forms(request, _nobody(home_branch=request.branch))
    if request.method != "POST":
        return _page(request, forms, None, known=[])
    if not forms.is_valid():
        return _page(request, forms, None, known=[], status=422)
    said = forms.said()
    known = _known(request, _typed(said), None)
    if known and not request.POST.get("is_another_person"):
        return _page(request, forms, None, known=known, status=409)
    try:
        customer = records.register(
            said=said, by=request.membership, at=timezone.now(), today=clinic_day(request)
        )
    except IdRefused as refusal:
        forms.details.add_error(refusal.source, refusal.message)
        return _page(request, forms, None, known=[], status=422)
    messages.success(request, _("%(name)s is in the book.") % {"name": customer.name})
    return redirect("customers:detail", customer.pk)


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def customer_edit(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = customer_or_404(request, customer_id)
    forms = _forms(request, Customer.objects.get(pk=customer.pk))  # the form writes on its own copy
    if request.method != "POST":
        return _page(request, forms, customer, known=[])
    if not forms.is_valid():
        return _page(request, forms, customer, known=[], status=422)
    try:
        records.edit(
            customer=customer, said=forms.said(), seen=forms.seen(), by=request.membership,
            at=timezone.now(),
        )  # fmt: skip
    except records.ChangedMeanwhile as clash:
        forms.marks = (forms.seen() or {}) | records.marks_of(clash.now)
        conflicts = conflicts_of(customer.pk, clash.now)
        return _page(request, forms, customer, known=[], conflicts=conflicts, status=409)
    except IdRefused as refusal:
        forms.details.add_error(refusal.source, refusal.message)
        return _page(request, forms, customer, known=[], status=422)
    except ReferrerCircle as refusal:
        forms.details.add_error("referrer", refusal.message)
        return _page(request, forms, customer, known=[], status=422)
    messages.success(request, _("Saved."))
    return redirect("customers:detail", customer.pk)


@requires("customers.edit")
@require_POST
def known_already(request: HttpRequest) -> HttpResponse:
    """While it is being typed: who has this phone, e-mail, card or WeChat id already?"""
    text = request.POST.get("customer", "")
    pk = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    forms = _forms(request, _nobody())
    forms.is_valid()  # what is not finished yet finds nobody
    typed = {rows.kind: rows.sound_values() for rows in forms.contacts}
    typed |= {source: forms.details.cleaned_data.get(source, []) for source in DESK_SOURCES}
    known = _known(request, typed, pk)
    return render(request, "customers/_known_already.html", {"known": known, "is_hint": True})


@requires("customers.edit")
@require_safe
def contact_row(request: HttpRequest, kind: str) -> HttpResponse:
    """One more row for a phone or e-mail. `?index=3`: its number."""
    if kind not in records.KINDS:
        raise Http404("There is no such kind of contact.")
    text = request.GET.get("index", "")
    index = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    rows = ContactRows(kind, country=request.clinic.country)
    context = {"rows": rows, "row": rows.blank(index), "next_index": index + 1}
    return render(request, "customers/_contact_row_added.html", context)


@requires("customers.edit")
@require_safe
def pick(request: HttpRequest, name: str) -> HttpResponse:
    """People to choose one from, as radio buttons called `name`."""
    text = request.GET.get("q", "").strip()
    found = list(instant_search(text, branch=request.branch)) if text else []
    context = {"found": found, "name": name, "query": text}
    return render(request, "customers/_picked.html", context)


def _nobody(**known: Any) -> Customer:
    """A customer yet to be saved; what the database would fill in stands empty in the form."""
    return Customer(hobbies="", zone="", **known)


def _forms(request: HttpRequest, customer: Customer) -> RecordForms:
    initial: dict[str, Any] = {}
    if not customer.pk:
        initial = {"name": request.GET.get("name", "")[:200]}
        if phone := request.GET.get("phone", "")[:60]:
            initial["phone"] = [ContactDraft(phone, is_primary=True)]
    return RecordForms(
        customer,
        clinic=request.clinic,
        branches=request.branches,
        branch=request.branch,
        is_branch_bound=request.membership.branch_id is not None,
        today=clinic_day(request),
        data=request.POST if request.method == "POST" else None,
        initial=initial,
    )


def _typed(said: dict[str, Any]) -> dict[str, list[str]]:
    """What may tell who this is: kind or source → values."""
    typed = {kind: [draft.value for draft in said.get(kind, [])] for kind in records.KINDS}
    return typed | {source: said.get(source, []) for source in DESK_SOURCES}


def _known(request: HttpRequest, typed: dict[str, list[str]], pk: int | None) -> list[KnownPerson]:
    return known_people(
        phones=typed["phone"],
        emails=typed["email"],
        identities=[(source, text) for source in DESK_SOURCES for text in typed[source]],
        branch=request.branch,
        without=pk,
    )


def _page(
    request: HttpRequest,
    forms: RecordForms,
    customer: Customer | None,
    *,
    known: list[KnownPerson],
    conflicts: list[Conflict] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "forms": forms,
        "form": forms.details,
        "customer": customer,
        "known": known,
        "conflicts": conflicts or [],
        "seen": json.dumps(forms.marks),
        "labels": VALUE_LABELS,
        "chosen_referrer": _chosen(forms),
    }
    name = "edit" if customer else "new"
    return render(request, f"customers/{name}.html", context, status=status)


def _chosen(forms: RecordForms) -> Customer | None:
    """Who is chosen as referrer now, to be shown as chosen."""
    field = forms.details["referrer"]
    chosen = field.value()
    if not chosen or field.errors:
        return None
    return forms.details.fields["referrer"].queryset.filter(pk=chosen).first()
