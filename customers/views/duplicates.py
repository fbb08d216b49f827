"""One person once: the queue of pairs, two records side by side, merges and their undo."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.duplicate_forms import DuplicateRulesForm, MergeForm
from customers.models import Customer, DuplicatePair
from customers.queries import instant_search, visible_customers
from customers.queries.duplicates import (
    compared,
    in_order,
    merges_visible_to,
    pair_of,
    pairs_visible_to,
    reasons_in_words,
    rows_of_pairs,
)
from customers.services.duplicates import call_different, reopen, rules_of_clinic
from customers.services.duplicates.rules import save_rules
from customers.services.merging import merge_customers, undo_merge
from tenancy.access import requires
from tenancy.exceptions import DomainError
from tenancy.queue import enqueue
from tenancy.services.audit import record

PAGE_SIZE = 25
STATES = (DuplicatePair.State.OPEN, DuplicatePair.State.DIFFERENT)


@requires("customers.edit")
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("state", "")
    state = asked if asked in STATES else DuplicatePair.State.OPEN
    visible = pairs_visible_to(request.branch)
    page = Paginator(in_order(visible.filter(state=state)), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": rows_of_pairs(list(page)),
        "state": state,
        "rules": rules_of_clinic(),
    }
    return render(request, "customers/duplicates/queue.html", context)


@requires("customers.edit")
@require_POST
def search_now(request: HttpRequest) -> HttpResponse:
    enqueue("customers.search_duplicates_now")
    messages.success(
        request, _("The search has begun. New pairs appear here in a moment; reload the page.")
    )
    return redirect("customers:duplicates")


@requires("customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, customer_id: int, other_id: int) -> HttpResponse:
    a, b = (_customer(request, pk) for pk in (customer_id, other_id))
    form = MergeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        survivor, merged = (a, b) if form.cleaned_data["keep"] == "a" else (b, a)
        try:
            merge_customers(
                survivor_id=survivor.pk,
                merged_id=merged.pk,
                by=request.membership,
                at=timezone.now(),
                choices=form.choices(),
            )
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("customers:duplicates")
        messages.success(request, _("Merged. It can be undone under «Merges»."))
        return _next_pair(request, otherwise=survivor)
    context = {**_comparison(a, b), "errors": form.errors}
    status = 422 if form.errors else 200
    return render(request, "customers/duplicates/compare.html", context, status=status)


def _customer(request: HttpRequest, pk: int) -> Customer:
    known = visible_customers(request.branch)
    return get_object_or_404(known.select_related("home_branch", "consultant", "referrer"), pk=pk)


def _comparison(a: Customer, b: Customer) -> dict[str, Any]:
    pair = pair_of(a.pk, b.pk)
    return {
        "a": a,
        "b": b,
        "is_same": a.pk == b.pk,
        "fields": compared(a, b),
        "pair": pair,
        "reasons": reasons_in_words(pair.reasons) if pair else [],
        "is_open": pair is not None and pair.state == DuplicatePair.State.OPEN,
    }


def _next_pair(request: HttpRequest, *, otherwise: Customer | None = None) -> HttpResponse:
    """On to the next open pair, for who works through the queue."""
    if "from_queue" in request.POST:
        visible = pairs_visible_to(request.branch).filter(state=DuplicatePair.State.OPEN)
        if pair := in_order(visible).first():
            return redirect("customers:duplicate-compare", pair.first_id, pair.second_id)
        return redirect("customers:duplicates")
    if otherwise is not None:
        return redirect("customers:detail", otherwise.pk)
    return redirect("customers:duplicates")


@requires("customers.edit")
@require_POST
def different(request: HttpRequest, pair_id: int) -> HttpResponse:
    pair = get_object_or_404(pairs_visible_to(request.branch), pk=pair_id)
    try:
        call_different(pair_id=pair.pk, by=request.membership, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Noted: two people. You will not be asked again."))
    return _next_pair(request)


@requires("customers.edit")
@require_POST
def ask_again(request: HttpRequest, pair_id: int) -> HttpResponse:
    pair = get_object_or_404(pairs_visible_to(request.branch), pk=pair_id)
    try:
        reopen(pair_id=pair.pk, by=request.membership)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("customers:duplicates")


@requires("customers.edit")
@require_safe
def pick_other(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The customer is known; who is the same person?"""
    customer = _customer(request, customer_id)
    text = request.GET.get("q", "").strip()
    found = list(instant_search(text, branch=request.branch, by_number=True)) if text else []
    pairs = pairs_visible_to(request.branch).filter(state=DuplicatePair.State.OPEN)
    mine = pairs.filter(first=customer) | pairs.filter(second=customer)
    context = {
        "customer": customer,
        "query": text,
        "found": [one for one in found if one.pk != customer.pk],
        "rows": rows_of_pairs(list(in_order(mine)[:10])),
    }
    return render(request, "customers/duplicates/pick.html", context)


@requires("customers.edit")
@require_safe
def merges(request: HttpRequest) -> HttpResponse:
    page = Paginator(merges_visible_to(request.branch), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "customers/duplicates/merges.html", {"page": page})


@requires("customers.edit")
@require_POST
def undo(request: HttpRequest, merge_id: int) -> HttpResponse:
    merge = get_object_or_404(merges_visible_to(request.branch), pk=merge_id)
    try:
        undone = undo_merge(merge_id=merge.pk, by=request.membership, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("customers:duplicate-merges")
    text = _("Undone: both records are back as they were. What came since stays where it is.")
    if undone.n_left:
        text += " " + ngettext(
            "%(n)s row had been changed since and was left.",
            "%(n)s rows had been changed since and were left.",
            undone.n_left,
        ) % {"n": undone.n_left}
    messages.success(request, text)
    return redirect("customers:duplicate-merges")


@requires("settings.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    current = rules_of_clinic()
    initial = {
        "review_percent": round(current.review_from * 100, 3),
        "certain_percent": round(current.certain_from * 100, 3),
        "merges_by_itself": current.merges_by_itself,
    }
    form = DuplicateRulesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        save_rules(
            review_from=form.cleaned_data["review_percent"] / 100,
            certain_from=form.cleaned_data["certain_percent"] / 100,
            merges_by_itself=form.cleaned_data["merges_by_itself"],
        )
        record(action="duplicate_rules.changed", by=request.membership, detail=form.cleaned_data)
        messages.success(request, _("Saved. The next search goes by these rules."))
        return redirect("customers:duplicates")
    status = 422 if form.errors else 200
    return render(request, "customers/duplicates/rules.html", {"form": form}, status=status)
