"""`manage.py prove sending`: runs the night and prints what it found."""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.test.utils import override_settings

from campaigns.models import Message
from clinic_crm.sending_proof.run import (
    POINTS,
    Night,
    Provider,
    configure,
    die_in_receipts,
    report_back,
    run_naive,
)
from clinic_crm.sending_proof.verdict import Verdict, verdict_on
from clinic_crm.sending_proof.workers import start
from clinic_crm.sending_proof.world import CLASSES, World, close, let_planner_count, make_world
from tenancy.scope import clinic_scope

HELP = "kill workers while they send: nothing may be lost or doubled"
Say = Callable[[str], object]
NAIVE_RECIPIENTS = 300
MANY = 1000  # from here on it matters how the planner joins


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--recipients", type=int, default=10_000, help="a third by each class")
    parser.add_argument("--kills", type=int, default=100, help="of workers, at random moments")
    parser.add_argument("--minutes", type=float, default=20.0, help="at most")
    parser.add_argument("--page", type=Path, help="also write the answer as a page of the docs")


def run(say: Say, options: Mapping[str, Any]) -> int:
    """The number of faults; 0 proves it."""
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        say(line)

    # What `configure` changes holds for this run only.
    with override_settings(), Provider(options["seed"]) as provider:
        configure(provider)
        n_faults = _naive_is_caught(tell, provider, options["seed"])
        n_faults += _night(tell, provider, options)
    if options.get("page"):
        options["page"].write_text(_page(lines, options), encoding="utf-8")
    return n_faults


def _naive_is_caught(tell: Say, provider: Provider, seed: int) -> int:
    """A careless sender under the same faults; 1 when nothing was found wrong with it."""
    world = make_world("asked", NAIVE_RECIPIENTS)
    try:
        launcher = start([world], dies_at="before_claim:1")
        launcher.join()
        run_naive(world, n_kills=3, seed=seed)
        found = verdict_on(world, provider.told()["taken"])
    finally:
        close(world)
    tell(f"A careless sender, {NAIVE_RECIPIENTS} recipients, 3 kills: {found.n_doubled} doubled,"
         f" {found.n_lost} lost.")  # fmt: skip
    if found.n_doubled or found.n_lost:
        tell("The harness catches it.\n")
        return 0
    tell("FAULT: the harness found nothing wrong with it and proves nothing.\n")
    return 1


def _night(tell: Say, provider: Provider, options: Mapping[str, Any]) -> int:
    sizes = [options["recipients"] // len(CLASSES)] * len(CLASSES)
    sizes[0] += options["recipients"] - sum(sizes)
    worlds = [make_world(name, n) for name, n in zip(CLASSES, sizes, strict=True)]
    if options["recipients"] >= MANY:
        let_planner_count()
    started = time.monotonic()
    try:
        outages = options.get("outages") or ()
        night = Night(worlds, provider, seed=options["seed"], outages=outages)
        night.run(n_kills=options["kills"], seconds=60 * options["minutes"], say=tell)
        told = provider.told()
        tell(f"{time.monotonic() - started:.0f} seconds; what the provider answered:"
             f" {_counted(told['answers'])}\n")  # fmt: skip
        tell("| provider | intents | sent | failed | unknown | lost | doubled | taken, not shown |")
        tell("|---|---:|---:|---:|---:|---:|---:|---:|")
        n_faults = sum(_row(tell, verdict_on(world, told["taken"])) for world in worlds)
        n_faults += night.n_killed < options["kills"] and _too_few(tell, night)
        n_faults += _unreached(tell, night) + len(outages) - len(night.outages_had)
        return n_faults + sum(_reports(tell, world, told["taken"], options) for world in worlds)
    finally:
        for world in worlds:
            close(world)


def _row(tell: Say, found: Verdict) -> int:
    states = found.n_by_state
    tell(f"| {found.provider_class} | {found.n_intents:,} | {states.get('sent', 0):,}"
         f" | {states.get('failed', 0):,} | {found.n_unknown:,} | {found.n_lost} |"
         f" {found.n_doubled} | {found.n_hidden} |")  # fmt: skip
    for fault in found.faults:
        tell(f"FAULT, {found.provider_class}: {fault}")
    return found.n_lost + found.n_doubled + found.n_hidden + len(found.faults)


def _too_few(tell: Say, night: Night) -> int:
    tell(f"FAULT: everything was sent before {night.n_killed + 1} kills; take more recipients.")
    return 1


def _unreached(tell: Say, night: Night) -> int:
    missing = [point for point in POINTS if point not in night.points_died_at]
    for point in missing:
        tell(f"FAULT: no worker came to the point {point}.")
    return len(missing)


def _reports(tell: Say, world: World, taken: Mapping[str, int], options: Mapping[str, Any]) -> int:
    """Every report twice and shuffled, one batch forged: the message knows, nothing is let in."""
    with clinic_scope(world.clinic.pk):
        mine = Message.objects.filter(campaign=world.campaign_id)
        known = {reference.hex for reference in mine.values_list("reference", flat=True)}
    its = {reference: n for reference, n in taken.items() if reference in known}
    died = die_in_receipts(world, its) if its else False
    n_forged = report_back(world, its, seed=options["seed"])
    with clinic_scope(world.clinic.pk):
        n_delivered = mine.filter(delivered_at__isnull=False).count()
        n_unknown = mine.filter(state=Message.State.UNKNOWN).count()
    tell(f"{world.provider_class}: {len(its):,} reported back, each twice and shuffled:"
         f" {n_delivered:,} known as delivered, {n_unknown:,} still unknown, {n_forged} forged"
         f" let in{', after a death in the middle' if died else ''}")  # fmt: skip
    return (n_delivered != len(its)) + n_forged + (not died)


def _counted(answers: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in sorted(answers.items()))


def _page(lines: list[str], options: Mapping[str, Any]) -> str:
    command = options.get("command") or "./dev manage prove sending"
    asked = (
        f"--seed {options['seed']} --recipients {options['recipients']} --kills {options['kills']}"
    )
    return (
        "# Sending against faults\n\n"
        f"Written by `{command} {asked} --page docs/sending_proof.md`. Two workers at a time,"
        " forked processes that launch, claim, send, sweep and ask by the product's services, each"
        " the whole of it, so that two clocks beat at once. They die by SIGKILL at random moments"
        " and at each named point of `campaigns/faults.py`; database sessions are cut; clocks step"
        " by five seconds where a claim is stale after three. `./dev bench sending_faults` runs the"
        " same on servers of its own and restarts them meanwhile: Postgres is shut down at once"
        " (SIGQUIT, as `pg_ctl stop -m immediate`) and recovers, the broker is emptied, killed and"
        " started again; else every nudge is lost, as with a broker that is emptied all the time."
        " The provider is `campaigns/recording_provider.py`, in a process of its own: it refuses,"
        " answers 409 and 429, hangs up before and after it took a message, takes it after the"
        " caller gave up, and answers HTML.\n\n" + "\n".join(lines) + "\n"
    )
