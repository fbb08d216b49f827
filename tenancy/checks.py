"""System checks that a model or route cannot forget the walls."""

from django.apps import apps
from django.core.checks import Error, register
from django.db import models

from tenancy.models import Clinic, TenantForeignKey, TenantModel
from tenancy.walls import tenant_models

ALLOWED_GLOBAL_APPS = frozenset(
    {"admin", "auth", "contenttypes", "sessions", "account", "mfa", "usersessions"}
)
ALLOWED_GLOBAL_MODELS = frozenset({"tenancy.clinic", "tenancy.user"})


@register("walls")
def check_models_are_walled(app_configs, **_kwargs) -> list[Error]:
    """Every model of ours is a tenant model, with references and uniqueness that keep to it."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if not issubclass(model, TenantModel):
            found += _check_global(model)
    for model in tenant_models():
        found += [*_check_references(model), *_check_uniqueness(model)]
    return found


def _check_global(model: type[models.Model]) -> list[Error]:
    label = model._meta.label_lower
    of_users = label.startswith("tenancy.user_")
    if model._meta.app_label in ALLOWED_GLOBAL_APPS or label in ALLOWED_GLOBAL_MODELS or of_users:
        return []
    return [Error(f"{label} belongs to no clinic; derive it from TenantModel.", id="walls.E001")]


def _check_references(model: type[TenantModel]) -> list[Error]:
    found = []
    for field in model._meta.local_fields:
        if not isinstance(field, models.ForeignKey) or field.related_model is Clinic:
            continue
        is_tenant = issubclass(field.related_model, TenantModel)
        if is_tenant and not isinstance(field, TenantForeignKey):
            found.append(
                Error(f"{field} could cross clinics; use TenantForeignKey.", id="walls.E002")
            )
    found += [
        Error(f"{field} makes a table without a clinic; write the link model out.", id="walls.E003")
        for field in model._meta.local_many_to_many
        if field.remote_field.through._meta.auto_created
    ]
    return found


def _check_uniqueness(model: type[TenantModel]) -> list[Error]:
    exempt = getattr(model, "wall_global_unique", ())
    found = [
        Error(f"{field} is unique across clinics.", id="walls.E004")
        for field in model._meta.local_fields
        if field.unique and not field.primary_key and field.name not in exempt
    ]
    found += [
        Error(f"{constraint.name} does not start with the clinic.", id="walls.E005")
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
        and tuple(constraint.fields)[:1] != ("clinic",)
    ]
    return found
