"""All recalls together against those whom none reached."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
import time_machine

from analytics.queries.clinic_holdout_study import clinic_holdout_study
from campaigns.models import ClinicHoldout
from campaigns.queries.clinic_holdouts import is_in_clinic_holdout
from customers.models import SaleLine
from tests.factories.customers import CustomerFactory, SaleFactory

FIRST_ON = date(2026, 5, 1)


@pytest.fixture
def holdout(clinic):
    return ClinicHoldout.objects.create(rate=0.3, first_on=FIRST_ON, last_on=date(2026, 7, 30))


def test_counted_by_hand(holdout):
    people = [CustomerFactory(known_since_on=date(2026, 1, 1)) for _ in range(40)]
    CustomerFactory(known_since_on=FIRST_ON)  # nobody could have written to them before
    held = is_in_clinic_holdout(np.array([one.pk for one in people]), holdout)
    for one, is_held in zip(people, held, strict=True):
        if not is_held:
            sale = SaleFactory(customer=one, on=FIRST_ON, net_minor=500)
            SaleLine.objects.create(sale=sale, line_no=1, net_minor=500, cost_minor=200)
        SaleFactory(customer=one, on=date(2026, 4, 30), net_minor=900)
        SaleFactory(customer=one, on=date(2026, 7, 31), net_minor=900)

    study = clinic_holdout_study(holdout, on=date(2026, 9, 1))

    assert (study.held_out.n, study.reached.n) == (held.sum(), 40 - held.sum())
    assert (study.held_out.n_returned, study.reached.n_returned) == (0, study.reached.n)
    assert study.effects["returned"].value == 1
    assert study.effects["net"].value == 500
    assert study.effects["profit"].value == 300
    assert study.until == date(2026, 7, 30)


def test_an_owner_starts_and_ends_it(client_as, clinic):
    client = client_as("owner")

    with time_machine.travel(datetime(2026, 5, 1, 4, tzinfo=UTC), tick=False):
        client.post("/analytics/holdout/start/", {"percent": 10, "days": 91})
        started = ClinicHoldout.objects.get()
        page = client.get("/analytics/holdout/").content.decode()
        client.post("/analytics/holdout/end/")

    assert (started.rate, started.first_on, started.last_on) == (0.1, FIRST_ON, date(2026, 7, 30))
    assert "End the holdout" in page
    assert ClinicHoldout.objects.get().ended_on == FIRST_ON


@pytest.mark.parametrize("sent", [{"percent": 0, "days": 91}, {"percent": 10, "days": 3}, {}])
def test_what_makes_no_sense_is_said_at_the_field(client_as, clinic, sent):
    answer = client_as("owner").post("/analytics/holdout/start/", sent)

    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not ClinicHoldout.objects.exists()


def test_who_may_not_start_it_is_told_whom_to_ask(client_as, clinic, owner):
    page = client_as("manager").get("/analytics/holdout/").content.decode()

    assert "Only an owner may start one" in page
    assert f"Ask {owner}." in page
    assert (
        "Only an owner may start one"
        not in client_as("owner").get("/analytics/holdout/").content.decode()
    )


def test_only_an_owner_starts_it(client_as, clinic):
    sent = {"percent": 10, "days": 91}
    assert client_as("manager").post("/analytics/holdout/start/", sent).status_code == 403
