"""The story of a customer with 5,000 events: first page and deepest, beside a short story.

    ./dev bench timeline_page

Half of the events are sales with a consultant, the rest appointments, interactions and notes.
Whole requests are measured, as htmx makes them. The deepest page is reached by the cursors of the
pages before it; the slowest of all of them is told too.
"""

import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

from django.db import transaction
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import Report, asked_by, medians_by_turns
from bench._worlds import BigClinic, make_clinic, settle
from customers.models import Appointment, Customer, CustomerEvent, Interaction, Note, Sale
from tenancy.clock import local_day
from tenancy.scope import clinic_scope

N_CUSTOMERS, N_EVENTS = 1_000, 5_000
MOST_QUERIES = 8  # of the frame and of the page; any number of events
SLOWEST_MS = 150.0
N_ROUNDS = 60
NEXT = re.compile(r"\?cursor=([\w-]+)")
HTMX = {"HX-Request": "true"}
EVERY_HOURS = 9  # 5,000 events in five years
KINDS = {
    Sale: ("sale", "sale.recorded"),
    Appointment: ("appointment", "appointment.attended"),
    Interaction: ("interaction", "interaction.recorded"),
    Note: ("note", "note.added"),
}


@transaction.atomic
def make_busy(big: BigClinic) -> int:
    """The id of a customer with N_EVENTS events of the kinds that have facts of their own."""
    now = timezone.now()
    customer = Customer.objects.create(
        name="王小明", known_since_on=local_day(big.clinic.zone, now)
    )
    told: list[tuple[object, datetime]] = []
    for number in range(N_EVENTS):
        at = now - timedelta(hours=EVERY_HOURS * number)
        told.append((row_of(big, customer, number, at), at))
    for model in KINDS:
        model.objects.bulk_create([row for row, _at in told if type(row) is model])
    CustomerEvent.objects.bulk_create(
        CustomerEvent(
            customer=customer,
            kind=KINDS[type(row)][1],
            source_key=f"{KINDS[type(row)][0]}:{row.pk}",
            occurred_at=at,
            amount_minor=68_000 if type(row) is Sale else None,
            payload={"items": ["Peel", "Filler"]} if type(row) is Sale else {},
        )
        for row, at in told
    )
    return customer.pk


def row_of(big: BigClinic, customer: Customer, number: int, at: datetime) -> object:
    names = {"customer": customer, "source": "bench", "external_id": f"story-{number}"}
    if number % 2:
        day = local_day(big.clinic.zone, at)
        return Sale(
            **names, consultant=big.owner, occurred_at=at, occurred_on=day, counts_on=day,
            gross_minor=68_000, net_minor=68_000, currency="CNY",
        )  # fmt: skip
    if number % 4 == 0:
        return Appointment(**names, consultant=big.owner, starts_at=at, status="attended")
    if number % 8 == 2:
        return Interaction(
            **names, kind="message", channel="wechat", occurred_at=at, by=big.owner, summary="Hello"
        )
    return Note(customer=customer, author=big.owner, written_at=at, text="Asked about a peel.")


def main() -> int:
    big = make_clinic("story", N_CUSTOMERS)
    with clinic_scope(big.clinic.pk, atomic=False):
        busy = make_busy(big)
        settle(N_CUSTOMERS)
    browser = big.browser()

    def opened(pk: int, cursor: str = "", kind: str = "") -> Callable[[], str]:
        def work() -> str:
            query = {"cursor": cursor, "kind": kind}
            page = browser.get(f"/customers/{pk}/timeline/", query, headers=HTMX)
            assert page.status_code == 200
            following = NEXT.search(page.content.decode())
            return following[1] if following else ""

        return work

    opened(busy)()  # the first request of a process also loads the templates
    cursor, slowest, cursors = "", 0.0, [""]
    while True:
        began = perf_counter()
        following = opened(busy, cursor)()
        slowest = max(slowest, perf_counter() - began)
        if not following:
            break
        cursor = following
        cursors.append(cursor)
    works = {
        "short": opened(big.customer_ids[N_CUSTOMERS // 2]),
        "first": opened(busy),
        "deepest": opened(busy, cursors[-2]),  # the last full page
        "filtered": opened(busy, cursors[-2], "notes"),
    }
    seconds = medians_by_turns(works, n_rounds=N_ROUNDS)
    report = Report()
    for name, work in works.items():
        asked = asked_by(work)
        report.limited(f"timeline_page.{name}.queries", asked.n_queries, MOST_QUERIES)
    report.told("timeline_page.pages", len(cursors))
    for name in works:
        report.limited(f"timeline_page.{name}", seconds[name] * 1000, SLOWEST_MS)
    report.limited("timeline_page.deepest_by_first", seconds["deepest"] / seconds["first"], 1.5)
    report.told("timeline_page.slowest_of_all", slowest * 1000, "ms")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
