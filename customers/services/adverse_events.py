"""What went wrong after a treatment: noted by whoever hears of it, closed by who may treat or by
the system that keeps the clinic's medical records."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import AdverseEvent, Customer, Treatment
from customers.services.health import HealthClosed, right_of
from customers.services.timeline import record_event
from tenancy.exceptions import DomainError
from tenancy.models import Membership
from tenancy.services.audit import record

MOST_OPEN = 20


@transaction.atomic
def note_event(
    *,
    customer: Customer,
    treatment: Treatment | None,
    happened_on: date,
    words: str,
    follower: Membership,
    by: Membership,
    at: datetime,
    actor_label: str = "",
) -> AdverseEvent:
    """Write down what happened; from now on nothing is advertised to the customer.

    happened_on: local day, not ahead. actor_label: a key that told it; by is then the follower.
    Raises DomainError where too many are open already.
    """
    if AdverseEvent.objects.filter(customer=customer).still_open().count() >= MOST_OPEN:
        raise DomainError(_("Close some of the open events of this customer first."))
    event = AdverseEvent.objects.create(
        customer=customer, treatment=treatment, happened_on=happened_on, words=words.strip(),
        follower=follower, noted_at=at, noted_by=by,
    )  # fmt: skip
    _tell(event, "adverse_event.noted", by, at, actor_label)
    return event


@transaction.atomic
def close_event(
    *, customer: Customer, event_id: int, outcome: str, by: Membership, at: datetime
) -> AdverseEvent:
    """It is over. A second closing changes nothing.

    Raises HealthClosed for who has no right to the health data now, AdverseEvent.DoesNotExist.
    """
    if right_of(customer=customer, by=by, at=at) is None:
        raise HealthClosed(_("Give a reason to open the health data."))
    event = AdverseEvent.objects.select_for_update().get(pk=event_id, customer=customer)
    return _close(event, outcome, by, at)


@transaction.atomic
def close_by_key(*, event_id: int, outcome: str, at: datetime, actor_label: str) -> AdverseEvent:
    """Another system says that it is over, in the name of who follows it; twice changes nothing.

    Raises AdverseEvent.DoesNotExist.
    """
    event = AdverseEvent.objects.select_for_update().get(pk=event_id)
    return _close(event, outcome, event.follower, at, actor_label)


def _close(
    event: AdverseEvent, outcome: str, by: Membership, at: datetime, actor_label: str = ""
) -> AdverseEvent:
    if event.is_open:
        event.closed_at, event.closed_by, event.outcome = at, by, outcome.strip()
        event.save(update_fields=["closed_at", "closed_by", "outcome"])
        _tell(event, "adverse_event.closed", by, at, actor_label)
    return event


def _tell(event: AdverseEvent, kind: str, by: Membership, at: datetime, actor_label: str) -> None:
    """The story and the audit log hear that it happened, not what."""
    treatment = event.treatment
    record_event(
        kind=kind,
        customer=event.customer,
        occurred_at=at,
        source_key=f"{kind}:{event.pk}",
        payload={"treatment": treatment.name} if treatment else {},
        at=at,
    )
    record(
        action=kind, by=None if actor_label else by, label=actor_label, subject=event.customer,
        detail={"event": event.pk},
    )  # fmt: skip
