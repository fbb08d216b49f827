"""Everything that refers to a customer, found in the registry of models and never listed."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from customers.models import Customer
from tenancy.models import TenantModel
from tenancy.walls import tenant_models, tenant_references

Reference = tuple[type[TenantModel], models.ForeignKey]


def references() -> Iterator[Reference]:
    """(model, field) of each reference to a customer whose rows move with a merge."""
    for model in tenant_models():
        if collisions_of(model) == "never_moves":
            continue
        for field in customer_fields(model):
            yield model, field


def customer_fields(model: type[TenantModel]) -> list[models.ForeignKey]:
    return [field for field in tenant_references(model) if field.related_model is Customer]


def collisions_of(model: type[TenantModel]) -> str | dict[str, Any]:
    """What the model says of rows that both customers have; "" where it says nothing."""
    return getattr(model, "merge_collisions", "")


def unique_constraints(
    model: type[TenantModel], field: models.ForeignKey
) -> list[models.UniqueConstraint]:
    """The model's unique constraints in which this reference stands."""
    return [
        constraint
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields
    ]


def all_rows(model: type[TenantModel]) -> models.QuerySet:
    """Every row of the clinic, merged customers included."""
    return model._base_manager.order_by("pk")


def colliding_ids(
    model: type[TenantModel], field: models.ForeignKey, *, merged: int, survivor: int
) -> list[int]:
    """Rows of the merged customer that cannot become the survivor's as they are."""
    rows = all_rows(model).filter(**{field.attname: merged})
    clashes = Q(pk__in=[])
    for constraint in unique_constraints(model, field):
        others = [name for name in constraint.fields if name not in ("clinic", field.name)]
        twin = all_rows(model).filter(
            **{field.attname: survivor}, **{name: OuterRef(name) for name in others}
        )
        condition = constraint.condition or Q()
        clashes |= Q(Exists(twin.filter(condition).order_by())) & condition
    for other in () if model is Customer else customer_fields(model):
        if other is not field:  # a person is not their own guardian
            clashes |= Q(**{other.attname: survivor})
    return list(rows.filter(clashes).values_list("pk", flat=True))
