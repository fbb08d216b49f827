from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic_crm.checks import OUR_APPS
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


class Command(BaseCommand):
    """Each app tells its own in `<app>/invariants.py`: violations() → one line a broken row."""

    help = "Recompute what must hold across rows; exit 1 naming the ids where it does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--clinic", metavar="SLUG", help="only this clinic (default: every)")

    def handle(self, *args: Any, **options: Any) -> None:
        n_found = 0
        for clinic in self._clinics(options["clinic"]):
            with clinic_scope(clinic.pk):
                found = violations()
            for line in found:
                self.stderr.write(f"{clinic.slug}: {line}")
            n_found += len(found)
        if n_found:
            raise CommandError(f"{n_found} rows break an invariant; they are named above.")
        self.stdout.write("Every invariant holds.")

    def _clinics(self, slug: str | None) -> list[Clinic]:
        clinics = Clinic.objects.order_by("pk")
        if slug is None:
            return list(clinics)
        found = list(clinics.filter(slug=slug))
        if not found:
            known = ", ".join(clinics.values_list("slug", flat=True)[:20]) or "none yet"
            raise CommandError(f"There is no clinic {slug!r}. Known: {known}.")
        return found


def violations() -> list[str]:
    """What every app finds in the open clinic, the app's name in front."""
    return [
        f"{app}: {line}"
        for app in OUR_APPS
        if find_spec(f"{app}.invariants")
        for line in import_module(f"{app}.invariants").violations()
    ]
