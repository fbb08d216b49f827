from celery import shared_task
from django.db import transaction
from django.utils import timezone

from campaigns.services import (
    dispatch,
    expansion,
    journey,
    sending_hours,
    sweep,
    ticking,
    unknowns,
    winding_up,
)
from tenancy.models import Clinic
from tenancy.queue import begin, enqueue_unless_asked, send
from tenancy.scope import clinic_scope


@shared_task(name="campaigns.launch")
def launch_campaign(*, clinic_id: int, campaign_id: int) -> None:
    """A turn of its launch, or of taking in a wave."""
    with clinic_scope(clinic_id, atomic=False):
        with transaction.atomic():
            clinic = Clinic.objects.get(pk=clinic_id)
        expansion.expand(
            campaign_id=campaign_id,
            clinic=clinic,
            at=timezone.now(),
            seconds=dispatch.TASK_SECONDS,
        )


@shared_task(name="campaigns.send_due")
def send_due(*, clinic_id: int, campaign_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        if not sending_hours.put_off_if_closed(campaign_id=campaign_id, at=timezone.now()):
            dispatch.send_due(campaign_id=campaign_id)


@shared_task(name="campaigns.advance")
def advance(*, clinic_id: int, campaign_id: int) -> None:
    """A turn of the journey of one campaign; then it asks for itself again."""
    begin("campaigns.advance", clinic_id=clinic_id, campaign_id=campaign_id)
    with clinic_scope(clinic_id, atomic=False):
        if journey.advance(campaign_id=campaign_id, at=timezone.now()):
            with transaction.atomic():
                enqueue_unless_asked(
                    "campaigns.advance",
                    within_seconds=dispatch.ASKED_SECONDS,
                    campaign_id=campaign_id,
                )


@shared_task(name="campaigns.wind_up")
def wind_up(*, clinic_id: int, campaign_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        winding_up.wind_up(campaign_id=campaign_id, seconds=dispatch.TASK_SECONDS)


@shared_task(name="campaigns.tick_clinic")
def tick_clinic(*, clinic_id: int) -> None:
    """Scheduled starts, waves, and whoever is due on a journey."""
    with clinic_scope(clinic_id, atomic=False):
        with transaction.atomic():
            clinic = Clinic.objects.get(pk=clinic_id)
        ticking.tick(clinic=clinic, at=timezone.now())


@shared_task(name="campaigns.look_up")
def look_up(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        unknowns.look_up_unknown()


@shared_task(name="campaigns.follow_triggers")
def follow_triggers() -> None:
    """Fans out, one task a clinic."""
    for clinic_id in Clinic.objects.filter(is_active=True).values_list("pk", flat=True):
        send("campaigns.follow_triggers_clinic", {"clinic_id": clinic_id})


@shared_task(name="campaigns.follow_triggers_clinic")
def follow_triggers_clinic(*, clinic_id: int) -> None:
    """Who has a birthday, is due, slips away …: into the flows that are switched on."""
    with clinic_scope(clinic_id, atomic=False):
        with transaction.atomic():
            clinic = Clinic.objects.get(pk=clinic_id)
        ticking.follow_triggers(clinic=clinic, at=timezone.now())


@shared_task(name="campaigns.sweep")
def sweep_all() -> None:
    """Fans out, two tasks a clinic."""
    for clinic_id in Clinic.objects.filter(is_active=True).values_list("pk", flat=True):
        send("campaigns.sweep_clinic", {"clinic_id": clinic_id})
        send("campaigns.tick_clinic", {"clinic_id": clinic_id})


@shared_task(name="campaigns.sweep_clinic")
def sweep_clinic(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id):
        sweep.sweep(clinic=Clinic.objects.get(pk=clinic_id), at=timezone.now())
