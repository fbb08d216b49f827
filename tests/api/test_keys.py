"""Who may enter: keys, their scopes, their end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers import api_examples as examples
from customers.models import Customer
from tenancy.models import Clinic
from tenancy.roles import API_SCOPES
from tests.conftest import BookingClient

ROUTE = "/api/v1/customers/"


@pytest.mark.parametrize(
    "header", ["", "Api-Key", "Api-Key x", "Api-Key x.y", "Basic eDp5", "Api-Key \x00.\x00",
               "Bearer " + "a" * 5000, "Api-Key é.é"]
)  # fmt: skip
def test_without_a_key_of_ours_nobody_enters(clinic, header):
    client = BookingClient(HTTP_AUTHORIZATION=header) if header else BookingClient()

    answer = client.post(ROUTE, examples.CUSTOMER)

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401
    assert answer.headers["WWW-Authenticate"] == "Api-Key"
    assert not Customer.objects.exists()


def _expire(key):
    key.expires_at = timezone.now() - timedelta(seconds=1)
    key.save()


def _revoke(key):
    key.revoked_at = timezone.now()
    key.save()


def _close_clinic(key):
    Clinic.objects.filter(pk=key.clinic_id).update(is_active=False)


@pytest.mark.parametrize("end", [_expire, _revoke, _close_clinic])
def test_a_key_that_has_ended_is_refused(api, end):
    client = api()
    assert client.get(ROUTE).status_code == 200

    end(client.key)

    answer = client.get(ROUTE)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "authentication_failed"


@pytest.mark.parametrize(
    ("method", "route", "scope"),
    [
        ("get", ROUTE, "customers.read"),
        ("post", ROUTE, "customers.write"),
        ("get", f"{ROUTE}booking/1/", "customers.read"),
        ("post", "/api/v1/appointments/", "appointments.write"),
        ("post", "/api/v1/appointments/bulk/", "appointments.write"),
        ("get", "/api/v1/appointments/1/", "appointments.read"),
        ("post", "/api/v1/sales/", "sales.write"),
        ("get", "/api/v1/sales/", "sales.read"),
        ("get", "/api/v1/treatments/", "treatments.read"),
        ("post", "/api/v1/treatments/bulk/", "treatments.write"),
        ("get", "/api/v1/deletions/", "customers.read"),
    ],
)
def test_a_key_does_only_what_its_scopes_say(api, method, route, scope):
    others = set(API_SCOPES) - {scope}

    answer = getattr(api(*others), method)(route)

    assert answer.status_code == 403
    assert scope in answer.json()["errors"][0]["detail"]
    assert getattr(api(scope), method)(route).status_code in {200, 400, 404}
