"""What must hold between read-outs and the campaigns they speak of."""

from django.db import connection

from tenancy.scope import current_clinic_id

_CHECKS = {
    "read-out {id}: treated and held out are not those enrolled by its day": """
        SELECT r.id FROM analytics_readout r
        LEFT JOIN campaigns_enrolment e ON e.clinic_id = r.clinic_id
            AND e.campaign_id = r.campaign_id AND e.enrolled_on <= r.measured_on
        WHERE r.clinic_id = %(clinic)s AND r.is_final
        GROUP BY r.id, r.n_treated, r.n_holdout
        HAVING r.n_treated <> count(e.id) FILTER (WHERE e.arm = 'treated')
            OR r.n_holdout <> count(e.id) FILTER (WHERE e.arm = 'holdout')
    """,
    "experiment {id}: its arms are not all the rows it used": """
        SELECT x.id FROM analytics_experiment x
        WHERE x.clinic_id = %(clinic)s AND x.n_used <> (
            SELECT coalesce(sum((arm ->> 'n')::bigint), 0)
            FROM jsonb_array_elements(x.result -> 'arms') arm
        )
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
