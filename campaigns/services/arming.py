"""After a restore from backup nothing is sent until a person arms sending again.

Each claim of a clinic raises a number in the database, and tells it to two places that no backup of
the database holds: the cache and a file. A database that knows a smaller number than they do went
back in time: what it takes for waiting may have been sent. So does one that has claimed before and
finds neither place: it woke up somewhere new.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models.functions import Now

from campaigns.models import Campaign, SendingRules
from tenancy.models import AuditEntry, Clinic, Membership
from tenancy.scope import current_clinic_id


def is_armed(n_claims: int, told: Iterable[int]) -> bool:
    """Whether a database that knows of n_claims may send. told: what the other places know."""
    numbers = list(told)
    if not numbers:
        return n_claims == 0
    return max(numbers) <= n_claims


def locked_rules() -> SendingRules:
    """The clinic's row, locked until the transaction ends: one claim at a time."""
    SendingRules.objects.get_or_create()
    return SendingRules.objects.select_for_update(no_key=True).get()


def may_send() -> bool:
    """In the clinic's scope."""
    rules = SendingRules.objects.first()
    clinic = Clinic.objects.get(pk=current_clinic_id())
    return is_armed(rules.n_claims if rules else 0, told_elsewhere(clinic))


def count_claim(rules: SendingRules, clinic: Clinic) -> bool:
    """Raise the number under the lock; False, and nothing changes, when sending is disarmed."""
    told = told_elsewhere(clinic)
    if not is_armed(rules.n_claims, told):
        return False
    if not told:
        tell_elsewhere(clinic, rules.n_claims)  # a worker may die before it tells of this claim
    rules.n_claims += 1
    rules.save(update_fields=["n_claims"])
    number = rules.n_claims
    transaction.on_commit(lambda: tell_elsewhere(clinic, number), robust=True)
    return True


@transaction.atomic
def arm(*, clinic: Clinic, by: Membership | None, pauses: bool = True) -> int:
    """Let the clinic send again; the number of campaigns that were paused.

    pauses: what ran at the backup goes on only when a person resumes it, campaign by campaign. What
    was to start since then may have been sent: it is a draft again, with a start in the past.
    """
    rules = locked_rules()
    rules.n_claims = max([rules.n_claims, *told_elsewhere(clinic)]) + 1
    rules.save(update_fields=["n_claims"])
    going = [Campaign.State.RUNNING, Campaign.State.LAUNCHING]
    running = Campaign.objects.filter(state__in=going)
    n_paused = running.update(state=Campaign.State.PAUSED) if pauses else 0
    if pauses:
        begun = Campaign.objects.filter(state=Campaign.State.SCHEDULED, starts_at__lte=Now())
        begun.update(state=Campaign.State.DRAFT)
    AuditEntry.objects.create(
        actor=by,
        actor_label=str(by or "manage.py arm_sending"),
        action="sending.armed",
        subject_kind="clinic",
        subject_id=clinic.pk,
    )
    number = rules.n_claims
    transaction.on_commit(lambda: tell_elsewhere(clinic, number))
    return n_paused


def told_elsewhere(clinic: Clinic) -> list[int]:
    """What cache and file know; a place that cannot be read knows nothing."""
    told = []
    with contextlib.suppress(Exception):
        told.append(int(cache.get(_key(clinic), -1)))
    with contextlib.suppress(OSError, ValueError):
        told.append(int(_file(clinic).read_text()))
    return [number for number in told if number >= 0]


def tell_elsewhere(clinic: Clinic, number: int) -> None:
    """Never lower than what stands there: two workers may tell in either order."""
    number = max([number, *told_elsewhere(clinic)])
    with contextlib.suppress(Exception):
        cache.set(_key(clinic), number, timeout=None)
    file = _file(clinic)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_text(str(number))
        fresh.replace(file)


def _key(clinic: Clinic) -> str:
    """With the second of its birth: another installation's clinic of this number is another."""
    return f"sending:{clinic.pk}:{int(clinic.created_at.timestamp() * 1_000_000)}"


def _file(clinic: Clinic) -> Path:
    return Path(settings.SENDING_MARK_DIR) / _key(clinic).replace(":", "-")
