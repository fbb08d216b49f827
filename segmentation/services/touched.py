"""Between nights: whoever changed since the last look is looked at again, and nobody else.

The marks that other systems read our changes by (`customers.queries.feed`) tell who changed. What
leaves no mark on a customer, a sale, an appointment or a contact (a message that went out, points
redeemed) is seen in the night, and so is the mere passing of days.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from customers.models import FeedMark
from customers.queries.feed import Place, after, settled
from segmentation.models import ScoreRun, Segment, SegmentPlace, SegmentRefresh
from segmentation.services.membership import refresh_all, refresh_segment
from segmentation.services.rescoring import rescore
from segmentation.services.touched_customers import FOLLOWED, MOST_TOUCHED, customers_of

MISSED_NIGHT = timedelta(hours=30)


def is_waiting(*, at: datetime) -> bool:
    """Whether there are scores or segments, and something for them to see."""
    if not (Segment.objects.exists() or ScoreRun.objects.filter(is_current=True).exists()):
        return False
    return _late(at).exists() or _new_marks(_place()).exists()


def _late(at: datetime) -> QuerySet[Segment]:
    """Never looked at, or not in the night; those whose rule was refused wait for the next one."""
    is_late = Q(refreshed_at__isnull=True) | Q(refreshed_at__lt=at - MISSED_NIGHT)
    return Segment.objects.filter(is_late, refusal="").order_by("pk")


def refresh_touched(*, at: datetime) -> int:
    """Look at all customers changed since the last time; how many segments changed.

    They are scored again first, so that segments see the new scores. Where more changed than
    MOST_TOUCHED everybody is looked at, in one statement a segment, and the night scores them.
    Call it with `clinic_scope(…, atomic=False)`. Killed half-way it is done again and comes to the
    same. The place is written last.
    """
    with transaction.atomic():
        marks = list(_new_marks(_place())[: MOST_TOUCHED + 1])
        is_many = len(marks) > MOST_TOUCHED
        newest = _newest() if is_many else (marks[-1] if marks else None)
        customer_ids = None if is_many else customers_of(marks)
        late = list(_late(at).values_list("pk", flat=True))
    rescore(customer_ids or [], at=at)
    for segment_id in late:
        refresh_segment(segment_id, cause=SegmentRefresh.Cause.NIGHT, at=at)
    n_changed = 0
    if customer_ids is None or customer_ids:
        n_changed = refresh_all(cause=SegmentRefresh.Cause.EVENTS, customer_ids=customer_ids)
    if newest is not None:
        with transaction.atomic():
            _remember(newest)
    return n_changed


def _place() -> Place:
    known = SegmentPlace.objects.first()
    return Place(known.change_no, known.mark_id) if known else Place()


def _new_marks(place: Place) -> QuerySet[FeedMark]:
    return after(settled(FeedMark.objects.filter(kind__in=FOLLOWED)), place)


def _newest() -> FeedMark | None:
    marks = settled(FeedMark.objects.filter(kind__in=FOLLOWED))
    return marks.order_by("change_no", "pk").last()


def _remember(mark: FeedMark) -> None:
    SegmentPlace.objects.update_or_create(
        defaults={"change_no": mark.change_no, "mark_id": mark.pk}
    )
