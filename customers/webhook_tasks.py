"""Celery doors of webhooks, in and out. `customers.tasks` brings them in."""

from celery import shared_task
from django.db import transaction
from django.utils import timezone, translation

from customers.services.inbound import processing, replaying
from customers.services.outgoing import delivering, keeping
from tenancy.models import Clinic
from tenancy.queue import begin, send
from tenancy.scope import clinic_scope


def _clinics_language(clinic_id: int) -> translation.override:
    """Reasons are kept as they were worded: in the language the clinic works in."""
    with transaction.atomic():
        return translation.override(Clinic.objects.get(pk=clinic_id).language)


@shared_task(name="customers.process_source")
def process_source(*, clinic_id: int, source_id: int) -> None:
    begin("customers.process_source", clinic_id=clinic_id, source_id=source_id)
    with clinic_scope(clinic_id, atomic=False), _clinics_language(clinic_id):
        processing.process_source(source_id=source_id)


@shared_task(name="customers.send_deliveries")
def send_deliveries(*, clinic_id: int, subscription_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False), _clinics_language(clinic_id):
        delivering.send_due(subscription_id=subscription_id)


@shared_task(name="customers.sweep_webhooks")
def sweep_webhooks() -> None:
    """Fans out, one task a clinic."""
    for clinic_id in Clinic.objects.filter(is_active=True).values_list("pk", flat=True):
        send("customers.sweep_clinic_webhooks", {"clinic_id": clinic_id})


@shared_task(name="customers.sweep_clinic_webhooks")
def sweep_clinic_webhooks(*, clinic_id: int) -> None:
    now = timezone.now()
    with clinic_scope(clinic_id):
        replaying.sweep(at=now)
        keeping.sweep(at=now)
        replaying.forget_old(at=now)
        keeping.forget_old(at=now)
