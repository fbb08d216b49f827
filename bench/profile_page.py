"""The profile of a customer with 500 events: how many queries, and how long beside an ordinary one.

    ./dev bench profile_page

The customer comes through the intake services, is scored, has points, a tier and a call to make.
The whole request is counted, the frame (who, which clinic, which branches) included; BEGIN and
COMMIT are told beside it.
"""

import sys
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import Report, asked_by, medians_by_turns
from bench._rows import SOURCE
from bench._worlds import BigClinic, make_clinic, settle
from care.services.planning import plan_calls
from customers.models import Customer, CustomerEvent, Treatment
from customers.services.editing import add_note
from customers.services.intake import (
    AppointmentRecord,
    CustomerRecord,
    LineRecord,
    SaleRecord,
    upsert_appointments,
    upsert_customers,
    upsert_sales,
)
from loyalty.services.standing import catch_up
from segmentation.services.score_run import run as run_scores
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import clinic_scope

N_CUSTOMERS, N_EVENTS = 1_000, 500
N_NOTES = 25
MOST_QUERIES = 12
N_ROUNDS = 60
BUSY = "busy-customer"


def days_before(clinic: Clinic, n_days: int) -> datetime:
    """Noon of that day on the clinic's clock."""
    day = local_day(clinic.zone, timezone.now()) - timedelta(days=n_days)
    return datetime.combine(day, time(12), tzinfo=clinic.zone)


def taken_in(upsert: Callable[..., Any], records: list[Any]) -> list[int]:
    """Ids of what the records became."""
    with transaction.atomic():
        outcomes = upsert(source=SOURCE, records=records, at=timezone.now(), door="file")
    assert not [one for one in outcomes if one.state == "refused"], outcomes
    return [one.id for one in outcomes]


def make_busy(big: BigClinic) -> int:
    """A customer with N_EVENTS events in the last years, a visit booked and a call due; the id."""
    person = CustomerRecord(
        external_id=BUSY,
        name="王小明",
        phones=("+8613800138000",),
        emails=("wang@mail.example",),
        tags=("VIP", "Skin", "Sunday"),
    )
    (pk,) = taken_in(upsert_customers, [person])
    with transaction.atomic():
        codes = list(Treatment.objects.values_list("code", flat=True))
        for number in range(N_NOTES):
            add_note(
                customer=Customer.objects.get(pk=pk),
                text=f"Asked about treatment {number}.",
                by=big.owner,
                at=days_before(big.clinic, 3 * number),
            )
    n_pairs = (N_EVENTS - N_NOTES) // 2
    taken_in(upsert_appointments, [appointment(big.clinic, n, codes) for n in range(n_pairs)])
    n_sales = N_EVENTS - n_events(pk)
    taken_in(upsert_sales, [sale(big.clinic, n, codes) for n in range(n_sales)])
    return pk


def appointment(clinic: Clinic, number: int, codes: list[str]) -> AppointmentRecord:
    """The first one is booked for next week, all others were attended."""
    return AppointmentRecord(
        external_id=f"{BUSY}-{number}",
        customer_external_id=BUSY,
        starts_at=days_before(clinic, 5 * number if number else -7),
        status="attended" if number else "booked",
        treatment=codes[number % len(codes)],
    )


def sale(clinic: Clinic, number: int, codes: list[str]) -> SaleRecord:
    line = LineRecord(net_minor=68_000, item_code=codes[number % len(codes)])
    return SaleRecord(
        external_id=f"{BUSY}-{number}",
        customer_external_id=BUSY,
        occurred_at=days_before(clinic, 90 + 5 * number),
        net_minor=68_000,
        gross_minor=68_000,
        lines=(line,),
    )


def n_events(customer_id: int) -> int:
    with transaction.atomic():
        return CustomerEvent.objects.filter(customer=customer_id).count()


def finish(big: BigClinic, customer_id: int) -> None:
    """Points, tiers, scores and calls, by the services that make them every night."""
    today = local_day(big.clinic.zone, timezone.now())
    with transaction.atomic():
        catch_up(on=today, at=timezone.now())
    run_scores(as_of=today - timedelta(days=1))
    with transaction.atomic():
        plan_calls(today, calls_a_day=N_CUSTOMERS)
    settle(N_CUSTOMERS)
    assert n_events(customer_id) >= N_EVENTS, n_events(customer_id)


def main() -> int:
    big = make_clinic("profile", N_CUSTOMERS)
    with clinic_scope(big.clinic.pk, atomic=False):
        busy = make_busy(big)
        finish(big, busy)
    browser, ordinary = big.browser(), big.customer_ids[N_CUSTOMERS // 2]

    def opened(pk: int) -> Callable[[], None]:
        def work() -> None:
            assert browser.get(f"/customers/{pk}/").status_code == 200

        return work

    works = {"busy": opened(busy), "ordinary": opened(ordinary)}
    seconds = medians_by_turns(works, n_rounds=N_ROUNDS)
    asked = asked_by(works["busy"])
    report = Report()
    report.limited("profile_page.queries", asked.n_queries, MOST_QUERIES)
    report.told("profile_page.begin_and_commit", asked.n_transaction_words)
    report.told("profile_page.busy", seconds["busy"] * 1000, "ms")
    report.told("profile_page.ordinary", seconds["ordinary"] * 1000, "ms")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
