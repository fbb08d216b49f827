from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic_crm.intake_proof.compare import differences, states
from clinic_crm.intake_proof.history import final_state, history
from clinic_crm.intake_proof.run import Proof, run
from clinic_crm.intake_proof.traffic import traffic
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic

SLUG = "intake-proof"
SHOWN = 20


class Command(BaseCommand):
    """The clinic is made where it is missing; every run has a source of its own in it."""

    help = "Send a booking system's events twice, shuffled and with holes; compare the final state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--events", type=int, default=10_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--duplicated", type=float, default=0.3, metavar="RATE")
        parser.add_argument("--shuffled", type=float, default=0.3, metavar="RATE")
        parser.add_argument("--lost", type=float, default=0.05, metavar="RATE")
        parser.add_argument("--kills", type=int, default=0, help="workers killed in each half")

    def handle(self, *args: Any, **options: Any) -> None:
        clinic = Clinic.objects.filter(slug=SLUG).first() or create_clinic(
            slug=SLUG, name="Intake proof", timezone="Asia/Shanghai", currency="CNY"
        )
        changes = history(n_events=options["events"], seed=options["seed"])
        seen = traffic(
            changes,
            seed=options["seed"],
            duplicated_rate=options["duplicated"],
            shuffled_rate=options["shuffled"],
            lost_rate=options["lost"],
        )
        self.stdout.write(
            f"{len(changes)} events, {seen.n_duplicated} duplicated, {seen.n_shuffled} shuffled, "
            f"{len(seen.lost)} lost and polled; seed {options['seed']}"
        )
        proof = Proof(clinic, seed=options["seed"])
        seconds = run(proof, changes, seen, n_kills=options["kills"])
        wanted = final_state(changes)
        with clinic_scope(clinic.pk):
            found, counted = differences(proof.source, wanted), states(proof.source)
        spent = ", ".join(f"{step} {value:.1f} s" for step, value in seconds.items())
        self.stdout.write(f"{spent}; {proof.n_killed} workers killed; records: {counted}")
        for line in found[:SHOWN]:
            self.stderr.write(line)
        if found or set(counted) != {"done"}:
            raise CommandError(f"{len(found)} differences in {len(wanted)} objects.")
        self.stdout.write(f"{len(wanted)} objects, every one as in the booking system.")
