"""What a branch asks: did they visit, open, reply, or nothing of this, since the last message."""

from django.db import connection

from tenancy.scope import current_clinic_id

# acted_at: when the last message or call went out.
_VISITED = """(EXISTS (
    SELECT 1 FROM customers_sale sale
    WHERE sale.clinic_id = enrolment.clinic_id AND sale.customer_id = enrolment.customer_id
        AND sale.counts_on > enrolment.enrolled_on
        AND sale.occurred_at >= coalesce(enrolment.acted_at, enrolment.enrolled_at)
    GROUP BY sale.counts_on HAVING sum(sale.net_minor) > 0
) OR EXISTS (
    SELECT 1 FROM customers_appointment appointment
    WHERE appointment.clinic_id = enrolment.clinic_id
        AND appointment.customer_id = enrolment.customer_id AND appointment.status = 'attended'
        AND appointment.starts_at >= coalesce(enrolment.acted_at, enrolment.enrolled_at)
))"""
_OPENED = """EXISTS (
    SELECT 1 FROM campaigns_message message
    WHERE message.clinic_id = enrolment.clinic_id AND message.enrolment_id = enrolment.id
        AND (message.opened_at IS NOT NULL OR message.clicked_at IS NOT NULL
            OR message.replied_at IS NOT NULL)
)"""
# A reply to a message of the journey, word that came in by itself, or a call that reached them.
_REPLIED = """(EXISTS (
    SELECT 1 FROM campaigns_message message
    WHERE message.clinic_id = enrolment.clinic_id AND message.enrolment_id = enrolment.id
        AND message.replied_at IS NOT NULL
) OR EXISTS (
    SELECT 1 FROM customers_interaction interaction
    WHERE interaction.clinic_id = enrolment.clinic_id
        AND interaction.customer_id = enrolment.customer_id AND interaction.direction = 'in'
        AND interaction.occurred_at >= coalesce(enrolment.acted_at, enrolment.enrolled_at)
) OR EXISTS (
    SELECT 1 FROM care_task task
    WHERE task.clinic_id = enrolment.clinic_id AND task.customer_id = enrolment.customer_id
        AND task.outcome IN ('reached', 'booked')
        AND task.intent LIKE 'campaign:' || enrolment.campaign_id || ':%%'
        AND task.done_at >= enrolment.enrolled_at
))"""
_CONDITIONS = {
    "visited": _VISITED,
    "opened": _OPENED,
    "replied": _REPLIED,
    "nothing": f"NOT ({_VISITED} OR {_OPENED} OR {_REPLIED})",
}


def who_fulfils(condition: str, ids: list[int]) -> set[int]:
    """Of these enrolments, those for whom it holds now. One query."""
    if not ids:
        return set()
    sql = f"""
        SELECT enrolment.id FROM campaigns_enrolment enrolment
        WHERE enrolment.clinic_id = %s AND enrolment.id = ANY(%s) AND {_CONDITIONS[condition]}
    """  # noqa: S608 -- every part is a literal of this module
    with connection.cursor() as cursor:
        cursor.execute(sql, [current_clinic_id(), ids])
        return {pk for (pk,) in cursor.fetchall()}
