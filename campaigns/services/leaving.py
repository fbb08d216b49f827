"""Who leaves a journey before its end, and what is not sent any more; each for one reason."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from campaigns.gates import Reason
from campaigns.journeys import Journey
from campaigns.models import Campaign, Enrolment, Message
from tenancy.clock import local_day
from tenancy.models import Clinic

Left = Enrolment.Left
State = Message.State

_TOO_LATE = """
SELECT id FROM campaigns_enrolment
WHERE clinic_id = %(clinic_id)s AND id = ANY(%(ids)s)
    AND enrolled_on + %(window_days)s < %(today)s
"""
# Took back a yes to marketing since they were enrolled, or said no to our messages.
_OPTED_OUT = """
SELECT enrolment.id FROM campaigns_enrolment enrolment
WHERE enrolment.clinic_id = %(clinic_id)s AND enrolment.id = ANY(%(ids)s) AND (EXISTS (
    SELECT 1 FROM customers_consent consent
    WHERE consent.clinic_id = enrolment.clinic_id AND consent.customer_id = enrolment.customer_id
        AND consent.purpose = 'marketing' AND consent.withdrawn_at >= enrolment.enrolled_at
        AND NOT EXISTS (
            SELECT 1 FROM customers_consent again
            WHERE again.clinic_id = consent.clinic_id AND again.customer_id = consent.customer_id
                AND again.purpose = 'marketing' AND again.channel = consent.channel
                AND again.withdrawn_at IS NULL
        )
) OR EXISTS (
    SELECT 1 FROM customers_customer customer
    WHERE customer.clinic_id = enrolment.clinic_id AND customer.id = enrolment.customer_id
        AND customer.erased_at IS NOT NULL
))
"""
# A purchase day since the day of enrolment: a day whose sales less refunds are above zero.
_RETURNED = """
SELECT enrolment.id FROM campaigns_enrolment enrolment
WHERE enrolment.clinic_id = %(clinic_id)s AND enrolment.id = ANY(%(ids)s) AND EXISTS (
    SELECT 1 FROM customers_sale sale
    WHERE sale.clinic_id = enrolment.clinic_id AND sale.customer_id = enrolment.customer_id
        AND sale.counts_on > enrolment.enrolled_on
    GROUP BY sale.counts_on HAVING sum(sale.net_minor) > 0
)
"""


def who_leaves(
    campaign: Campaign, journey: Journey, ids: list[int], clinic: Clinic, at: datetime
) -> dict[str, list[int]]:
    """{reason: enrolments}, the first reason that holds. At most three queries for any number."""
    asked = [(Left.TOO_LATE, _TOO_LATE)]
    if campaign.purpose == Campaign.Purpose.MARKETING:
        asked.append((Left.OPTED_OUT, _OPTED_OUT))
    if campaign.leaves_on_return and not journey.asks_for_visits:
        asked.append((Left.RETURNED, _RETURNED))
    params: dict[str, Any] = {
        "clinic_id": clinic.pk,
        "today": local_day(clinic.zone, at),
        "window_days": campaign.outcome_window_days,
    }
    left: dict[str, list[int]] = {}
    staying = ids
    for reason, sql in asked:
        with connection.cursor() as cursor:
            cursor.execute(sql, params | {"ids": staying})
            left[reason] = [pk for (pk,) in cursor.fetchall()]
        gone = set(left[reason])
        staying = [pk for pk in staying if pk not in gone]
    return left


def leave(ids: list[int], reason: str) -> None:
    """These journeys are over. Safe to repeat: the first reason stays."""
    if ids:
        Enrolment.objects.filter(pk__in=ids, due_at__isnull=False).update(
            step=0, due_at=None, left_reason=reason
        )


def leave_for_want_of_money(ids: list[int]) -> None:
    """These journeys wait where they stand for a larger budget; `come_back` lets them go on."""
    Enrolment.objects.filter(pk__in=ids, due_at__isnull=False).update(
        due_at=None, left_reason=Left.OVER_BUDGET
    )


def come_back(campaign_id: int) -> None:
    """The budget was raised: who was left out for want of it is due again, and judged afresh."""
    waiting = Enrolment.objects.filter(
        campaign=campaign_id, left_reason=Left.OVER_BUDGET, step__gt=0
    )
    waiting.update(due_at=Now(), left_reason="")
    skipped = Message.objects.filter(
        campaign=campaign_id, state=State.SKIPPED, skip_reason=Reason.OVER_BUDGET.value
    )
    skipped.update(state=State.QUEUED, skip_reason="", due_at=Now())


def leave_out(waiting: QuerySet[Message], reason: Reason) -> int:
    """Queued messages that will not go out; how many. What may have gone out before is unknown."""
    n_unclear = waiting.filter(unclear_at__isnull=False).update(
        state=State.UNKNOWN, handed_at=F("unclear_at"), error=f"not repeated: {reason.value}"
    )
    return n_unclear + waiting.update(state=State.SKIPPED, skip_reason=reason.value)
