"""Both walls on against off: what the list and a profile cost because clinics are kept apart.

    ./dev bench walls

A clinic of 100,000 customers stands beside three others in the same tables. «Off» is Django's own
database backend (nothing is bound at BEGIN, nothing is checked) signed in as the tables' owner,
whom row security does not bind after NO FORCE. The condition on the clinic stays in the statements
either way: without it the page would show everybody's customers. `data` is what the page reads,
without templates; `page` is the whole request.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import Report, medians_by_turns
from bench._worlds import BigClinic, make_clinic
from customers import panels
from customers.columns import lines_of
from customers.queries import (
    count_and_value,
    list_page,
    profile_of,
    timeline_page,
    visible_customers,
    with_profile,
)
from tenancy.clock import local_day
from tenancy.roles import capabilities_of
from tenancy.scope import clinic_scope
from tenancy.walls import tenant_models

N_CUSTOMERS, N_OTHERS, N_OTHER_CUSTOMERS = 100_000, 3, 5_000
MOST_TIMES = 1.15
N_ROUNDS = 120
N_PROFILES = 40  # looked at in turn, spread over the clinic

Work = Callable[[], object]


def release_owner() -> None:
    """Row security no longer binds the tables' owner; the web's role stays bound."""
    with connections["owner"].cursor() as cursor:
        for table in ["tenancy_clinic", *(model._meta.db_table for model in tenant_models())]:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")


def unwalled_connection() -> DatabaseWrapper:
    owner = settings.DATABASES["owner"]
    walled = connections["default"].settings_dict
    who = {name: owner[name] for name in ("USER", "PASSWORD")}
    return DatabaseWrapper(walled | who, alias="default")


@contextmanager
def instead(other: DatabaseWrapper) -> Iterator[None]:
    """The project talks to the database through this connection."""
    usual = connections["default"]
    connections["default"] = other
    try:
        yield
    finally:
        connections["default"] = usual


def n_clinics_seen(clinic_id: int) -> int:
    with clinic_scope(clinic_id), connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT clinic_id) FROM customers_customer")
        return cursor.fetchone()[0]


def list_data(big: BigClinic) -> Work:
    def work() -> None:
        with clinic_scope(big.clinic.pk):
            customers = visible_customers(None)
            page = list_page(customers, sort="", at="")
            lines_of(page.customers, in_clear=True)
            count_and_value(customers)

    return work


def profile_data(big: BigClinic) -> Work:
    turn, clinic, capabilities = some_customers(big), big.clinic, capabilities_of("owner")
    today = local_day(clinic.zone, timezone.now())

    def work() -> None:
        with clinic_scope(clinic.pk):
            customer = with_profile(visible_customers(None), clinic=clinic, until=today).get(
                pk=next(turn)
            )
            profile = profile_of(customer, clinic=clinic, today=today, in_clear=True)
            panels.parts_of(profile, capabilities)
            timeline_page(customer.pk, zone=clinic.zone)

    return work


def some_customers(big: BigClinic) -> Iterator[int]:
    return cycle(big.customer_ids[:: len(big.customer_ids) // N_PROFILES])


def page(big: BigClinic, addresses: Iterator[str]) -> Work:
    browser = big.browser()

    def work() -> None:
        assert browser.get(next(addresses)).status_code == 200

    return work


def profile_addresses(big: BigClinic) -> Iterator[str]:
    return (f"/customers/{pk}/" for pk in some_customers(big))


def main() -> int:
    big = make_clinic("large", N_CUSTOMERS)
    for number in range(N_OTHERS):
        make_clinic(f"other-{number}", N_OTHER_CUSTOMERS)
    return compare(big)


def compare(big: BigClinic) -> int:
    release_owner()
    unwalled = unwalled_connection()
    with instead(unwalled):
        assert n_clinics_seen(big.clinic.pk) > 1, "the walls are not off"
    assert n_clinics_seen(big.clinic.pk) == 1, "the walls are not on"
    report = Report()
    for name, make in {
        "list.data": lambda: list_data(big),
        "profile.data": lambda: profile_data(big),
        "list.page": lambda: page(big, cycle(["/customers/"])),
        "profile.page": lambda: page(big, profile_addresses(big)),
    }.items():
        measure(report, name, on=make(), off=make(), unwalled=unwalled)
    return report.exit_code


def measure(report: Report, name: str, *, on: Work, off: Work, unwalled: DatabaseWrapper) -> None:
    def without_walls() -> None:
        with instead(unwalled):
            off()

    seconds = medians_by_turns({"on": on, "off": without_walls}, n_rounds=N_ROUNDS)
    report.limited(f"walls.{name}", seconds["on"] / seconds["off"], MOST_TIMES)
    report.told(f"walls.{name} on", seconds["on"] * 1000, "ms")
    report.told(f"walls.{name} off", seconds["off"] * 1000, "ms")


if __name__ == "__main__":
    sys.exit(main())
