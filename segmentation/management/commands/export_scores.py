from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from segmentation.management.day_option import day
from segmentation.services.score_export import export_scores
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic


class Command(ClinicCommand):
    help = "Write the scores of one day to a CSV file, one row a customer."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--as-of", type=day, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.csv")

    def work(self, clinic: Clinic, **options: Any) -> None:
        path: Path = options["out"]
        try:
            n_rows, n_nameless = export_scores(as_of=options["as_of"], path=path)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{n_rows} customers written to {path}")
        if n_nameless:
            self.stderr.write(
                f"{n_nameless} customers have no external id, so that column is empty in their"
                " rows: no booking system or file has named them yet. Import them with an id or"
                " push them through the API, and export again."
            )
