"""A bad night in small: duplicated, shuffled, lost and polled; also with workers killed."""

import pytest
from django.db import connection

from clinic_crm.intake_proof.compare import differences, states
from clinic_crm.intake_proof.history import final_state, history
from clinic_crm.intake_proof.run import Proof, run
from clinic_crm.intake_proof.traffic import traffic
from customers.models import Appointment, IntakeRecord
from tenancy.scope import clinic_scope
from tests.conftest import outside_scope
from tests.factories.tenancy import ClinicFactory


def test_a_history_is_the_same_for_the_same_seed():
    assert history(n_events=200, seed=5) == history(n_events=200, seed=5)
    assert history(n_events=200, seed=5) != history(n_events=200, seed=6)


def test_traffic_has_exactly_the_shares_asked_for():
    changes = history(n_events=1000, seed=1)
    seen = traffic(changes, seed=1)
    assert len(seen.lost) == 50
    assert len(seen.deliveries) == 950 + seen.n_duplicated == 950 + 285
    assert {c.event_id for c in seen.deliveries} | {c.event_id for c in seen.lost} == {
        c.event_id for c in changes
    }
    in_order = [c for c in seen.deliveries if c not in seen.lost]
    assert in_order != sorted(in_order, key=lambda c: c.at)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_bad_night_ends_in_the_booking_systems_own_state(clinic, seed):
    changes = history(n_events=400, seed=seed)
    seen = traffic(changes, seed=seed)
    with outside_scope():
        proof = Proof(clinic, seed=seed)
        run(proof, changes, seen, n_kills=0)
    assert differences(proof.source, final_state(changes)) == []
    assert states(proof.source) == {"done": 380}


def test_the_comparison_sees_one_wrong_field_and_one_missing_object(clinic):
    changes = history(n_events=60, seed=3)
    with outside_scope():
        proof = Proof(clinic, seed=3)
        run(proof, changes, traffic(changes, seed=3), n_kills=0)
    first, second = Appointment.objects.order_by("pk")[:2]
    Appointment.objects.filter(pk=first.pk).update(waiting_minutes=999)
    Appointment.objects.filter(pk=second.pk).delete()
    found = differences(proof.source, final_state(changes))
    assert len(found) == 2
    assert "waiting_minutes is 999" in "".join(found) and "is missing" in "".join(found)


@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_and_double_nothing():
    clinic = ClinicFactory(slug="killed")
    changes = history(n_events=300, seed=4)
    seen = traffic(changes, seed=4)
    proof = Proof(clinic, seed=4, batch=20)  # some nine batches a half: more than three can finish
    run(proof, changes, seen, n_kills=3)
    with clinic_scope(clinic.pk):
        assert differences(proof.source, final_state(changes)) == []
        assert states(proof.source) == {"done": IntakeRecord.objects.count()}
    assert proof.n_killed == 2 * 3
    connection.close()
