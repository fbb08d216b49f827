"""Everything the clinic holds of one person, for the person: to read, and for machines."""

import io
import json
import zipfile
from collections import deque
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.text import slugify

from customers.models import Customer, CustomerFile
from tenancy.models import Membership, TenantModel
from tenancy.services.audit import record
from tenancy.walls import tenant_models, tenant_references

# Nothing is told twice, and nothing of anybody else.
NOT_TOLD = {
    "customers.SearchToken": "pieces of the name, to search by",
    "customers.DuplicatePair": "tells of another person",
    "customers.Merge": "holds rows that stand elsewhere",
    "customers.Delivery": "copies of what stands elsewhere",
    "customers.DeliveryAttempt": "copies of what stands elsewhere",
}
FURTHEST = 3  # references between a row and the customer
# Referring to a person is not belonging to them.
NOT_BELONGING = {"referrer", "merged_into", "guardian"}


def paths_to_customer() -> dict[type[TenantModel], str]:
    """Model → shortest path of references from a row to the customer it tells of."""
    found: dict[type[TenantModel], str] = {Customer: ""}
    waiting: deque[type[TenantModel]] = deque([Customer])
    while waiting:
        target = waiting.popleft()
        for model in tenant_models():
            if model in found or model._meta.label in NOT_TOLD:
                continue
            for field in tenant_references(model):
                if field.related_model is target and field.name not in NOT_BELONGING:
                    path = f"{field.name}__{found[target]}".rstrip("_")
                    if path.count("__") < FURTHEST:
                        found[model] = path
                        waiting.append(model)
                    break
    return found


def everything_of(customer: Customer) -> dict[str, list[dict[str, Any]]]:
    """Table → rows, column → value, of the customer and the records merged into it."""
    merged = Customer.with_merged.filter(merged_into=customer.pk)
    ids = [customer.pk, *merged.values_list("pk", flat=True)]
    told = {}
    for model, path in paths_to_customer().items():
        rows = model._base_manager.filter(Q(**{f"{path or 'pk'}__in": ids})).order_by("pk")
        if listed := [_row(row) for row in rows]:
            told[model._meta.label] = listed
    return told


def _row(row: TenantModel) -> dict[str, Any]:
    fields = [field for field in row._meta.local_fields if field.name != "clinic"]
    return {field.attname: getattr(row, field.attname) for field in fields}


def access_export(*, customer: Customer, by: Membership | None, at: datetime) -> bytes:
    """A zip: person.json with every row, person.html to read, and the person's files."""
    told = everything_of(customer)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
        _put(archive, "person.json", text, at)
        page = render_to_string(
            "customers/access_export.html", {"customer": customer, "told": told, "at": at}
        )
        _put(archive, "person.html", page, at)
        for file in CustomerFile.objects.filter(customer=customer):
            path = Path(settings.MEDIA_ROOT) / file.stored_path
            if path.exists():
                name = f"files/{file.pk}-{slugify(file.title) or 'file'}{path.suffix}"
                _put(archive, name, path.read_bytes(), at)
    record(action="customer.told_everything", by=by, subject=customer)
    return packed.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: str | bytes, at: datetime) -> None:
    """Dated by the day, so that the same person on the same day gives the same bytes."""
    entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, 0, 0, 0))
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
