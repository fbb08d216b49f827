import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from clinic_crm.demo.logins import as_dicts
from clinic_crm.demo.seed import seed_clinic
from clinic_crm.simulator import CLINICS


class Command(BaseCommand):
    help = "Make the demo clinics; does nothing where they are there already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the logins as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo clinics have known passwords: only where DEMO=1.")
        seed_all()
        if options["json"]:
            self.stdout.write(json.dumps({"logins": as_dicts()}, ensure_ascii=False))
        else:
            for login in as_dicts():
                self.stdout.write("{role:8} {email:32} {password}".format(**login))


def seed_all() -> None:
    """Each clinic in a process of its own: half of the work is Python's, half Postgres's."""
    connections.close_all()  # a connection cannot be shared by two processes
    with ProcessPoolExecutor(len(CLINICS), mp_context=get_context("fork")) as pool:
        for done in [pool.submit(seed_clinic, slug, say=_say) for slug in CLINICS]:
            done.result()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
