"""The list of customers and the search box of every page."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from customers import filters
from customers.columns import ListColumn, chosen_columns, columns, lines_of
from customers.list_address import Asked, customers_of, read_address
from customers.queries import count_and_value_in_time, instant_search, list_page, rows_of
from tenancy.access import requires
from tenancy.clock import local_day
from tenancy.exceptions import DomainError


def clinic_day(request: HttpRequest) -> date:
    """Today on the clinic's clock."""
    return local_day(request.clinic.zone, timezone.now())


def sees_contacts(request: HttpRequest) -> bool:
    return "customers.view_contact" in request.capabilities


def asked_for(request: HttpRequest, query: QueryDict | None = None) -> Asked:
    """The customers that the address means, of those this reader may see."""
    on = clinic_day(request)
    address = read_address(
        request.GET if query is None else query, on=on, currency=request.clinic.currency
    )
    return customers_of(address, branch=request.branch, by_number=sees_contacts(request), on=on)


def drawn_columns(request: HttpRequest, keys: Iterable[str]) -> list[ListColumn]:
    """The columns chosen; the branch only where there are several to tell apart."""
    wanted = list(keys)
    is_one = bool(request.branch) or len(request.branches) < 2
    chosen = chosen_columns(wanted)
    return [one for one in chosen if wanted or one.key != "branch" or not is_one]


@requires("customers.view")
@require_safe
def customer_list(request: HttpRequest) -> HttpResponse:
    asked = asked_for(request)
    address = asked.address
    page = list_page(
        asked.filtered,
        sort=address.sort,
        at=request.GET.get("page", ""),
        text=asked.text,
        is_filtered=address.is_filtered,
    )
    context: dict[str, Any] = {
        "page": page,
        **lines_of(
            page.customers,
            chosen=drawn_columns(request, address.columns),
            in_clear=sees_contacts(request),
        ),
        "totals": asked.totals,
        "asked": address,
        "mentioned": address.mentioned,
        "query": address.text,
        "kept": address.kept,
        "is_narrowed": address.is_narrowed,
        "is_selectable": True,
        "list_query": request.GET.urlencode(),
        "list_vals": json.dumps({"list": request.GET.urlencode()}),
    }
    is_part = request.htmx and not request.htmx.boosted
    return render(request, f"customers/{'_list' if is_part else 'list'}.html", context)


@requires("customers.view")
@require_safe
def exact_count(request: HttpRequest) -> HttpResponse:
    """Count to the end, when somebody wants to know more than «10,000+»."""
    totals = count_and_value_in_time(asked_for(request).customers, cap=None)
    return render(request, "customers/_totals.html", {"totals": totals, "is_exact": True})


@requires("customers.view")
@require_safe
def filter_form(request: HttpRequest) -> HttpResponse:
    """Every filter with its choices, for the dialog that makes the sentence."""
    chosen = {
        one.key: {str(value) for value, _label in one.chosen}
        for one in filters.read_filters(request.GET)
    }
    offered = [
        (one, [(str(v), label, str(v) in chosen.get(one.key, ())) for v, label in one.choices()])
        for one in filters.list_filters()
    ]
    own_keys = {one.key for one in filters.list_filters()} | {"page"}
    context = {
        "offered": [(one, options) for one, options in offered if options],
        "kept": _pairs(request.GET, without=own_keys),
    }
    return render(request, "customers/_filter_dialog.html", context)


@requires("customers.view")
@require_safe
def condition_form(request: HttpRequest) -> HttpResponse:
    """One more condition on any attribute: its fields, and with `add` the list narrowed by it."""
    language, problem = filters.condition_language(), ""
    currency = request.clinic.currency
    if language is None:
        return HttpResponse(status=404)
    query = QueryDict(request.GET.get("list", ""), mutable=True)
    query.pop("page", None)
    if "add" in request.GET:
        try:
            query.appendlist("where", language.written(request.GET, currency=currency))
        except DomainError as error:
            problem = error.message
        else:
            return HttpResponseClientRedirect(f"{reverse('customers:list')}?{query.urlencode()}")
    context = {
        **language.form(request.GET, currency=currency),
        "fields": language.template,
        "problem": problem,
        "list_query": query.urlencode(),
    }
    is_again = "add" in request.GET or "attribute:0" in request.GET
    template = "_condition_form" if is_again else "_condition_dialog"
    return render(request, f"customers/{template}.html", context, status=422 if problem else 200)


@requires("customers.view")
@require_safe
def column_form(request: HttpRequest) -> HttpResponse:
    """Which columns the list shows."""
    drawn = {one.key for one in chosen_columns(request.GET.getlist("column"))}
    context = {
        "offered": [(one, one.key in drawn) for one in columns()],
        "kept": _pairs(request.GET, without={"page", "column"}),
    }
    return render(request, "customers/_column_dialog.html", context)


def _pairs(query: QueryDict, *, without: set[str]) -> list[tuple[str, str]]:
    return [(k, value) for k, values in query.lists() if k not in without for value in values]


@requires("customers.view")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The search box: at most eight results, one a line."""
    text = request.GET.get("q", "").strip()
    found = instant_search(text, branch=request.branch, by_number=sees_contacts(request))
    rows = rows_of(found, in_clear=sees_contacts(request))
    return render(request, "customers/_search_results.html", {"rows": rows, "query": text})
