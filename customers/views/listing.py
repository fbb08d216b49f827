"""The list of customers and the search box of every page."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from customers import filters
from customers.columns import lines_of
from customers.models import Customer
from customers.queries import (
    count_and_value,
    count_and_value_in_time,
    instant_search,
    list_page,
    rows_of,
    visible_customers,
)
from customers.queries import search as search_customers
from customers.queries.listing import DEFAULT_SORT, SORTS
from tenancy.access import requires
from tenancy.clock import local_day


def clinic_day(request: HttpRequest) -> date:
    """Today on the clinic's clock."""
    return local_day(request.clinic.zone, timezone.now())


def sees_contacts(request: HttpRequest) -> bool:
    return "customers.view_contact" in request.capabilities


def customers_asked_for(
    request: HttpRequest,
) -> tuple[QuerySet[Customer], list[filters.ChosenFilter]]:
    """What the address asks for (`?q=…&stage=…`), and the filters it names."""
    text = request.GET.get("q", "").strip()
    if text:
        found = search_customers(text, branch=request.branch, by_number=sees_contacts(request))
    else:
        found = visible_customers(request.branch)
    mentioned = filters.read_filters(request.GET)
    return found.filter(filters.condition_of(mentioned, on=clinic_day(request))), mentioned


@requires("customers.view")
@require_safe
def customer_list(request: HttpRequest) -> HttpResponse:
    customers, mentioned = customers_asked_for(request)
    sort = request.GET.get("sort", "")
    page = list_page(customers, sort=sort, at=request.GET.get("page", ""))
    context: dict[str, Any] = {
        "page": page,
        **lines_of(page.customers, in_clear=sees_contacts(request)),
        "totals": count_and_value(customers),
        "mentioned": mentioned,
        "query": request.GET.get("q", "").strip(),
        "kept": _kept_parameters(mentioned, sort),
        "is_narrowed": bool(mentioned or request.GET.get("q", "").strip()),
    }
    is_part = request.htmx and not request.htmx.boosted
    return render(request, f"customers/{'_list' if is_part else 'list'}.html", context)


def _kept_parameters(mentioned: list[filters.ChosenFilter], sort: str) -> list[tuple[str, Any]]:
    """What the search form carries along: the chosen filters and the order."""
    kept = [(one.key, value) for one in mentioned for value, _label in one.chosen]
    return kept + ([("sort", sort)] if sort in SORTS and sort != DEFAULT_SORT else [])


@requires("customers.view")
@require_safe
def exact_count(request: HttpRequest) -> HttpResponse:
    """Count to the end, when somebody wants to know more than «10,000+»."""
    customers, _mentioned = customers_asked_for(request)
    totals = count_and_value_in_time(customers, cap=None)
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
    context = {
        "offered": [(one, options) for one, options in offered if options],
        "query": request.GET.get("q", ""),
        "sort": request.GET.get("sort", ""),
    }
    return render(request, "customers/_filter_dialog.html", context)


@requires("customers.view")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The search box: at most eight results, one a line."""
    text = request.GET.get("q", "").strip()
    found = instant_search(text, branch=request.branch, by_number=sees_contacts(request))
    rows = rows_of(list(found), in_clear=sees_contacts(request))
    return render(request, "customers/_search_results.html", {"rows": rows, "query": text})
