"""Walking the journey: whoever is due does the next step. Set-based, in batches, safe to repeat.

A batch locks the enrolments that are due at one step, past those in another sweeper's hands. In one
transaction some leave, the rest get their message or call, or are told apart by a branch, and all
move on. Killed in between, nothing of it happened; a second sweeper finds them moved.
"""

import time
from datetime import datetime

from django.db import connection, transaction

from campaigns.journeys import BRANCH, Journey, Stop
from campaigns.models import Campaign
from campaigns.queries.journeys import journey_of
from campaigns.queries.spending import is_used_up, spent_of
from campaigns.services.branching import who_fulfils
from campaigns.services.dispatch import TASK_SECONDS, ask
from campaigns.services.enrolling import Enrolled, Position, position_after
from campaigns.services.filling import fill_outbox
from campaigns.services.leaving import leave, leave_for_want_of_money, who_leaves
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

BATCH = 5_000

_DUE_STEPS = """
SELECT DISTINCT step FROM campaigns_enrolment
WHERE clinic_id = %s AND campaign_id = %s AND due_at <= %s
"""
_TAKE = """
SELECT id, customer_id, occasion, enrolled_on FROM campaigns_enrolment
WHERE clinic_id = %s AND campaign_id = %s AND step = %s AND due_at <= %s
ORDER BY due_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
_MOVE = """
UPDATE campaigns_enrolment SET step = %s, due_at = %s, acted_at = coalesce(%s, acted_at)
WHERE clinic_id = %s AND id = ANY(%s)
"""


def advance(*, campaign_id: int, at: datetime, seconds: float = TASK_SECONDS) -> bool:
    """Do what is due of one running campaign; whether more may be waiting after so many seconds.

    Needs a scope that may commit step by step.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with transaction.atomic():
            campaign = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.RUNNING).first()
            if campaign is None or not _advance_once(campaign, at):
                return False
    return True


def _advance_once(campaign: Campaign, at: datetime) -> bool:
    """One batch of one step; whether there was one."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    journey = journey_of(campaign)
    for step in _due_steps(campaign, at):
        taken = _take(campaign, step, at)
        if taken:
            _do(campaign, journey, journey.stop(step), clinic, taken, at)
            return True
    return False


def _due_steps(campaign: Campaign, at: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE_STEPS, [campaign.clinic_id, campaign.pk, at])
        return sorted(step for (step,) in cursor.fetchall())


def _take(campaign: Campaign, step: int, at: datetime) -> list[Enrolled]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [campaign.clinic_id, campaign.pk, step, at, BATCH])
        return [Enrolled(*row) for row in cursor.fetchall()]


def _do(
    campaign: Campaign,
    journey: Journey,
    stop: Stop | None,
    clinic: Clinic,
    taken: list[Enrolled],
    at: datetime,
) -> None:
    """The step for a locked batch."""
    ids = [one.id for one in taken]
    left = who_leaves(campaign, journey, ids, clinic, at)
    for reason, leaving in left.items():
        leave(leaving, reason)
    gone = {pk for some in left.values() for pk in some}
    staying = [pk for pk in ids if pk not in gone]
    if stop is None:  # the plan never had this step: nothing to do, and nobody is kept waiting
        _move(staying, Position(0, None), clinic, acted_at=None)
    elif stop.kind == BRANCH:
        yes = who_fulfils(stop.condition, staying)
        no = [pk for pk in staying if pk not in yes]
        _move(sorted(yes), position_after(journey, stop, clinic, at), clinic, acted_at=None)
        elsewhere = position_after(journey, stop, clinic, at, holds=False)
        _move(no, elsewhere, clinic, acted_at=None)
    else:
        _say(campaign, journey, stop, clinic, [one for one in taken if one.id not in gone], at)


def _say(
    campaign: Campaign,
    journey: Journey,
    stop: Stop,
    clinic: Clinic,
    people: list[Enrolled],
    at: datetime,
) -> None:
    """The message or call of a step. A spent budget ends the journey instead, until
    the budget is raised."""
    ids = [one.id for one in people]
    if not ids:
        return
    if is_used_up(campaign, spent_of(campaign), stop.kind):
        leave_for_want_of_money(ids)
        Campaign.objects.filter(pk=campaign.pk, stopped_by_budget_at=None).update(
            stopped_by_budget_at=at
        )
        return
    fill_outbox(campaign=campaign, stop=stop, clinic=clinic, people=people, at=at)
    _move(ids, position_after(journey, stop, clinic, at), clinic, acted_at=at)
    ask(campaign.pk)


def _move(ids: list[int], to: Position, clinic: Clinic, *, acted_at: datetime | None) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_MOVE, [to.step, to.due_at, acted_at, clinic.pk, ids])
