"""A night of judging everybody against the bare set-based statement, and a draft replayed.

    ./dev bench tiers [members]      100,000 unless said; the limits are meant for a million

The bare side adds up a year's net by customer and updates the accounts whose tier differs: no
receipts, no events, no grace, nothing but spend. Both sides run by turns and are rolled back, in a
night in which nobody moves and in one in which a hundredth of the members does; the best of each
are compared. The replay reads five years of 100,000 members (two purchases a year each).
"""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from time import perf_counter

import numpy as np
from django.db import connection, transaction

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import Report
from customers.models import Customer, Sale
from customers.services.bulk_rows import insert_columns, new_ids
from loyalty.models import Account, Programme
from loyalty.services.ladders import save_draft
from loyalty.services.programme import Rung, Terms, create_programme
from loyalty.services.tiers import judge
from loyalty.services.what_if import run
from loyalty.tiering import LadderRules, Need
from loyalty.tiering import Rung as Step
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic
from tenancy.statistics import refresh_statistics

MOST_TIMES, MOST_SECONDS = 3.0, 60.0
N_ROUNDS = 3
N_REPLAYED, YEARS = 100_000, 5
TODAY = date(2026, 5, 1)
LADDER = (Rung("Member", 0), Rung("Silver", 200_000), Rung("Gold", 800_000))
CHUNK = 200_000

_BARE = """
WITH spend AS (
    SELECT customer_id, sum(net_minor)::bigint AS spent FROM customers_sale
    WHERE clinic_id = %(clinic)s AND counts_on BETWEEN %(from_on)s AND %(on)s
        AND occurred_on <= %(on)s GROUP BY customer_id
), judged AS (
    SELECT customer_id, CASE WHEN spent >= 800000 THEN %(gold)s
        WHEN spent >= 200000 THEN %(silver)s ELSE %(member)s END AS tier_id FROM spend
)
UPDATE loyalty_account a SET tier_id = judged.tier_id, tier_since_on = %(on)s FROM judged
WHERE a.clinic_id = %(clinic)s AND a.programme_id = %(programme)s
    AND a.customer_id = judged.customer_id AND a.tier_id IS DISTINCT FROM judged.tier_id
"""


def make_members(slug: str, n_members: int, *, years: int) -> tuple[Clinic, Programme]:
    """Members with two purchases a year on any day, the same at every run."""
    clinic = create_clinic(
        slug=slug, name=slug, timezone="Asia/Shanghai", currency="CNY", country="CN"
    )
    random = np.random.default_rng(n_members)
    with clinic_scope(clinic.pk, atomic=False):
        with transaction.atomic():
            programme = create_programme(
                terms=Terms(name="Points", points_per_unit=1, point_value_minor=1),
                ladder=LADDER,
                starts_on=TODAY - timedelta(days=365 * years),
            )
        for start in range(0, n_members, CHUNK):
            with transaction.atomic():
                _write(random, programme, min(CHUNK, n_members - start), years)
        with transaction.atomic():
            refresh_statistics(Customer, Sale, Account, n_rows=n_members)
    return clinic, programme


def _write(random: np.random.Generator, programme: Programme, n: int, years: int) -> None:
    now = "2026-05-01T00:00:00+00:00"
    ids = new_ids(Customer, n)
    insert_columns(
        Customer,
        {"id": ids, "name": [f"C{pk}" for pk in ids], "known_since_on": [TODAY] * n,
         **{name: [""] * n for name in ("gender", "occupation", "education", "city", "district",
                                        "address", "language", "notes", "acquisition_source")},
         "created_at": [now] * n, "updated_at": [now] * n},
    )  # fmt: skip
    insert_columns(
        Account,
        {"programme_id": [programme.pk] * n, "customer_id": ids, "balance": [0] * n,
         "opened_at": [now] * n},
    )  # fmt: skip
    n_sales = n * 2 * years
    buyers = np.repeat(np.array(ids), 2 * years)
    days = [TODAY - timedelta(days=int(d)) for d in random.integers(0, 365 * years, n_sales)]
    net = random.lognormal(11.5, 1.2, n_sales).astype(np.int64).tolist()
    insert_columns(
        Sale,
        {"source": ["bench"] * n_sales, "kind": ["sale"] * n_sales, "customer_id": buyers.tolist(),
         "external_id": [f"{ids[0]}-{number}" for number in range(n_sales)],
         "occurred_at": [f"{day}T04:00:00+00:00" for day in days], "occurred_on": days,
         "counts_on": days, "gross_minor": net, "discount_minor": [0] * n_sales, "net_minor": net,
         "currency": ["CNY"] * n_sales, "created_at": [now] * n_sales,
         "updated_at": [now] * n_sales},
    )  # fmt: skip


def best(work: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """The best times of two works, by turns, each rolled back."""
    taken: list[list[float]] = [[], []]
    for number in range(N_ROUNDS + 1):
        for place, one in enumerate((work, other)):
            with transaction.atomic():
                began = perf_counter()
                one()
                seconds = perf_counter() - began
                transaction.set_rollback(True)
            if number:  # the first warms up
                taken[place].append(seconds)
    return min(taken[0]), min(taken[1])


def nights(report: Report, n_members: int) -> None:
    clinic, programme = make_members("bench-tiers", n_members, years=1)
    with clinic_scope(clinic.pk, atomic=False):
        with transaction.atomic():
            began = perf_counter()
            judge(TODAY)
            report.told("tiers, everybody enters, s", perf_counter() - began)
            tiers = list(programme.tiers.order_by("rank").values_list("pk", flat=True))
        given = {
            "clinic": clinic.pk, "programme": programme.pk, "on": TODAY,
            "from_on": TODAY - timedelta(days=364), "member": tiers[0], "silver": tiers[1],
            "gold": tiers[2],
        }  # fmt: skip

        def bare() -> None:
            with connection.cursor() as cursor:
                cursor.execute(_BARE, given)

        _told(report, "nobody moves", best(lambda: judge(TODAY), bare))
        with transaction.atomic():
            some = Account.objects.filter(pk__in=_a_hundredth(clinic))
            report.told("tiers, members that move", some.exclude(tier=tiers[2]).count())
            some.exclude(tier=tiers[2]).update(tier=tiers[2])
        _told(report, "one in a hundred moves", best(lambda: judge(TODAY), bare))


def _a_hundredth(clinic: Clinic) -> list[int]:
    return list(Account.objects.order_by("pk").values_list("pk", flat=True))[::100]


def _told(report: Report, what: str, seconds: tuple[float, float]) -> None:
    ours, theirs = seconds
    report.told(f"tiers, {what}, ours, s", ours)
    report.told(f"tiers, {what}, bare, s", theirs)
    report.limited(f"tiers, {what}, ratio", ours / theirs, MOST_TIMES)


def replayed(report: Report, n_members: int) -> None:
    clinic, programme = make_members("bench-replay", n_members, years=YEARS)
    with clinic_scope(clinic.pk, atomic=False):
        with transaction.atomic():
            judge(TODAY)
            tiers = list(programme.tiers.order_by("rank"))
            rungs = tuple(
                Step(tier.pk, tier.name, Need(spend_minor=tier.min_spend_minor * 3 // 4))
                for tier in tiers
            )
            rules = LadderRules(rungs, grace_days=30)
            draft = save_draft(programme=programme, name="Draft", rules=rules, by=None)
        steps: list[int] = []
        began = perf_counter()
        forecast = run(draft=draft, as_of=TODAY, on_progress=steps.append)
        seconds = perf_counter() - began
    report.told("what-if, members", forecast["n_people"])
    report.told("what-if, told its progress so often", len(steps))
    report.limited("what-if, seconds", seconds, MOST_SECONDS)


def main() -> int:
    n_members = int(sys.argv[1]) if len(sys.argv) > 1 else N_REPLAYED
    report = Report()
    nights(report, n_members)
    replayed(report, min(n_members, N_REPLAYED))
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
