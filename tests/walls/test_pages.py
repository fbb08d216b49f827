"""Every URL × method × place of an id, with both walls and with each wall alone."""

import pytest
from django.http import HttpResponse
from django.urls import path

from clinic_crm import urls
from customers.models import Customer
from tenancy.access import requires
from tests.conftest import outside_scope
from tests.walls.conftest import standing
from tests.walls.pages_harness import Address, addresses, leaks_in_pages

N_SHARES = 3  # so that the processes of a test run find equal work


@pytest.mark.parametrize("share", range(N_SHARES))
def test_pages_answer_a_foreign_id_like_an_unknown_one(walls, two_clinics, share):
    leaks = list(leaks_in_pages(two_clinics, only=addresses()[share::N_SHARES]))
    assert not leaks, "\n".join(leaks)


def test_every_page_of_a_clinic_asks_for_a_capability():
    """A view without `requires` would let anybody who is signed in do anything."""
    from django.urls import resolve

    public = ("u/", "c/", "o/", "m/", "switch/", "hooks/")
    for address in addresses():
        if address.route.startswith(public):
            continue
        view = resolve(address.path([1] * 5)).func
        assert getattr(view, "capability", None), address.route


@requires("customers.view")
def careless(request, customer_id: int) -> HttpResponse:
    """A view that reads past the scoped manager, as a mistake would."""
    from django.db import models

    rows = models.QuerySet(Customer).filter(pk=customer_id)
    return HttpResponse("".join(row.name for row in rows))


@pytest.fixture
def careless_page(settings, monkeypatch):
    from django.urls import clear_url_caches

    route = "careless/<int:customer_id>/"
    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, path(route, careless)])
    clear_url_caches()
    yield Address(route)
    clear_url_caches()


def test_the_harness_bites_when_a_view_forgets_its_scope(two_clinics, careless_page):
    with standing("python alone"), outside_scope():
        found = list(leaks_in_pages(two_clinics, only=[careless_page]))
    assert any("another clinic's text comes back" in leak for leak in found)


def test_row_security_holds_when_a_view_forgets_its_scope(two_clinics, careless_page):
    assert list(leaks_in_pages(two_clinics, only=[careless_page])) == []
