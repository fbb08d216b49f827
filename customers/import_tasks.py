"""Celery doors of imports. `customers.tasks` brings them in."""

from celery import shared_task
from django.utils import timezone

from customers.services import imports
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


@shared_task(name="customers.run_import")
def run_import(*, clinic_id: int, import_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        imports.work(import_id=import_id, at=timezone.now())


@shared_task(name="customers.sweep_imports")
def sweep_imports() -> None:
    """Every two minutes: imports that stopped go on, old uploads are deleted."""
    now = timezone.now()
    for clinic in Clinic.objects.order_by("pk"):
        with clinic_scope(clinic.pk):
            imports.take_up_again(at=now)
