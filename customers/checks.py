"""System checks: no model may forget what a merge or an erasure does to its rows."""

from django.core.checks import Error, register

from customers.merge_steps import COLLISIONS
from customers.services.erasing.tables import erasure_of, texts_of
from customers.services.merging.references import (
    collisions_of,
    customer_fields,
    unique_constraints,
)
from tenancy.erasure import Erasure
from tenancy.walls import tenant_models, tenant_references


@register("merging")
def check_merges_are_answered(app_configs, **_kwargs) -> list[Error]:
    """Every model in which two customers' rows may collide says which of them stands."""
    found = []
    for model in tenant_models():
        answer = collisions_of(model)
        fields = customer_fields(model)
        names = [one.name for field in fields for one in unique_constraints(model, field)]
        if names and not isinstance(answer, dict) and answer not in COLLISIONS:
            found.append(
                Error(
                    f"{model._meta.label}: when two customers are merged, rows may collide in"
                    f" {', '.join(names)}. Say merge_collisions.",
                    hint="customers/merge_steps.py says what each means.",
                    id="merging.E001",
                )
            )
        if answer == "drop" and (others := _who_refer_to(model)):
            found.append(
                Error(
                    f"{model._meta.label} cannot be dropped in a merge: {', '.join(others)} refer"
                    " to its rows.",
                    id="merging.E002",
                )
            )
    return found


@register("erasing")
def check_erasures_are_answered(app_configs, **_kwargs) -> list[Error]:
    """Every model that holds text says what becomes of its rows when a person is erased."""
    found = []
    for model in tenant_models():
        said, texts = erasure_of(model), texts_of(model)
        if texts and said is None:
            found.append(
                Error(
                    f"{model._meta.label} holds text ({', '.join(texts)}): what becomes of it when"
                    " a person is erased? Say erasure.",
                    hint="tenancy/erasure.py says what each word means.",
                    id="erasing.E001",
                )
            )
        open_ones = _unanswered(said, texts) if said else []
        if open_ones:
            found.append(
                Error(
                    f"{model._meta.label}: what becomes of {', '.join(open_ones)} when a person is"
                    " erased? Blank it, or name it in `stays`.",
                    id="erasing.E003",
                )
            )
        unknown = set(said.blank) - {field.name for field in model._meta.fields} if said else set()
        if unknown:
            found.append(
                Error(
                    f"{model._meta.label} has no {', '.join(sorted(unknown))}.", id="erasing.E002"
                )
            )
    return found


def _unanswered(said: Erasure, texts: list[str]) -> list[str]:
    if said.action not in {"blank", "mentions"}:
        return []
    return [name for name in texts if name not in said.blank and name not in said.stays]


def _who_refer_to(model) -> list[str]:
    return [
        str(field)
        for other in tenant_models()
        for field in tenant_references(other)
        if field.related_model is model
    ]
