"""Launching a campaign: freezing an audience against a bare INSERT … SELECT of the same rows.

    ./dev bench launch                    # N_CUSTOMERS=1_000_000 for the size of the promise

Ours: who is meant, arms and variants by hash, addresses chosen and told apart, one enrolment and
one message a customer, batch by batch, from «launch» to the first claim. Bare: exactly those rows,
copied from a table that holds them already, into the same two tables with the same keys,
references, checks and walls. By turns, both committed into empty tables; the least of the rounds
counts. The longest step is told beside it: so long a person who pauses or cancels waits.
"""

import os
import sys
from time import perf_counter

from django.db import connection, connections, transaction
from django.utils import timezone

import bench._django  # noqa: F401  first: it loads the settings
from bench._crowd import make_crowd
from bench._measuring import Report
from campaigns.models import Campaign, Enrolment, FrozenBatch, Message, Step, Variant
from campaigns.services import expansion
from segmentation.models import Segment
from tenancy.models import Clinic
from tenancy.scope import clinic_scope

N = int(os.environ.get("N_CUSTOMERS", "100_000"))
N_ROUNDS = int(os.environ.get("N_ROUNDS", "3"))
MOST_TIMES = 3.0
STEPS: list[float] = []  # seconds of each step


def make_campaign(*, variants: bool) -> Campaign:
    segment, _is_new = Segment.objects.get_or_create(
        name="Everybody", defaults={"rule": {"match": "all", "conditions": []}}
    )
    campaign = Campaign.objects.create(
        name="Launch", segment=segment, subject="Hello", body="See you soon", state="launching",
        holdout_rate=0.1,
    )  # fmt: skip
    if variants:
        step = Step.objects.create(campaign=campaign, number=1, kind="message", channel="email")
        for name in "AB":
            Variant.objects.create(step=step, name=name, share=50, subject="Hello", body="Hi")
        Step.objects.create(campaign=campaign, number=2, kind="wait", wait_days=3)
        last = Step.objects.create(campaign=campaign, number=3, kind="message", channel="email")
        Variant.objects.create(step=last, subject="Hello", body="Hi again")
    return campaign


def keep_rows(name: str) -> None:
    """The rows as they stand now, in two plain tables that the application may read."""
    with connections["owner"].cursor() as cursor:
        for model in (Enrolment, Message):
            table = model._meta.db_table
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            cursor.execute(f"CREATE TABLE {name}_{table} AS SELECT * FROM {table}")
            cursor.execute(f"GRANT SELECT ON {name}_{table} TO PUBLIC")
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            cursor.execute(f"ANALYZE {name}_{table}")
    empty()


def empty() -> None:
    tables = ", ".join(model._meta.db_table for model in (Enrolment, Message, FrozenBatch))
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def bare(name: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for model in (Enrolment, Message):
            table = model._meta.db_table
            cursor.execute(f"INSERT INTO {table} SELECT * FROM {name}_{table}")


def expand(campaign: Campaign, clinic: Clinic) -> None:
    """All steps of a launch, each committed; their seconds go into STEPS."""
    with transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(state="launching", launched_at=None)
    began, goes_on = perf_counter(), True
    while goes_on:
        goes_on = expansion._step(campaign.pk, clinic, timezone.now())
        STEPS.append(perf_counter() - began)
        began = perf_counter()


def seconds(clinic: Clinic, work) -> float:
    with clinic_scope(clinic.pk, atomic=False):
        began = perf_counter()
        work()
        taken = perf_counter() - began
    empty()
    return taken


def compare(report: Report, clinic: Clinic, name: str, *, variants: bool) -> None:
    with clinic_scope(clinic.pk):
        campaign = make_campaign(variants=variants)
    works = {"ours": lambda: expand(campaign, clinic), "bare": lambda: bare(name)}
    with clinic_scope(clinic.pk, atomic=False):
        works["ours"]()
    keep_rows(name)
    STEPS.clear()
    best = {key: float("inf") for key in works}
    for _round in range(N_ROUNDS):
        for key, work in works.items():
            best[key] = min(best[key], seconds(clinic, work))
    report.told(f"launch.{name}, bare", best["bare"], f"s, {N} customers")
    report.told(f"launch.{name}, ours", best["ours"], "s")
    report.told(f"launch.{name}, longest step", max(STEPS), f"s of {len(STEPS)} steps")
    report.limited(f"launch.{name}, times the bare", best["ours"] / best["bare"], MOST_TIMES)


def main() -> int:
    report = Report()
    clinic = make_crowd("launch", N)
    compare(report, clinic, "one_message", variants=False)
    compare(report, clinic, "variants_and_steps", variants=True)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
