"""Between nights: whoever changed since the last look is looked at again, and nobody else.

The marks that other systems read our changes by (`customers.queries.feed`) tell who changed. What
leaves no mark on a customer, a sale or an appointment (a message that went out, points redeemed)
is seen in the night, and so is the mere passing of days.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from customers.models import Appointment, FeedMark, Sale
from customers.queries.feed import Place, after, settled
from segmentation.models import Segment, SegmentPlace, SegmentRefresh
from segmentation.services.membership import refresh_all, refresh_segment

FOLLOWED = (FeedMark.Kind.CUSTOMER, FeedMark.Kind.SALE, FeedMark.Kind.APPOINTMENT)
MOST_TOUCHED = 20_000  # beyond (an import), everybody is looked at in one statement a segment
MISSED_NIGHT = timedelta(hours=30)


def is_waiting(*, at: datetime) -> bool:
    """Whether there is a segment, and something for it to see."""
    if not Segment.objects.exists():
        return False
    return _late(at).exists() or _new_marks(_place()).exists()


def _late(at: datetime) -> QuerySet[Segment]:
    """Never looked at, or not in the night; those whose rule was refused wait for the next one."""
    is_late = Q(refreshed_at__isnull=True) | Q(refreshed_at__lt=at - MISSED_NIGHT)
    return Segment.objects.filter(is_late, refusal="").order_by("pk")


def refresh_touched(*, at: datetime) -> int:
    """Look at all customers changed since the last time; how many segments changed.

    Call it with `clinic_scope(…, atomic=False)`. Killed half-way it is done again and comes to the
    same. The place is written last.
    """
    with transaction.atomic():
        marks = list(_new_marks(_place())[: MOST_TOUCHED + 1])
        is_many = len(marks) > MOST_TOUCHED
        newest = _newest() if is_many else (marks[-1] if marks else None)
        customer_ids = None if is_many else _customers_of(marks)
        late = list(_late(at).values_list("pk", flat=True))
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


def _customers_of(marks: Sequence[FeedMark]) -> list[int]:
    """A sale or appointment that is gone left its mark on the customer as well."""
    ids = {kind: [m.record_id for m in marks if m.kind == kind] for kind in FOLLOWED}
    found = set(ids[FeedMark.Kind.CUSTOMER])
    for kind, model in ((FeedMark.Kind.SALE, Sale), (FeedMark.Kind.APPOINTMENT, Appointment)):
        if ids[kind]:
            found |= set(model.objects.filter(pk__in=ids[kind]).values_list("customer", flat=True))
    return sorted(found)


def _remember(mark: FeedMark) -> None:
    SegmentPlace.objects.update_or_create(
        defaults={"change_no": mark.change_no, "mark_id": mark.pk}
    )
