"""Records in the order of their changes, so that whoever reads on misses none.

A transaction gets its number (`change_no`) when it first writes and is seen when it commits, maybe
much later. So a reader is shown only marks below the smallest number at work in this database:
whatever commits later has a larger number than everything shown so far.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, models
from django.db.models import Func, Q, QuerySet

from customers.models import Customer, FeedMark


class Settled(Func):
    """Below this number every transaction that may have written marks has ended.

    A snapshot counts the transactions of every database of the server. One is left out only on
    proof that it is at work in another: it holds its number and, under the same virtual number,
    which is never used again, a lock there. Where proof is missing, it holds the lists back. A
    standby's snapshot does not list what is at work; there only its smallest number is right.
    """

    template = """(
        SELECT CASE WHEN pg_is_in_recovery()
            THEN pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            ELSE coalesce(
                min(at_work::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            ) END
        FROM pg_snapshot_xip(pg_current_snapshot()) AS at_work
        WHERE NOT EXISTS (
            SELECT FROM pg_locks AS own JOIN pg_locks AS held USING (virtualtransaction)
            WHERE own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock' AND own.granted
                AND own.transactionid = at_work::xid AND held.database NOT IN (
                    0, (SELECT oid FROM pg_database WHERE datname = current_database())
                )
        )
    )"""
    output_field = models.BigIntegerField()


class Own(Func):
    """The number of this transaction, 0 if it wrote nothing: it sees what it wrote itself."""

    template = "coalesce(pg_current_xact_id_if_assigned()::text::bigint, 0)"
    output_field = models.BigIntegerField()


LONGEST_TRANSACTION = timedelta(days=1)


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Behind this mark a reader goes on."""

    change_no: int = 0
    mark_id: int = 0


BEGINNING = Place()


def marks_of(kind: FeedMark.Kind) -> QuerySet[FeedMark]:
    """Marks of records that are there."""
    return FeedMark.objects.filter(kind=kind, is_deleted=False)


def deletions() -> QuerySet[FeedMark]:
    """Marks of records of every kind that are gone."""
    return FeedMark.objects.filter(is_deleted=True)


def survivors_of(marks: Iterable[FeedMark]) -> dict[int, int]:
    """{merged customer: the one they are part of now}, for the customers among these marks."""
    ids = [mark.record_id for mark in marks if mark.kind == FeedMark.Kind.CUSTOMER]
    merged = Customer.with_merged.filter(pk__in=ids, merged_into__isnull=False)
    return dict(merged.values_list("pk", "merged_into")) if ids else {}


def of_records(marks: QuerySet[FeedMark], records: QuerySet) -> QuerySet[FeedMark]:
    """Only marks of these records."""
    return marks.filter(record_id__in=records.order_by().values("pk"))


def changed_since(marks: QuerySet[FeedMark], instant: datetime) -> QuerySet[FeedMark]:
    """Everything committed after this time; some of what was changed shortly before it comes too.

    marks: of a kind, or deletions; narrow them down afterwards. The last change up to that time
    tells which transactions had all ended by then: what they changed is not new. What later ones
    changed may be, whenever they changed it.
    """
    before = marks.filter(changed_at__lte=instant).order_by("-change_no", "-pk")
    floor = before.values_list("settled_below", flat=True).first()
    return marks.filter(change_no__gte=floor or 0, changed_at__gte=instant - LONGEST_TRANSACTION)


def settled(marks: QuerySet[FeedMark]) -> QuerySet[FeedMark]:
    """Only what a reader may be shown: nothing with a smaller number is still at work."""
    return marks.filter(Q(change_no__lt=Settled()) | Q(change_no=Own()))


def after(marks: QuerySet[FeedMark], place: Place) -> QuerySet[FeedMark]:
    """What a reader at this place has not seen yet, in order."""
    return (
        marks.filter(change_no__gte=place.change_no)
        .filter(Q(change_no__gt=place.change_no) | Q(pk__gt=place.mark_id))
        .order_by("change_no", "pk")
    )


def database_id() -> int:
    """Of the database that gives the numbers: a restored one counts anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        return cursor.fetchone()[0]
