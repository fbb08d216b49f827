from celery import shared_task
from django.utils import timezone

from campaigns.services import dispatch, launch, sweep
from tenancy.models import Clinic
from tenancy.queue import send
from tenancy.scope import clinic_scope


@shared_task(name="campaigns.launch")
def launch_campaign(*, clinic_id: int, campaign_id: int) -> None:
    with clinic_scope(clinic_id):
        clinic = Clinic.objects.get(pk=clinic_id)
        launch.launch(campaign_id=campaign_id, clinic=clinic, at=timezone.now())


@shared_task(name="campaigns.send_due")
def send_due(*, clinic_id: int, campaign_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        dispatch.send_due(campaign_id=campaign_id)


@shared_task(name="campaigns.sweep")
def sweep_all() -> None:
    """Fans out, one task a clinic."""
    for clinic_id in Clinic.objects.filter(is_active=True).values_list("pk", flat=True):
        send("campaigns.sweep_clinic", {"clinic_id": clinic_id})


@shared_task(name="campaigns.sweep_clinic")
def sweep_clinic(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        sweep.sweep(clinic=Clinic.objects.get(pk=clinic_id), at=timezone.now())
