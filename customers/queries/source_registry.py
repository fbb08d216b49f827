"""Sources that are no webhooks: API keys and files, when each last brought what, and how much."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Max, OuterRef, Q, Subquery, Sum

from customers.models import ApiIntake, ImportFile
from tenancy.clock import local_day
from tenancy.models import ApiKey, Clinic

MONTH = timedelta(days=30)
IN_BOOKS = (ImportFile.State.DONE, ImportFile.State.FAILED, ImportFile.State.RUNNING)


@dataclass(frozen=True)
class KeyHealth:
    """What one key brought of one source, in records of the last 30 days; source "": the catalogue,
    or nothing in that time. last_at: also when it only read."""

    key: ApiKey
    source: str
    last_at: datetime | None
    n_today: int
    n_month: int
    n_refused: int
    last_refusal: str


@dataclass(frozen=True)
class FileHealth:
    """Files of one source in the last 30 days, in rows. last_id: of the latest, to look at."""

    source: str
    last_at: datetime
    last_id: int
    n_files: int
    n_rows: int
    n_refused: int
    n_failed: int


def keys_health(*, clinic: Clinic, at: datetime) -> list[KeyHealth]:
    """Every usable key with its sources, in two queries."""
    today = local_day(clinic.zone, at)
    recent = ApiIntake.objects.filter(counted_on__gt=today - MONTH)
    brought: dict[tuple[int, str], list[ApiIntake]] = {}
    for row in recent.order_by("-counted_on", "-pk"):
        brought.setdefault((row.key_id, row.source), []).append(row)
    found = []
    for key in ApiKey.objects.usable(at).order_by("name", "pk"):
        sources = sorted(source for key_id, source in brought if key_id == key.pk) or [""]
        found += [_key_health(key, source, brought.get((key.pk, source), []), today)
                  for source in sources]  # fmt: skip
    return found


def _key_health(key: ApiKey, source: str, days: list[ApiIntake], today: date) -> KeyHealth:
    """days: newest first."""
    return KeyHealth(
        key,
        source,
        max((row.last_at for row in days), default=key.last_used_at),
        sum(row.n_taken for row in days if row.counted_on == today),
        sum(row.n_taken for row in days),
        sum(row.n_refused for row in days),
        next((row.last_refusal for row in days if row.last_refusal), ""),
    )


def files_health(*, at: datetime) -> list[FileHealth]:
    """Every source of files of the last 30 days, the latest first; in one query."""
    recent = ImportFile.objects.filter(created_at__gt=at - MONTH, state__in=IN_BOOKS).order_by()
    latest = recent.filter(source=OuterRef("source")).order_by("-created_at", "-pk")
    rows = recent.values("source").annotate(
        last_at=Max("created_at"),
        last_id=Subquery(latest.values("pk")[:1]),
        n_files=Count("pk"),
        n_all=Sum("n_rows"),
        n_bad=Sum("n_refused"),
        n_failed=Count("pk", filter=Q(state=ImportFile.State.FAILED)),
    )
    return [
        FileHealth(row["source"], row["last_at"], row["last_id"], row["n_files"], row["n_all"],
                   row["n_bad"], row["n_failed"])
        for row in rows.order_by(F("last_at").desc(), "source")
    ]  # fmt: skip
