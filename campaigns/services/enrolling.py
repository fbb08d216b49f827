"""Taking customers into a campaign: arms and variants by stable hash, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from campaigns.journeys import MESSAGE, Journey, Stop
from campaigns.models import Campaign, Enrolment
from campaigns.services.variants import PLACE, variant_key, variant_sql
from tenancy.clock import local_day
from tenancy.models import Clinic

Sql = tuple[str, Sequence[Any]]

# OFFSET 0: the hashes are reckoned once, not once for each column that asks for them.
_ENROL = """
INSERT INTO campaigns_enrolment
    (clinic_id, campaign_id, customer_id, arm, occasion, variant_id, step, due_at, acted_at,
     left_reason, enrolled_on, enrolled_at)
SELECT %s, %s, placed.id,
    CASE WHEN placed.is_held_out THEN 'holdout' ELSE 'treated' END, placed.occasion,
    CASE WHEN NOT placed.is_held_out THEN {variant} END,
    CASE WHEN placed.is_held_out THEN 0 ELSE %s END,
    CASE WHEN NOT placed.is_held_out THEN %s::timestamptz END,
    CASE WHEN NOT placed.is_held_out THEN %s::timestamptz END, '', %s, %s
FROM (
    SELECT audience.id, audience.occasion, {variant_place} AS variant_place,
        {place} < %s::float8 * 4294967296 AS is_held_out
    FROM ({audience}) AS audience (id, occasion) OFFSET 0
) AS placed
ON CONFLICT DO NOTHING
RETURNING arm, id, customer_id, occasion, enrolled_on
"""


@dataclass(frozen=True)
class Position:
    """Where a journey goes on: the next step that does something, and when; None: it is over."""

    step: int
    due_at: datetime | None


class Enrolled(NamedTuple):
    """What a step needs to know of an enrolment."""

    id: int
    customer_id: int
    occasion: str
    enrolled_on: date


@dataclass(frozen=True)
class TakenIn:
    """How many came in, and those of them who are treated."""

    n: int
    treated: list[Enrolled]


def campaign_key(campaign: Campaign) -> str:
    """What the stable hash of `campaigns.arms` is keyed by."""
    return f"campaign:{campaign.pk}"


def position_at(journey: Journey, number: int, clinic: Clinic, at: datetime) -> Position:
    """Arriving at step `number` at this instant: past the waits, at the same hour of the day."""
    arrival = journey.arrive(number)
    if not arrival.step:
        return Position(0, None)
    local = at.astimezone(clinic.zone) + timedelta(days=arrival.wait_days)
    return Position(arrival.step, local)


def position_after(
    journey: Journey, stop: Stop, clinic: Clinic, at: datetime, *, holds: bool = True
) -> Position:
    """Once `stop` is done. holds: of a branch, whether its condition does."""
    return position_at(journey, journey.following(stop, holds=holds), clinic, at)


def enrol(
    *,
    campaign: Campaign,
    journey: Journey,
    clinic: Clinic,
    audience: Sql,
    at: datetime,
    acts_at_once: bool = False,
) -> TakenIn:
    """Take in whoever is not in yet on that occasion.

    audience: SQL of two columns, customer id and occasion. acts_at_once: the caller does the first
    step in the same transaction, so they stand behind it; else the journey does it when it is due.
    """
    first = journey.stops[0]
    if acts_at_once and first.is_action:
        position, acted_at = position_after(journey, first, clinic, at), at
    else:
        position, acted_at = position_at(journey, first.number, clinic, at), None
    message = next((stop for stop in journey.stops if stop.kind == MESSAGE), first)
    variant, needs_place = variant_sql(message, "placed.variant_place")
    place = PLACE.format(key="%s", customer="audience.id")
    sql, audience_params = audience
    params = [
        clinic.pk, campaign.pk, position.step, position.due_at, acted_at,
        local_day(clinic.zone, at), at,
        *([variant_key(campaign, message.number)] if needs_place else []),
        campaign_key(campaign), campaign.holdout_rate, *audience_params,
    ]  # fmt: skip
    statement = _ENROL.format(
        variant=variant,
        variant_place=place if needs_place else "0",
        place=place,
        audience=sql,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = cursor.fetchall()
    treated = [Enrolled(*row) for arm, *row in rows if arm == Enrolment.Arm.TREATED]
    return TakenIn(len(rows), treated)
