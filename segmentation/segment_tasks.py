"""Celery doors of segments. `segmentation.tasks` brings them in."""

from celery import shared_task
from django.utils import timezone

from segmentation.models import SegmentRefresh
from segmentation.services import membership, rescoring, touched
from tenancy.models import Clinic
from tenancy.queue import enqueue
from tenancy.scope import clinic_scope


@shared_task(name="segmentation.refresh_segment")
def refresh_segment(*, clinic_id: int, segment_id: int) -> None:
    """After its rule was written or changed."""
    with clinic_scope(clinic_id):
        membership.refresh_segment(segment_id, cause=SegmentRefresh.Cause.RULE, at=timezone.now())


@shared_task(name="segmentation.look_again")
def look_again(*, clinic_id: int, segment_id: int) -> None:
    """Because somebody asked."""
    with clinic_scope(clinic_id):
        membership.refresh_segment(segment_id, cause=SegmentRefresh.Cause.ASKED, at=timezone.now())


@shared_task(name="segmentation.refresh_segments")
def refresh_segments(*, clinic_id: int) -> None:
    """After the clinic was scored."""
    with clinic_scope(clinic_id, atomic=False):
        rescoring.rescore_newer(at=timezone.now())
        membership.refresh_all(cause=SegmentRefresh.Cause.NIGHT)


@shared_task(name="segmentation.follow_changes")
def follow_changes() -> None:
    """Every minute: ask for a look at the customers of each clinic that changed."""
    for clinic in Clinic.objects.filter(is_active=True).order_by("pk"):
        with clinic_scope(clinic.pk):
            if touched.is_waiting(at=timezone.now()):
                enqueue("segmentation.refresh_touched")


@shared_task(name="segmentation.refresh_touched")
def refresh_touched(*, clinic_id: int) -> None:
    with clinic_scope(clinic_id, atomic=False):
        touched.refresh_touched(at=timezone.now())
