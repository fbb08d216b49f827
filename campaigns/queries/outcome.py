"""Who came back, treated and held out alike: a purchase day within the outcome window."""

from collections.abc import Collection

from django.db import connection

from tenancy.scope import current_clinic_id

# A purchase day after the day of enrolment, the last one outcome_window_days later.
_RETURNED = """
SELECT enrolment.campaign_id, enrolment.arm, count(*)
FROM campaigns_enrolment enrolment
JOIN campaigns_campaign campaign
    ON campaign.clinic_id = enrolment.clinic_id AND campaign.id = enrolment.campaign_id
WHERE enrolment.clinic_id = %s AND enrolment.campaign_id = ANY (%s) AND EXISTS (
    SELECT 1 FROM customers_sale sale
    WHERE sale.clinic_id = enrolment.clinic_id AND sale.customer_id = enrolment.customer_id
        AND sale.counts_on > enrolment.enrolled_on
        AND sale.counts_on <= enrolment.enrolled_on + campaign.outcome_window_days
    GROUP BY sale.counts_on HAVING sum(sale.net_minor) > 0
)
GROUP BY enrolment.campaign_id, enrolment.arm
"""


def n_returned(campaign_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """{(campaign id, arm): customers who came back}; none is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_RETURNED, [current_clinic_id(), list(campaign_ids)])
        return {(campaign_id, arm): n for campaign_id, arm, n in cursor.fetchall()}
