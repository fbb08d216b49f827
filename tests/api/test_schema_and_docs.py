"""/api/schema/ is complete, /api/docs/ stands on our own files alone."""

import io
import json
import re
from functools import cache

import pytest
from django.core.management import call_command
from django.test import Client

OPERATIONS = {
    f"{noun}s_{verb}": method
    for noun in ("customer", "appointment", "sale", "treatment")
    for verb, method in {
        "list": "GET", "upsert": "POST", "bulk_upsert": "POST", "read": "GET", "find": "GET",
    }.items()
} | {"deletions_list": "GET"}  # fmt: skip


@cache
def published() -> str:
    """The document as anybody gets it; made once, for it takes seconds."""
    return Client().get("/api/schema/", {"format": "json"}).content.decode()


@pytest.fixture
def document(db) -> dict:
    return json.loads(published())


def operations(document) -> dict:
    return {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }


def test_schema_is_valid_without_a_warning(db):
    call_command(
        "spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO(), stderr=io.StringIO()
    )


def test_every_operation_names_its_key_its_errors_and_an_example(document):
    found = operations(document)

    assert set(OPERATIONS) <= set(found)
    for name, operation in found.items():
        assert operation["security"] == [{"ApiKeyAuth": []}], name
        assert operation["summary"], name
        assert {"400", "401", "403", "405", "406", "429"} <= set(operation["responses"]), name
        for status, answer in operation["responses"].items():
            if status == "304":
                continue
            kind = "application/json" if status < "400" else "application/problem+json"
            content = answer["content"][kind]
            if status >= "400":
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, name
                assert content["examples"], name
    for name, method in OPERATIONS.items():
        if method == "POST":
            assert {"413", "415", "422"} <= set(found[name]["responses"])
            assert found[name]["requestBody"]["content"]["application/json"]["examples"]
            assert "Idempotency-Key" in [p["name"] for p in found[name]["parameters"]]


def test_bodies_allow_no_other_fields(document):
    shapes = document["components"]["schemas"]

    for name in (
        "CustomerIn",
        "AppointmentIn",
        "SaleIn",
        "SaleLineIn",
        "ConsentIn",
        "CustomerBulkIn",
        "CustomerItem",
        "TreatmentIn",
    ):
        assert shapes[name]["additionalProperties"] is False


def test_the_key_scheme_is_described(document):
    assert document["components"]["securitySchemes"]["ApiKeyAuth"]["scheme"] == "bearer"


def test_docs_load_only_our_own_files_and_no_inline_script(db):
    page = Client().get("/api/docs/")
    script = Client().get("/api/docs/?script=")

    text = page.content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert page.status_code == script.status_code == 200
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert len(addresses) >= 4
    assert all(address.startswith("/") and address[1] != "/" for address in addresses)
    assert not re.search(r"<script(?![^>]*src=)", text)
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in page.headers["Content-Security-Policy"].split(";")
    )
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["connect-src"] == "'self'"


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing/", "/api/v1/customers"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_route_is_a_404_in_the_one_shape(db, path, method):
    answer = getattr(Client(enforce_csrf_checks=True), method)(path)

    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "not_found"
