"""Seal health data with the first of HEALTH_KEYS, so that the others may be dropped."""

from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from customers.models import AdverseEvent, CustomerHealth
from customers.services.health import seal_anew
from tenancy.management.clinic_command import ClinicCommand
from tenancy.models import Clinic
from tenancy.sealing import CannotUnseal

AT_ONCE = 200


class Command(ClinicCommand):
    help = "Seal a clinic's health data with the first of HEALTH_KEYS. May be stopped and repeated."
    is_atomic = False

    def work(self, clinic: Clinic, **options: Any) -> None:
        counts = [self._seal(model) for model in (CustomerHealth, AdverseEvent)]
        n_anew, n_rows = map(sum, zip(*counts, strict=True))
        self.stdout.write(f"{n_anew} of {n_rows} records sealed anew.")

    def _seal(self, model: type[CustomerHealth | AdverseEvent]) -> tuple[int, int]:
        """(n sealed anew, n looked at)."""
        n_anew = n_rows = after = 0
        looked_at = AT_ONCE
        while looked_at == AT_ONCE:
            try:
                with transaction.atomic():
                    anew, looked_at, after = seal_anew(model=model, after=after, at_most=AT_ONCE)
            except CannotUnseal:
                raise CommandError(
                    f"A record behind number {after} is sealed with a key that is not in"
                    " HEALTH_KEYS. Add that key at the end of the list and run this again."
                ) from None
            n_anew, n_rows = n_anew + anew, n_rows + looked_at
        return n_anew, n_rows
