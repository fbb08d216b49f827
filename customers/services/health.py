"""Health data: opened only by who has a right to it, and every opening is written down.

The customer's own consultant has a standing right. Others give a reason, which opens the data for
a while and stays in the log for ever («break the glass»).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from customers.models import AdverseEvent, Customer, CustomerHealth, HealthAccess
from customers.models.sealed_text import SealedTextField
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.sealing import is_sealed_with_first_key

OPEN_FOR = timedelta(minutes=30)
LONGEST_TEXT = 10_000
FEWEST_WORDS = 5  # characters of an own reason
TEXTS = ("skin_type", "allergies", "contraindications", "medical_notes")
Right = HealthAccess.Right


class HealthClosed(DomainError):
    """This member has no right to the data now; they may give a reason."""

    code = "health_closed"


@dataclass(frozen=True)
class Health:
    """The texts in clear, and who wrote them last."""

    skin_type: str = ""
    allergies: str = ""
    contraindications: str = ""
    medical_notes: str = ""
    has_allergy: bool = False
    has_contraindication: bool = False
    updated_at: datetime | None = None
    updated_by: Membership | None = None
    events: tuple[AdverseEvent, ...] = ()  # the latest first


def right_of(*, customer: Customer, by: Membership, at: datetime) -> Right | None:
    """By what right this member may look now; None: they have to give a reason first."""
    if customer.consultant_id == by.pk:
        return Right.CONSULTANT
    given = HealthAccess.objects.filter(
        subject_id=customer.pk, member=by, right=Right.REASON, at__gt=at - OPEN_FOR, at__lte=at
    )
    return Right.REASON if given.exists() else None


@transaction.atomic
def give_reason(
    *, customer: Customer, reason: str, words: str, by: Membership, at: datetime
) -> HealthAccess:
    """Open the data for OPEN_FOR. words: needed for «another reason». Raises DomainError."""
    words = words.strip()
    if reason not in HealthAccess.Reason.values or not reason:
        raise DomainError(_("Choose a reason."), code="reason_missing")
    if reason == HealthAccess.Reason.OTHER and len(words) < FEWEST_WORDS:
        raise DomainError(_("Say in a few words why."), code="words_missing")
    return _write_down(customer, by, HealthAccess.Action.OPENED, Right.REASON, at, reason, words)


@transaction.atomic
def open_health(*, customer: Customer, by: Membership, at: datetime) -> Health:
    """The data in clear; a look by standing right is written down, one for a reason has been.

    Raises HealthClosed, CannotUnseal.
    """
    right = right_of(customer=customer, by=by, at=at)
    if right is None:
        raise HealthClosed(_("Give a reason to open the health data."))
    if right == Right.CONSULTANT:
        _write_down(customer, by, HealthAccess.Action.OPENED, right, at)
    row = (
        CustomerHealth.objects.filter(customer=customer).select_related("updated_by__user").first()
    )
    adverse = AdverseEvent.objects.filter(customer=customer)
    events = tuple(adverse.select_related("treatment", "follower__user", "closed_by__user"))
    if row is None:
        return Health(events=events)
    names = (*TEXTS, "has_allergy", "has_contraindication", "updated_at", "updated_by")
    return Health(**{name: getattr(row, name) for name in names}, events=events)


@transaction.atomic
def change_health(
    *, customer: Customer, texts: dict[str, str], by: Membership, at: datetime,
    seen_at: datetime | None,
) -> CustomerHealth:  # fmt: skip
    """Write all texts; the two warnings follow from them.

    seen_at: `updated_at` as the person saw it. Raises HealthClosed, and DomainError with code
    "changed_meanwhile" when somebody wrote since.
    """
    right = right_of(customer=customer, by=by, at=at)
    if right is None:
        raise HealthClosed(_("Give a reason to open the health data."))
    Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)  # one writer at a time
    row = CustomerHealth.objects.filter(customer=customer).first()
    if (row.updated_at if row else None) != seen_at:
        message = _("Somebody else wrote here meanwhile. Compare, then save again.")
        raise DomainError(message, code="changed_meanwhile")
    row = row or CustomerHealth(customer=customer)
    for name in TEXTS:
        setattr(row, name, texts[name].strip())
    row.has_allergy, row.has_contraindication = bool(row.allergies), bool(row.contraindications)
    row.updated_at, row.updated_by = at, by
    row.save()
    reason = HealthAccess.Reason.TREATMENT if right == Right.REASON else ""
    _write_down(customer, by, HealthAccess.Action.CHANGED, right, at, reason)
    return row


def seal_anew(
    *, model: type[CustomerHealth | AdverseEvent], after: int, at_most: int
) -> tuple[int, int, int]:
    """Seal the next records with the first key: (n sealed anew, n looked at, id of the last).

    A step of its own transaction, by id, so that a rotation may stop and go on. Raises
    CannotUnseal when a text's key is missing. The log's reasons are append-only and keep their key.
    """
    rows = model.objects.select_for_update().filter(pk__gt=after).order_by("pk")
    texts = [f.name for f in model._meta.local_fields if isinstance(f, SealedTextField)]
    sealed = {f"sealed_{name}": Cast(name, TextField()) for name in texts}
    n_anew = n_rows = 0
    for row in rows.annotate(**sealed)[:at_most]:
        n_rows, after = n_rows + 1, row.pk
        if not all(is_sealed_with_first_key(getattr(row, name)) for name in sealed):
            row.save(update_fields=texts)
            n_anew += 1
    return n_anew, n_rows, after


def _write_down(
    customer: Customer, by: Membership, action: str, right: str, at: datetime,
    reason: str = "", words: str = "",
) -> HealthAccess:  # fmt: skip
    return HealthAccess.objects.create(
        subject_id=customer.pk, member=by, action=action, right=right, reason=reason, words=words,
        at=at,
    )  # fmt: skip
