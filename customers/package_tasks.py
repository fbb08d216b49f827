"""Celery doors of packages. `customers.tasks` brings them in."""

from celery import shared_task

from customers.services import packages
from tenancy.models import Clinic
from tenancy.scope import clinic_scope


@shared_task(name="customers.settle_packages")
def settle_packages(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        packages.settle_packages()


@shared_task(name="customers.sweep_packages")
def sweep_packages() -> None:
    """Every ten minutes: attended appointments whose nudge was lost take their session."""
    for clinic in Clinic.objects.order_by("pk"):
        with clinic_scope(clinic.pk):
            packages.settle_packages()
