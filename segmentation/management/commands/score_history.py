from typing import Any

from django.core.management.base import CommandParser

from segmentation.services.score_history import score_months
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic


class Command(ClinicCommand):
    help = "Score the past month-ends that have no scores yet, so that movement can be seen."
    is_atomic = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--months", type=int, default=12, metavar="N", help="default: 12")

    def work(self, clinic: Clinic, **options: Any) -> None:
        n_scored = 0
        for made in score_months(clinic, n_months=options["months"]):
            n_scored += 1
            self.stdout.write(
                f"{clinic.slug}: {made.n_customers} customers scored as of {made.as_of}"
                f" in {made.report['seconds']} s"
            )
        if not n_scored:
            self.stdout.write(f"{clinic.slug}: every month-end with sales is scored already.")
