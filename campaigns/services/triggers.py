"""Who fulfils a trigger today, and on which occasion: SQL of (customer id, occasion).

The occasion makes it once: the year of a birthday, the day of a visit, the month in which points
end. A look reaches a few days back, so that a night without workers loses nobody, but never behind
the day the flow was switched on: nobody hears of what was long ago.
"""

from datetime import date, timedelta
from typing import Any

from django.db import connection

from campaigns.models import Campaign
from campaigns.queries.festivals import festival_day
from tenancy.models import Clinic

LOOK_BACK_DAYS = 3
Trigger = Campaign.Trigger
Sql = tuple[str, list[Any]]

# {from_on} to {until_on}: the days looked at; {days}: the campaign's own. A born leapling has the
# birthday on 1 March in other years, as in `gates.is_minor`.
_BIRTHDAY = """
SELECT customer.id, 'birthday:' || extract(year FROM day.birthday)::int
FROM (
    SELECT {from_on} + shown + {days} AS birthday
    FROM generate_series(0, {until_on} - {from_on}) AS shown
) AS day
JOIN customers_customer customer ON customer.clinic_id = {clinic_id}
    AND customer.birth_on IS NOT NULL AND customer.birth_on < day.birthday
    AND ((extract(month FROM customer.birth_on), extract(day FROM customer.birth_on))
        = (extract(month FROM day.birthday), extract(day FROM day.birthday))
    OR (to_char(customer.birth_on, 'MMDD') = '0229' AND to_char(day.birthday, 'MMDD') = '0301'
        AND to_char(day.birthday - 1, 'MMDD') = '0228'))
"""
_AFTER_VISIT = """
SELECT appointment.customer_id, 'visit:' || (appointment.starts_at AT TIME ZONE {zone})::date
FROM customers_appointment appointment
WHERE appointment.clinic_id = {clinic_id} AND appointment.status = 'attended'
    AND appointment.starts_at >= ({from_on} - {days})::timestamp AT TIME ZONE {zone}
    AND appointment.starts_at < ({until_on} - {days} + 1)::timestamp AT TIME ZONE {zone}
"""
_FIRST_VISIT = """
SELECT sale.customer_id, 'first'
FROM customers_sale sale
WHERE sale.clinic_id = {clinic_id} AND sale.kind = 'sale'
    AND sale.occurred_on BETWEEN {from_on} - {days} AND {until_on} - {days}
    AND NOT EXISTS (
        SELECT 1 FROM customers_sale earlier
        WHERE earlier.clinic_id = sale.clinic_id AND earlier.customer_id = sale.customer_id
            AND earlier.kind = 'sale' AND earlier.occurred_on < sale.occurred_on
    )
"""
_TREATMENT_DUE = """
SELECT score.customer_id, 'due:' || score.last_purchase_on
FROM segmentation_customerscore score
JOIN segmentation_scorerun run ON run.clinic_id = score.clinic_id AND run.id = score.run_id
WHERE score.clinic_id = {clinic_id} AND run.is_current AND score.last_purchase_on IS NOT NULL
    AND score.next_due_on - {days} BETWEEN {from_on} AND {until_on}
"""
_STAGE_ENTERED = """
SELECT score.customer_id, 'stage:' || score.stage || ':' || score.stage_since_on
FROM segmentation_customerscore score
JOIN segmentation_scorerun run ON run.clinic_id = score.clinic_id AND run.id = score.run_id
WHERE score.clinic_id = {clinic_id} AND run.is_current AND score.stage = %s
    AND score.stage_since_on + {days} BETWEEN {from_on} AND {until_on}
"""
# Once a lapse: until they buy again, crossing the line a second time is no news.
_RISK_CROSSED = """
SELECT score.customer_id, 'risk:' || score.last_purchase_on
FROM segmentation_customerscore score
JOIN segmentation_scorerun run ON run.clinic_id = score.clinic_id AND run.id = score.run_id
WHERE score.clinic_id = {clinic_id} AND run.is_current AND run.as_of >= {from_on} - 1
    AND score.last_purchase_on IS NOT NULL AND score.churn_probability >= %s::float8
    AND EXISTS (
        SELECT 1 FROM segmentation_customerscore before
        WHERE before.clinic_id = score.clinic_id AND before.customer_id = score.customer_id
            AND before.churn_probability < %s::float8 AND before.run_id = (
                SELECT earlier.id FROM segmentation_scorerun earlier
                WHERE earlier.clinic_id = {clinic_id} AND earlier.as_of < run.as_of
                ORDER BY earlier.as_of DESC, earlier.id DESC LIMIT 1
            )
    )
"""
# Who is in because the rule was changed did not enter: the segment did.
_SEGMENT_ENTERED = """
SELECT membership.customer_id, 'entered:' || membership.id
FROM segmentation_segmentmembership membership
JOIN segmentation_segmentrefresh refresh ON refresh.clinic_id = membership.clinic_id
    AND refresh.id = membership.entered_by_id AND refresh.cause <> 'rule'
WHERE membership.clinic_id = {clinic_id} AND membership.segment_id = {segment_id}
    AND membership.left_at IS NULL
    AND membership.entered_at >= ({from_on} - {days})::timestamp AT TIME ZONE {zone}
    AND membership.entered_at < ({until_on} - {days} + 1)::timestamp AT TIME ZONE {zone}
"""
_POINTS_EXPIRING = """
SELECT account.customer_id, 'points:' || to_char(lot.expires_on, 'YYYY-MM')
FROM loyalty_pointlot lot
JOIN loyalty_account account ON account.clinic_id = lot.clinic_id AND account.id = lot.account_id
WHERE lot.clinic_id = {clinic_id} AND lot.remaining > 0
    AND lot.expires_on - {days} BETWEEN {from_on} AND {until_on}
"""
# Of any ladder: judged not to keep it, and the grace runs. Of a ladder by spend, foreseen too: by
# then what was spent longer than the window ago no longer holds the tier.
_TIER_LAPSING = """
SELECT account.customer_id, 'tier:' || tier.id || ':' || extract(year FROM {until_on})::int
FROM loyalty_account account
JOIN loyalty_tier tier ON tier.clinic_id = account.clinic_id AND tier.id = account.tier_id
JOIN loyalty_programme programme ON programme.clinic_id = account.clinic_id
    AND programme.id = account.programme_id AND programme.is_default
WHERE account.clinic_id = {clinic_id} AND (account.tier_missed_on IS NOT NULL
    OR tier.min_spend_minor > 0 AND tier.min_spend_minor > (
    SELECT coalesce(sum(sale.net_minor), 0) FROM customers_sale sale
    WHERE sale.clinic_id = account.clinic_id AND sale.customer_id = account.customer_id
        AND sale.counts_on > {until_on} + {days} - programme.tier_window_days
        AND sale.counts_on <= {until_on}
)) AND NOT EXISTS (
    SELECT 1 FROM loyalty_tierinvitation invitation
    WHERE invitation.clinic_id = account.clinic_id AND invitation.account_id = account.id
        AND invitation.from_on <= {until_on}
        AND (invitation.until_on IS NULL OR invitation.until_on >= {until_on} + {days})
)
"""
_REFERRAL = """
SELECT friend.referrer_id, 'referral:' || friend.id
FROM customers_sale sale
JOIN customers_customer friend ON friend.clinic_id = sale.clinic_id
    AND friend.id = sale.customer_id AND friend.referrer_id IS NOT NULL
WHERE sale.clinic_id = {clinic_id} AND sale.kind = 'sale'
    AND sale.occurred_on BETWEEN {from_on} - {days} AND {until_on} - {days}
    AND NOT EXISTS (
        SELECT 1 FROM customers_sale earlier
        WHERE earlier.clinic_id = sale.clinic_id AND earlier.customer_id = sale.customer_id
            AND earlier.kind = 'sale' AND earlier.occurred_on < sale.occurred_on
    )
"""
_BY_TRIGGER = {
    Trigger.BIRTHDAY: _BIRTHDAY,
    Trigger.AFTER_VISIT: _AFTER_VISIT,
    Trigger.FIRST_VISIT: _FIRST_VISIT,
    Trigger.TREATMENT_DUE: _TREATMENT_DUE,
    Trigger.STAGE_ENTERED: _STAGE_ENTERED,
    Trigger.RISK_CROSSED: _RISK_CROSSED,
    Trigger.SEGMENT_ENTERED: _SEGMENT_ENTERED,
    Trigger.POINTS_EXPIRING: _POINTS_EXPIRING,
    Trigger.TIER_LAPSING: _TIER_LAPSING,
    Trigger.REFERRAL: _REFERRAL,
}
DEFAULT_RISK_PERCENT = 50


def fulfilled(campaign: Campaign, clinic: Clinic, *, on: date) -> Sql | None:
    """SQL of who fulfils the campaign's trigger on that local day; None: nobody can today."""
    from_on = max(campaign.launched_on or on, on - timedelta(days=LOOK_BACK_DAYS))
    if campaign.trigger == Trigger.FESTIVAL:
        return _festival(campaign, clinic, from_on, on)
    sql = _BY_TRIGGER[Trigger(campaign.trigger)].format(
        clinic_id=int(clinic.pk),
        days=int(campaign.trigger_days),
        from_on=f"DATE '{from_on.isoformat()}'",
        until_on=f"DATE '{on.isoformat()}'",
        zone=f"'{clinic.zone.key}'",  # a name that Python's list of zones knows
        segment_id=int(campaign.segment_id or 0),
    )
    return sql, _details(campaign)


def n_fulfilling(campaign: Campaign, clinic: Clinic, *, on: date) -> int | None:
    """How many customers fulfil it on that day, whoever the audience; None without a trigger."""
    if campaign.schedule != Campaign.Schedule.TRIGGER:
        return None
    occasions = fulfilled(campaign, clinic, on=on)
    if occasions is None:
        return 0
    sql, params = occasions
    with connection.cursor() as cursor:
        counted = f"SELECT count(DISTINCT found.id) FROM ({sql}) AS found (id, occasion)"  # noqa: S608
        cursor.execute(counted, params)
        return cursor.fetchone()[0]


def _details(campaign: Campaign) -> list[Any]:
    if campaign.trigger == Trigger.STAGE_ENTERED:
        return [campaign.trigger_detail]
    if campaign.trigger == Trigger.RISK_CROSSED:
        level = int(campaign.trigger_detail or DEFAULT_RISK_PERCENT) / 100
        return [level, level]
    return []


def _festival(campaign: Campaign, clinic: Clinic, from_on: date, on: date) -> Sql | None:
    """Everybody, so many days before the festival."""
    ahead = timedelta(days=campaign.trigger_days)
    day = festival_day(campaign.trigger_detail, from_on + ahead, on + ahead)
    if day is None:
        return None
    occasion = f"{campaign.trigger_detail}:{day.year}"
    sql = f"SELECT id, %s FROM customers_customer WHERE clinic_id = {int(clinic.pk)}"  # noqa: S608
    return sql, [occasion]
