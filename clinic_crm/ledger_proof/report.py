"""`manage.py prove ledger`: runs the clients and says what the books look like afterwards."""

import tempfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from clinic_crm.ledger_proof.clients import answer
from clinic_crm.ledger_proof.run import Ran, run_clients
from clinic_crm.ledger_proof.world import World, close, make_world
from loyalty.invariants import violations
from loyalty.models import Account, Hold, LedgerEntry, LotUse
from tenancy.scope import clinic_scope

HELP = "200 clients on 20 accounts, workers killed, the server crashed: every point in its place"
# What of a client's key must stand in the ledger once it was told «done».
_KEYS = {
    "redeem": ("redemption:{key}",),
    "give": ("adjustment:{key}",),
    "return": ("redemption:{key}", "return:{key}"),
    "transfer": ("transfer:{key}:out", "transfer:{key}:in:0"),
}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--tries", type=int, default=10, help="of each client")
    parser.add_argument("--workers", type=int, default=8, help="processes of five connections")
    parser.add_argument("--kills", type=int, default=20, help="of workers, at random moments")
    parser.add_argument(
        "--crashes", type=int, default=0,
        help="of the server; all that use it are cut off, so only in a stack of one's own",
    )  # fmt: skip


def run(say: Callable[[str], object], options: Mapping[str, Any]) -> int:
    """The number of faults; 0 proves it."""
    world = make_world(
        seed=options["seed"], n_clients=options["clients"], n_accounts=options["accounts"],
        n_tries=options["tries"],
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        ran = run_clients(
            world, folder=Path(folder), seed=options["seed"], n_workers=options["workers"],
            n_kills=options["kills"], n_crashes=options["crashes"],
        )  # fmt: skip
    told = Counter(ran.answers.values())
    say(f"{len(ran.answers):,} tries of {len(world.clients)} clients on {len(world.account_ids)}"
        f" accounts in {ran.seconds:.1f} s; {ran.n_killed} workers killed, the server crashed"
        f" {ran.n_crashed} times")  # fmt: skip
    say(", ".join(f"{code}: {n:,}" for code, n in told.most_common()))
    faults = [*faults_of(world, ran), *changed_by_asking_again(world, ran)]
    for line in faults:
        say(f"FAULT {line}")
    say("Every point is in its place." if not faults else f"{len(faults)} faults")
    close(world)
    return len(faults)


def faults_of(world: World, ran: Ran) -> Iterator[str]:
    """One line each: rows that break a rule, debts, effects that are missing or too many."""
    with clinic_scope(world.clinic.pk):
        yield from violations()
        for pk in Account.objects.filter(balance__lt=0).values_list("pk", flat=True):
            yield f"account {pk} is below zero"
        keys = Counter(LedgerEntry.objects.values_list("idempotency_key", flat=True))
        yield from (f"key {key} has {n} entries" for key, n in keys.items() if n > 1)
        captured = set(
            Hold.objects.filter(state="captured").values_list("idempotency_key", flat=True)
        )
    for one in (one for tries in world.clients for one in tries):
        if one.key not in ran.answers:
            yield f"try {one.key} was never answered"
        elif ran.answers[one.key] == "done":
            wanted = [key.format(key=one.key) for key in _KEYS.get(one.kind, ())]
            yield from (f"try {one.key}: {key} is missing" for key in wanted if key not in keys)
            if one.kind == "capture" and one.key not in captured:
                yield f"try {one.key}: its hold was not redeemed"


def changed_by_asking_again(world: World, ran: Ran) -> Iterator[str]:
    """What was done is asked for once more: nothing may move."""
    before = _books(world)
    done = [one for tries in world.clients for one in tries if ran.answers.get(one.key) == "done"]
    for one in done:
        if one.kind != "release":  # a hold that was released stays so
            answer(world, one)
    if _books(world) != before:
        yield "asking again under the same keys moved points"


def _books(world: World) -> tuple[int, int, list[tuple[int, int, int]]]:
    with clinic_scope(world.clinic.pk):
        accounts = Account.objects.order_by("pk").values_list("pk", "balance", "held")
        return LedgerEntry.objects.count(), LotUse.objects.count(), list(accounts)
