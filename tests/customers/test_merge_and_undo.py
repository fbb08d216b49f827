"""A merge moves everything and an undo restores everything, whatever two customers have."""

import json
import random
import uuid
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, models, transaction

from customers.models import Customer, CustomerEvent, Merge
from customers.services import search_tokens
from customers.services.merging import merge_customers, undo_merge
from customers.services.merging.references import collisions_of, customer_fields, references
from loyalty.models import Account, LedgerEntry, PointLot
from loyalty.services.posting import post
from tenancy.walls import tenant_models
from tests.factories.tenancy import UserFactory
from tests.walls.rows import make_rows

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
LATER = datetime(2026, 5, 2, 4, tzinfo=UTC)
# Told anew with every merge, or noted when one happened.
NOT_COMPARED = {"customers_merge", "tenancy_auditentry", "customers_feedmark"}


def a_world(clinic, seed: int) -> tuple[Customer, Customer, list[Customer]]:
    """Two customers and two bystanders with rows of every table that refers to customers."""
    rng = random.Random(seed)
    patterns = make_rows(clinic, text=f"w{seed}", pk=None, user=UserFactory())
    people = [
        Customer.objects.create(name=f"P{n}", known_since_on=NOON.date(), notes=f"note {n}")
        for n in range(4)
    ]
    for model in tenant_models():
        if customer_fields(model) and model is not Customer:
            for person in people:
                for _copy in range(rng.randrange(3)):
                    copy_row(patterns[model._meta.label_lower], person, people, rng)
    people[2].referrer, people[3].referrer = people[0], people[1]
    for person in people[2:]:
        person.save()
    search_tokens.rebuild([person.pk for person in people])
    give_points(rng)
    return people[0], people[1], people[2:]


def give_points(rng: random.Random) -> None:
    """Accounts whose balance, entries and lots agree."""
    for account in Account.objects.filter(balance=0):
        for n in range(rng.randrange(3)):
            points = rng.randrange(1, 90)
            post(
                account=account,
                kind=LedgerEntry.Kind.ADJUSTMENT,
                points=points,
                on=NOON.date(),
                key=f"given:{account.pk}:{n}",
                actor=None,
                reason="given",
            )


def copy_row(pattern: models.Model, person: Customer, people: list[Customer], rng) -> None:
    """The same row for this customer, with ids of its own; left out where the tables refuse it."""
    model = type(pattern)
    row = model._base_manager.get(pk=pattern.pk)
    row.pk, row._state.adding = None, True
    first, *others = customer_fields(model)
    setattr(row, first.name, person)
    for other in others:
        setattr(row, other.name, rng.choice([one for one in people if one is not person]))
    for field in model._meta.local_fields:
        free = isinstance(field, models.CharField) and not field.choices
        if free and field.name in {"external_id", "source_key", "address", "message_id", "token"}:
            setattr(row, field.name, rng.choice(["same", uuid.uuid4().hex])[:40])
        elif isinstance(field, models.UUIDField):
            setattr(row, field.name, uuid.uuid4())
        elif field.name == "balance":
            setattr(row, field.name, 0)
        elif field.name in {"is_primary", "is_valid", "is_pinned"}:
            setattr(row, field.name, rng.random() < 0.5)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return


def dump() -> dict[str, list[str]]:
    """Every row of every table; without the instants at which somebody was last told of."""
    found = {}
    with connection.cursor() as cursor:
        for model in tenant_models():
            table = model._meta.db_table
            if table in NOT_COMPARED:
                continue
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY id")
            rows = [json.loads(text) for (text,) in cursor.fetchall()]
            if model is Customer:
                rows = [row | {"updated_at": ""} for row in rows]
            found[table] = [json.dumps(row, sort_keys=True) for row in rows]
    return found


def without_made_points(rows: dict[str, list[str]], before: dict[str, list[str]]) -> dict:
    """Ledger entries are never deleted: those a merge and its undo added must cancel out."""
    old_ids = {json.loads(text)["id"] for text in before["loyalty_ledgerentry"]}
    added = [json.loads(text) for text in rows["loyalty_ledgerentry"]]
    added = [entry for entry in added if entry["id"] not in old_ids]
    sums: dict[int, int] = {}
    for entry in added:
        sums[entry["account_id"]] = sums.get(entry["account_id"], 0) + entry["points"]
    assert set(sums.values()) <= {0}
    made = {entry["id"] for entry in added}
    lots = [json.loads(text) for text in rows["loyalty_pointlot"]]
    assert all(lot["remaining"] == 0 for lot in lots if lot["entry_id"] in made)
    return rows | {
        "loyalty_ledgerentry": [
            text for text in rows["loyalty_ledgerentry"] if json.loads(text)["id"] in old_ids
        ],
        "loyalty_pointlot": [
            text for text in rows["loyalty_pointlot"] if json.loads(text)["entry_id"] not in made
        ],
        "loyalty_lotuse": [
            text for text in rows["loyalty_lotuse"] if json.loads(text)["entry_id"] not in made
        ],
    }


@pytest.mark.parametrize("seed", range(6))
def test_merge_and_undo_leave_every_table_as_it_was(clinic, owner, seed):
    survivor, merged, _others = a_world(clinic, seed)
    before = dump()

    merge = merge_customers(survivor_id=survivor.pk, merged_id=merged.pk, by=owner, at=NOON)
    assert dump() != before
    undone = undo_merge(merge_id=merge.pk, by=owner, at=LATER)

    assert undone.n_left == 0
    assert without_made_points(dump(), before) == before


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_left_with_the_merged_customer_but_what_says_so(clinic, owner, seed):
    survivor, merged, _others = a_world(clinic, seed)

    merge_customers(survivor_id=survivor.pk, merged_id=merged.pk, by=owner, at=NOON)

    for model, field in references():
        left = model._base_manager.filter(**{field.attname: merged.pk})
        if model is not Customer:
            assert not left.exists() or collisions_of(model) == "stay", (model, field.name)
    assert not Customer.objects.filter(referrer=merged).exists()


def test_merges_are_undone_in_any_order_that_makes_sense(clinic, owner):
    one, two, others = a_world(clinic, 11)
    before = dump()
    first = merge_customers(survivor_id=one.pk, merged_id=two.pk, by=owner, at=NOON)
    second = merge_customers(survivor_id=one.pk, merged_id=others[0].pk, by=owner, at=NOON)

    undo_merge(merge_id=second.pk, by=owner, at=LATER)
    undo_merge(merge_id=first.pk, by=owner, at=LATER)

    assert without_made_points(dump(), before) == before


def test_a_change_of_the_ledger_is_only_added_to(clinic, owner):
    survivor, merged, _others = a_world(clinic, 3)
    n_entries = LedgerEntry.objects.count()

    merge = merge_customers(survivor_id=survivor.pk, merged_id=merged.pk, by=owner, at=NOON)
    undo_merge(merge_id=merge.pk, by=owner, at=LATER)

    assert LedgerEntry.objects.count() >= n_entries
    assert PointLot.objects.filter(remaining__lt=0).count() == 0


def test_the_merge_stands_in_the_story_until_it_is_undone(clinic, owner):
    survivor, merged, _others = a_world(clinic, 5)

    merge = merge_customers(survivor_id=survivor.pk, merged_id=merged.pk, by=owner, at=NOON)
    told = CustomerEvent.objects.filter(kind="customer.merged", source_key=f"merge:{merge.pk}")
    assert [event.customer_id for event in told] == [survivor.pk]

    undo_merge(merge_id=merge.pk, by=owner, at=LATER)
    assert not told.all().exists()
    assert Merge.objects.get(pk=merge.pk).undone_at == LATER
