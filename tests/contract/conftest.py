"""A clinic with one record of every kind, as the examples in the docs have them, and a key."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from customers import api_examples as examples
from customers.serializers import AppointmentIn, CustomerIn, SaleIn
from customers.serializers_catalogue import TreatmentIn
from customers.services.intake import upsert_appointments, upsert_customers, upsert_sales
from customers.services.intake.treatments import upsert_treatments
from tenancy.roles import API_SCOPES
from tenancy.scope import clinic_scope
from tenancy.services.keys import create_api_key
from tests.factories.tenancy import ClinicFactory


def _record(shape: type, example: dict):
    serializer = shape(data=example)
    serializer.is_valid(raise_exception=True)
    return serializer.record(serializer.validated_data)


@pytest.fixture
def schema(db, tmp_path) -> Path:
    """The document as /api/schema/ serves it, in a file: nobody waits for it on a busy machine."""
    answer = Client().get("/api/schema/", {"format": "json"})
    path = tmp_path / "schema.json"
    path.write_bytes(answer.content)
    return path


@pytest.fixture
def key(transactional_db) -> str:
    """A key with every scope, to a clinic that knows the examples."""
    clinic = ClinicFactory(slug="contract")
    with clinic_scope(clinic.pk):
        text, _key = create_api_key(name="contract", scopes=list(API_SCOPES))
        upsert_treatments(records=[_record(TreatmentIn, examples.TREATMENT)])
        for upsert, shape, example in (
            (upsert_customers, CustomerIn, examples.CUSTOMER),
            (upsert_appointments, AppointmentIn, examples.APPOINTMENT),
            (upsert_sales, SaleIn, examples.SALE),
        ):
            upsert(source="booking", records=[_record(shape, example)], at=timezone.now())
    return text
