from typing import Any

from django.core.management.base import CommandParser

from campaigns.services import arming
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic


class Command(ClinicCommand):
    help = "Let a clinic send again after its database was restored from a backup."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--keep-running", action="store_true", help="do not pause the campaigns that ran"
        )

    def work(self, clinic: Clinic, **options: Any) -> None:
        n_paused = arming.arm(clinic=clinic, by=None, pauses=not options["keep_running"])
        self.stdout.write(f"{clinic.slug} may send again; {n_paused} campaigns paused.")
