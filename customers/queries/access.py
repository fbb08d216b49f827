"""Who looked at a customer: profile views and looks at health data, newest first."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, HealthAccess
from tenancy.models import AuditEntry
from tenancy.sealing import CannotUnseal

MOST_LOOKS = 100
WORDS = {
    "customer.viewed": _("Opened the profile"),
    "health.opened": _("Opened the health data"),
    "health.changed": _("Changed the health data"),
}


@dataclass(frozen=True)
class Look:
    """One look. reason: why somebody without a standing right opened the health data."""

    who: str
    what: str | Promise
    at: datetime
    reason: str | Promise = ""
    words: str = ""


def access_of(customer_id: int) -> list[Look]:
    """The latest looks, at most MOST_LOOKS, in two queries."""
    entries = AuditEntry.objects.filter(
        subject_kind=Customer._meta.label_lower, subject_id=customer_id, action="customer.viewed"
    )
    looks = [
        Look(entry.actor_label, WORDS[entry.action], entry.at) for entry in entries[:MOST_LOOKS]
    ]
    looks += [_look(access) for access in _accesses(customer_id)]
    return sorted(looks, key=lambda look: look.at, reverse=True)[:MOST_LOOKS]


def _accesses(customer_id: int) -> list[HealthAccess]:
    """Without their words where the key to these is lost."""
    accesses = HealthAccess.objects.filter(subject_id=customer_id).select_related("member__user")
    try:
        return list(accesses[:MOST_LOOKS])
    except CannotUnseal:
        return list(accesses.defer("words")[:MOST_LOOKS])


def _look(access: HealthAccess) -> Look:
    reason = access.get_reason_display() if access.reason else access.get_right_display()
    words = "" if "words" in access.get_deferred_fields() else access.words
    return Look(str(access.member), WORDS[f"health.{access.action}"], access.at, reason, words)
