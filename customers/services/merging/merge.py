"""One customer taken into another, in one transaction."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.merge_steps import MergeContext, steps
from customers.models import Customer, Merge
from customers.services.merging import consents, contacts, health, pairs
from customers.services.merging.choices import Choices, apply_choices
from customers.services.merging.journal import Journal
from customers.services.merging.references import (
    all_rows,
    colliding_ids,
    collisions_of,
    references,
)
from customers.services.timeline import record_event
from tenancy.acting import untracked
from tenancy.exceptions import DomainError
from tenancy.models import Membership, TenantModel
from tenancy.services.audit import record


@transaction.atomic
def merge_customers(
    *,
    survivor_id: int,
    merged_id: int,
    by: Membership | None,
    at: datetime,
    choices: Choices | None = None,
    is_automatic: bool = False,
) -> Merge:
    """Take `merged` into `survivor`. choices: field → whose value stands.

    Raises DomainError: merge_same, merge_unknown, merge_already.
    """
    survivor, merged = _locked(survivor_id, merged_id)
    made = Merge.objects.create(
        survivor=survivor, merged=merged, merged_by=by, merged_at=at, is_automatic=is_automatic
    )
    context = MergeContext(made.pk, survivor.pk, merged.pk, by, at)
    journal = Journal()
    with untracked():
        _take_in(journal, context, choices or {})
    made.journal, made.n_moved = journal.entries, journal.n_moved
    made.save(update_fields=["journal", "n_moved"])
    record_event(
        kind="customer.merged",
        customer=survivor,
        occurred_at=at,
        source_key=context.key,
        at=at,
        payload={"merged": merged.pk},
    )
    detail = {"merged": merged.pk, "merge": made.pk, "n_moved": journal.n_moved}
    record(
        action="customer.merged",
        by=by,
        label="" if by else "duplicate finder",
        subject=survivor,
        detail=detail,
    )
    return made


def _locked(survivor_id: int, merged_id: int) -> tuple[Customer, Customer]:
    """Both rows, locked in the order of their ids: two merges cannot wait for each other."""
    if survivor_id == merged_id:
        raise DomainError(
            _("This is one and the same customer. Choose two different ones."), code="merge_same"
        )
    rows = Customer.with_merged.select_for_update(of=("self",)).order_by("pk")
    known = rows.filter(pk__in=[survivor_id, merged_id], erased_at__isnull=True)
    found = {row.pk: row for row in known}
    if len(found) < 2:
        raise DomainError(
            _("One of the two customers is not known here. Search for them again."),
            code="merge_unknown",
        )
    for row in found.values():
        if row.merged_into_id is not None:
            raise DomainError(
                _("«%(name)s» was merged already. Open the customer who now stands for both.")
                % {"name": row.name},
                code="merge_already",
            )
    return found[survivor_id], found[merged_id]


def _take_in(journal: Journal, context: MergeContext, choices: Choices) -> None:
    survivor, merged = context.survivor_id, context.merged_id
    apply_choices(journal, survivor_id=survivor, merged_id=merged, choices=choices)
    consents.keep_the_stricter(journal, context)
    contacts.keep_one_primary(journal, context, choices)
    health.combine(journal, context)
    pairs.carry_over(journal, context)
    for model, field in references():
        clashing = colliding_ids(model, field, merged=merged, survivor=survivor)
        clashing = _settle(journal, model, clashing)
        rows = all_rows(model).filter(**{field.attname: merged}).exclude(pk__in=clashing)
        if model is Customer:  # who referred whom; the two themselves keep what they say
            rows = rows.exclude(pk__in=[survivor, merged])
        ids = list(rows.values_list("pk", flat=True))
        journal.move(model, field.column, ids, survivor)
    journal.change(Customer, merged, {"merged_into_id": survivor, "last_visit_on": None})
    _touch(survivor, merged, at=context.at)
    for step in steps():
        journal.step(step.key, step.merge(context))


def _settle(journal: Journal, model: type[TenantModel], clashing: list[int]) -> list[int]:
    """Do as the model says with rows that both have; those that are left and must not move."""
    answer = collisions_of(model)
    if answer == "drop":
        journal.drop(model, clashing)
    elif isinstance(answer, dict):
        for pk in clashing:
            journal.change(model, pk, answer)
        return []
    return clashing


def _touch(*customer_ids: int, at: datetime) -> None:
    """Who asks for what changed shall hear of both."""
    Customer.with_merged.filter(pk__in=customer_ids).update(updated_at=at)
