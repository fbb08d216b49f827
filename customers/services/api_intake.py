"""What a key brought is counted by source and day, for the registry of sources."""

from dataclasses import dataclass
from datetime import datetime

from customers.models import ApiIntake
from customers.services.bulk_rows import insert_rows
from tenancy.clock import local_day
from tenancy.models import ApiKey

_ADD = (
    "(clinic_id, key_id, source, counted_on) DO UPDATE SET"
    " n_taken = customers_apiintake.n_taken + EXCLUDED.n_taken,"
    " n_refused = customers_apiintake.n_refused + EXCLUDED.n_refused,"
    " last_at = EXCLUDED.last_at,"
    " last_refusal = coalesce(nullif(EXCLUDED.last_refusal, ''), customers_apiintake.last_refusal)"
)


@dataclass(frozen=True, slots=True)
class Brought:
    """Of one request. refusal: the code of the first record refused."""

    n_taken: int
    n_refused: int = 0
    refusal: str = ""


def count(*, key: ApiKey, source: str, brought: Brought, at: datetime) -> None:
    row = {
        "key_id": key.pk,
        "source": source,
        "counted_on": local_day(key.clinic.zone, at),
        "n_taken": brought.n_taken,
        "n_refused": brought.n_refused,
        "last_at": at,
        "last_refusal": brought.refusal[:60],
    }
    insert_rows(ApiIntake, [row], on_conflict=_ADD)
