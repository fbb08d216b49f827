"""Celery doors of the duplicate finder. `customers.tasks` brings them in."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from customers.services.duplicates import search_all
from customers.services.duplicates.nights import is_due, look_at_the_new, search_tonight
from tenancy.models import Clinic
from tenancy.queue import enqueue, send
from tenancy.scope import clinic_scope

LOOK_BACK = timedelta(minutes=15)  # three times as often as beat asks: nobody is overlooked


@shared_task(name="customers.start_duplicate_nights")
def start_duplicate_nights() -> None:
    """Every few minutes: ask for the nightly search of each clinic where it is not done yet."""
    now = timezone.now()
    for clinic in Clinic.objects.filter(is_active=True).order_by("pk"):
        with clinic_scope(clinic.pk):
            if is_due(clinic, at=now):
                enqueue("customers.search_duplicates")


@shared_task(name="customers.search_duplicates")
def search_duplicates(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        search_tonight(Clinic.objects.get(pk=clinic_id), at=timezone.now())


@shared_task(name="customers.sweep_new_duplicates")
def sweep_new_duplicates() -> None:
    """One task a clinic: those who came or changed a moment ago."""
    for clinic_id in Clinic.objects.filter(is_active=True).values_list("pk", flat=True):
        send("customers.look_at_new_duplicates", {"clinic_id": clinic_id})


@shared_task(name="customers.look_at_new_duplicates")
def look_at_new_duplicates(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        now = timezone.now()
        look_at_the_new(since=now - LOOK_BACK, at=now)


@shared_task(name="customers.search_duplicates_now")
def search_duplicates_now(*, clinic_id: int) -> None:
    """Somebody asked for it, whatever the hour."""
    with clinic_scope(clinic_id):
        search_all(at=timezone.now())
