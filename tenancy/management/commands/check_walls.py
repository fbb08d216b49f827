from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from tenancy.wall_lint import find_holes
from tenancy.walls import tenant_models


class Command(BaseCommand):
    help = "Look for holes in the walls between clinics; exits 1 and names them when there are any."

    def handle(self, *args: Any, **options: Any) -> None:
        holes = find_holes(connection)
        for hole in holes:
            self.stderr.write(str(hole))
        if holes:
            raise CommandError(f"{len(holes)} hole(s) in the walls.")
        self.stdout.write(f"The walls stand: {len(tenant_models())} tenant tables, no hole.")
