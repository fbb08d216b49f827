"""Erase again whom a restored backup brought back, by the log beside the database."""

from typing import Any

from customers.services.erasing import replay
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic


class Command(ClinicCommand):
    help = "After an old backup was restored: erase again who was erased since. May be repeated."
    is_atomic = False

    def work(self, clinic: Clinic, **options: Any) -> None:
        n_again, n_known = replay()
        self.stdout.write(f"Erased again: {n_again}. Erased already: {n_known}.")
