"""Who is in a segment, kept: entered and left, when and by which look. Writes only what changed.

One statement asks the rule, takes the difference to who is in (EXCEPT, both ways), and writes those
who entered and left. For a few customers the same is asked of them alone.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Avg, Count, QuerySet, Sum
from django.utils import timezone

from customers.models import Customer
from segmentation.limits import REFRESH_MS, rule_limits
from segmentation.models import CustomerScore, Segment, SegmentMembership, SegmentRefresh
from segmentation.queries import customers_matching
from segmentation.rule_refusals import RuleRefused
from segmentation.standard_attributes import current_run
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.statistics import refresh_statistics

Cause = SegmentRefresh.Cause

_DIFFERENCE = """
WITH wanted(id) AS MATERIALIZED ({wanted}),
present AS MATERIALIZED (
    SELECT customer_id FROM segmentation_segmentmembership
    WHERE clinic_id = %s AND segment_id = %s AND left_at IS NULL {only}
),
entered AS (
    INSERT INTO segmentation_segmentmembership
        (clinic_id, segment_id, customer_id, entered_at, entered_by_id)
    SELECT %s, %s, id, %s, %s
    FROM (SELECT id FROM wanted EXCEPT SELECT customer_id FROM present) AS new
    RETURNING 1
),
gone AS (
    UPDATE segmentation_segmentmembership AS membership SET left_at = %s, left_by_id = %s
    FROM (SELECT customer_id FROM present EXCEPT SELECT id FROM wanted) AS lost
    WHERE membership.clinic_id = %s AND membership.segment_id = %s
        AND membership.customer_id = lost.customer_id AND membership.left_at IS NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM entered), (SELECT count(*) FROM gone)
"""


@transaction.atomic
def refresh_segment(
    segment_id: int,
    *,
    cause: SegmentRefresh.Cause,
    at: datetime,
    customer_ids: Sequence[int] | None = None,
) -> SegmentRefresh | None:
    """Look who meets the rule now; returns the look, None where nothing was to be told.

    customer_ids: only these may have changed; None: anybody. A rule that cannot be used leaves
    the members as they were, and the segment says why (`refusal`).
    """
    segment = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if segment is None:
        return None  # deleted since somebody asked
    if segment.refreshed_at is None:
        customer_ids = None  # nobody was looked at yet
    on = local_day(Clinic.objects.get(pk=current_clinic_id()).zone, at)
    try:
        look = _look(segment, cause, at, on, customer_ids)
    except RuleRefused as refusal:
        Segment.objects.filter(pk=segment_id).update(refusal=refusal.reason[:500])
        return None
    Segment.objects.filter(pk=segment_id).update(
        n_members=look.n_members, refreshed_at=at, refusal=""
    )
    return look if look.pk else None


def _look(
    segment: Segment,
    cause: SegmentRefresh.Cause,
    at: datetime,
    on: date,
    customer_ids: Sequence[int] | None,
) -> SegmentRefresh:
    """One look, kept unless it is about a few customers of whom nobody entered or left."""
    found = customers_matching(segment.rule, on=on, among=customer_ids)
    look = SegmentRefresh(
        segment=segment, cause=cause, rule_version=segment.rule_version, as_of=on, at=at
    )
    kept = transaction.savepoint()
    with rule_limits(found, most_ms=REFRESH_MS, reads_all=customer_ids is None):
        look.save()
        look.n_entered, look.n_left = _write(segment, look, found, customer_ids)
    is_same = not look.n_entered and not look.n_left
    if is_same and customer_ids is not None:
        transaction.savepoint_rollback(kept)
        look.pk, look.n_members = None, segment.n_members or 0
        return look
    transaction.savepoint_commit(kept)
    _measure(segment, look, customer_ids)
    look.save()
    return look


def _write(
    segment: Segment,
    look: SegmentRefresh,
    found: QuerySet[Customer],
    customer_ids: Sequence[int] | None,
) -> tuple[int, int]:
    """(how many entered, how many left)."""
    clinic_id = current_clinic_id()
    wanted, parameters = _statement(found)
    only = "" if customer_ids is None else "AND customer_id = ANY(%s)"
    asked: list[Any] = [*parameters, clinic_id, segment.pk]
    asked += [] if customer_ids is None else [list(customer_ids)]
    asked += [clinic_id, segment.pk, look.at, look.pk]
    asked += [look.at, look.pk, clinic_id, segment.pk]
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCE.format(wanted=wanted, only=only), asked)
        n_entered, n_left = cursor.fetchone()
    refresh_statistics(SegmentMembership, n_rows=n_entered)
    return n_entered, n_left


def _statement(found: QuerySet[Customer]) -> tuple[str, tuple[Any, ...]]:
    try:
        return found.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:  # Django sees by itself that nobody can match
        return "SELECT NULL::bigint WHERE false", ()


def _measure(segment: Segment, look: SegmentRefresh, customer_ids: Sequence[int] | None) -> None:
    """Size; of a whole look also value and risk. After a few customers' only the size moves."""
    if customer_ids is not None:
        look.n_members = max((segment.n_members or 0) + look.n_entered - look.n_left, 0)
        return
    members = open_members(segment)
    found = Customer.objects.filter(pk__in=members).aggregate(n=Count("pk"), net=Sum("spent_minor"))
    scores = CustomerScore.objects.filter(run=current_run(), customer__in=members)
    look.n_members, look.net_minor = found["n"], found["net"] or 0
    look.churn_rate = scores.aggregate(rate=Avg("churn_probability"))["rate"]


def open_members(segment: Segment) -> QuerySet[SegmentMembership, Any]:
    """Ids of the customers who are in it by the last look."""
    memberships = SegmentMembership.objects.filter(segment=segment, left_at__isnull=True)
    return memberships.order_by().values("customer")


def refresh_all(*, cause: SegmentRefresh.Cause, customer_ids: Sequence[int] | None = None) -> int:
    """Every segment of the clinic, each in a transaction of its own; how many changed.

    Call it with `clinic_scope(…, atomic=False)`.
    """
    with transaction.atomic():
        segment_ids = list(Segment.objects.order_by("pk").values_list("pk", flat=True))
    n_changed = 0
    for segment_id in segment_ids:
        look = refresh_segment(
            segment_id, cause=cause, at=timezone.now(), customer_ids=customer_ids
        )
        n_changed += bool(look and (look.n_entered or look.n_left))
    return n_changed
