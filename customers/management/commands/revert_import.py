from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from customers.models import ImportFile
from customers.services import imports
from customers.services.imports import words
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic


class Command(ClinicCommand):
    help = "Take an import back: what it made goes, what it changed is as it was."
    is_atomic = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "import_id", type=int, metavar="ID", help="of the import, as in its URL"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say whether it could be")

    def work(self, clinic: Clinic, **options: Any) -> None:
        with transaction.atomic():
            import_file = ImportFile.objects.filter(pk=options["import_id"]).first()
            if import_file is None:
                raise CommandError(f"There is no import {options['import_id']} in {clinic.slug}.")
            if options["dry_run"]:
                imports.check_revertible(import_file)
                self.stdout.write("It can be taken back.")
                return
            imports.ask_for_revert(import_file=import_file, by=None, in_background=False)
        imports.work(import_id=import_file.pk, at=timezone.now())
        with transaction.atomic():
            import_file.refresh_from_db()
        if import_file.state != ImportFile.State.REVERTED:
            raise CommandError(words.failure(import_file.report))
        self.stdout.write(self._counts(import_file.report["reverted"]))

    def _counts(self, counts: dict[str, int]) -> str:
        return (
            f"Taken back: {counts['n_sales']} sales; {counts['n_kept_sales']} stay as empty ones,"
            f" {counts['n_kept_customers']} customers stay with their points."
            f" {counts['n_restored']} rows it had changed are as they were."
        )
