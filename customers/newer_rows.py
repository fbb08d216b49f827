"""What is newer than an import: rows about its customers and sales that it did not bring itself.

Found from the model registry: whatever refers to a customer or a sale counts, unless its app says
here when it does not. A row that comes by itself (a score, a search token) never counts.

    register(Task, _("Calls made"), lambda file: Q(done_at__isnull=False))
    register(CustomerScore, _("Scores"), never)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from customers.models import ImportFile
from tenancy.models import TenantForeignKey, TenantModel
from tenancy.walls import tenant_models, tenant_references

Text = str | Promise
When = Callable[[ImportFile], Q | None]


@dataclass(frozen=True)
class Rule:
    """when: which rows count as newer than the file; None in place of a Q: none of them."""

    label: Text
    when: When


def never(_file: ImportFile) -> None:
    """These rows follow from others, or go with their customer or sale."""


def always(_file: ImportFile) -> Q:
    return Q()


_RULES: dict[type[TenantModel], Rule] = {}


def register(model: type[TenantModel], label: Text, when: When = always) -> None:
    """label: what the rows are called where a person reads why an import cannot be taken back."""
    _RULES[model] = Rule(label, when)


def references_to(
    target: type[TenantModel],
) -> Iterator[tuple[type[TenantModel], TenantForeignKey]]:
    """Every model that refers to the target, with the field that does."""
    for model in tenant_models():
        for field in tenant_references(model):
            if field.related_model is target:
                yield model, field


def newer_rows(
    file: ImportFile, target: type[TenantModel], made: QuerySet
) -> Iterator[tuple[Text, int]]:
    """(what they are, how many) of rows about the customers or sales whose ids are `made`."""
    for model, field in references_to(target):
        rule = _RULES.get(model) or Rule(model._meta.verbose_name_plural or "", always)
        condition = rule.when(file)
        if condition is not None:
            rows = model.objects.filter(condition, **{f"{field.name}__in": made})
            if n := rows.order_by().values("pk").distinct().count():
                yield rule.label, n
