"""The proof in small; and the proof finds what is broken."""

import pytest
from django.db import connection

from clinic_crm.ledger_proof.report import changed_by_asking_again, faults_of
from clinic_crm.ledger_proof.run import Ran, run_clients
from clinic_crm.ledger_proof.world import make_world
from loyalty.models import Account, LedgerEntry
from tenancy.scope import clinic_scope

pytestmark = pytest.mark.django_db(transaction=True)


def small(seed: int = 3):
    return make_world(seed=seed, n_clients=12, n_accounts=3, n_tries=4)


def test_killed_workers_leave_every_point_in_its_place(transactional_db, tmp_path):
    world = small()
    ran = run_clients(world, folder=tmp_path, seed=3, n_workers=2, n_kills=2, n_crashes=0)

    assert [*faults_of(world, ran), *changed_by_asking_again(world, ran)] == []
    assert len(ran.answers) == 48
    assert {"done", "insufficient_points"} >= set(ran.answers.values())


def test_the_proof_sees_a_lost_effect_and_a_wrong_balance(transactional_db, tmp_path):
    world = small()
    done = {one.key: "done" for tries in world.clients for one in tries}  # nothing was done
    with clinic_scope(world.clinic.pk):
        first = Account.objects.order_by("pk").first()
        Account.objects.filter(pk=first.pk).update(balance=-1)

    found = list(faults_of(world, Ran(answers=done)))

    assert f"account {first.pk} is below zero" in found
    assert f"account {first.pk}: the balance is not the sum of its entries" in found
    assert sum("is missing" in line for line in found) > 10
    with clinic_scope(world.clinic.pk):
        assert LedgerEntry.objects.filter(kind="redemption").count() == 0
    connection.close()
