"""`manage.py renumber_feed`: after a restore, let the API's lists go on in the new database."""

from typing import Any

from django.core.management.base import BaseCommand

from customers.services import feed
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


class Command(BaseCommand):
    help = "After a restore from a backup: number the API's order of changes anew, in every clinic."

    def handle(self, *args: Any, **options: Any) -> None:
        for clinic in Clinic.objects.order_by("pk"):
            with clinic_scope(clinic.pk):
                self.stdout.write(f"{clinic.slug}: {feed.renumber()} renumbered")
