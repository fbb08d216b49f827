"""What must hold across the rows of a campaign: everybody enrolled is somewhere, exactly once."""

from django.db import connection

from tenancy.scope import current_clinic_id

_CHECKS = {
    # Audience = sent + skipped + held out + failed + unknown + pending: nobody may be nowhere.
    # Pending is a message that waits, a call, or a journey with a day on which it goes on. A
    # journey that begins by waiting or asking may rightly end before it wrote to anybody.
    "enrolment {id}: treated, and neither written to, nor left out, nor waiting": """
        SELECT e.id FROM campaigns_enrolment e
        JOIN campaigns_campaign c ON c.clinic_id = e.clinic_id AND c.id = e.campaign_id
        WHERE e.clinic_id = %(clinic)s AND e.arm = 'treated' AND e.due_at IS NULL
            AND e.left_reason = '' AND c.state IN ('running', 'paused', 'finished')
            AND NOT EXISTS (SELECT 1 FROM campaigns_step s
                WHERE s.clinic_id = c.clinic_id AND s.campaign_id = c.id AND s.number = 1
                AND s.kind IN ('wait', 'branch'))
            AND NOT EXISTS (SELECT 1 FROM campaigns_message m
                WHERE m.clinic_id = e.clinic_id AND m.enrolment_id = e.id)
            AND NOT EXISTS (SELECT 1 FROM care_task t
                WHERE t.clinic_id = e.clinic_id AND t.customer_id = e.customer_id
                AND t.intent LIKE 'campaign:' || e.campaign_id || ':%%')
    """,
    "enrolment {id}: held out, and yet it has a message": """
        SELECT DISTINCT e.id FROM campaigns_enrolment e
        JOIN campaigns_message m ON m.clinic_id = e.clinic_id AND m.enrolment_id = e.id
        WHERE e.clinic_id = %(clinic)s AND e.arm = 'holdout'
    """,
    "message {id}: it is of another campaign than its enrolment": """
        SELECT m.id FROM campaigns_message m
        JOIN campaigns_enrolment e ON e.clinic_id = m.clinic_id AND e.id = m.enrolment_id
        WHERE m.clinic_id = %(clinic)s AND m.campaign_id <> e.campaign_id
    """,
    "message {id}: its step is none of its campaign's messages": """
        SELECT m.id FROM campaigns_message m
        WHERE m.clinic_id = %(clinic)s
            AND EXISTS (SELECT 1 FROM campaigns_step s
                WHERE s.clinic_id = m.clinic_id AND s.campaign_id = m.campaign_id)
            AND NOT EXISTS (SELECT 1 FROM campaigns_step s
                WHERE s.clinic_id = m.clinic_id AND s.campaign_id = m.campaign_id
                AND s.number = m.step AND s.kind = 'message')
    """,
    "campaign {id}: its treated are more than its customers in messages, calls and waits": """
        SELECT c.id FROM campaigns_campaign c
        WHERE c.clinic_id = %(clinic)s AND c.state IN ('running', 'paused', 'finished')
            AND NOT EXISTS (SELECT 1 FROM campaigns_step s
                WHERE s.clinic_id = c.clinic_id AND s.campaign_id = c.id)
            AND (SELECT count(*) FROM campaigns_enrolment e
                WHERE e.clinic_id = c.clinic_id AND e.campaign_id = c.id AND e.arm = 'treated'
                AND e.due_at IS NULL AND e.left_reason = '')
            > (SELECT count(*) FROM campaigns_message m
                WHERE m.clinic_id = c.clinic_id AND m.campaign_id = c.id)
    """,
}


def violations() -> list[str]:
    """One line a broken row, in the open clinic."""
    found = []
    with connection.cursor() as cursor:
        for line, statement in _CHECKS.items():
            cursor.execute(statement, {"clinic": current_clinic_id()})
            found += [line.format(id=row_id) for (row_id,) in cursor.fetchall()]
    return found
