"""Base of every command that works for one clinic."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy.exceptions import DomainError
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


class ClinicCommand(BaseCommand):
    """Opens the scope of `--clinic SLUG` around `work`.

    is_atomic: one transaction for the whole command; False for work that commits step by step.
    """

    is_atomic = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", required=True, metavar="SLUG", help="the clinic's slug")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options.pop("clinic")
        clinic = Clinic.objects.filter(slug=slug).first()
        if clinic is None:
            known = ", ".join(Clinic.objects.values_list("slug", flat=True)[:20]) or "none yet"
            raise CommandError(f"There is no clinic {slug!r}. Known: {known}.")
        try:
            with clinic_scope(clinic.pk, atomic=self.is_atomic):
                self.work(clinic, **options)
        except DomainError as error:
            raise CommandError(error.message) from None

    def work(self, clinic: Clinic, **options: Any) -> None:
        raise NotImplementedError
