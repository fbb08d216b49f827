"""A clinic of many customers who may all be written to, in seconds."""

from django.db import connection

import bench._django  # noqa: F401  first: it loads the settings
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic
from tenancy.statistics import refresh_statistics
from tenancy.walls import tenant_models

PEOPLE = (
    """INSERT INTO customers_customer (clinic_id, name, gender, occupation, education, city,
        district, address, language, acquisition_source, notes, known_since_on, created_at,
        updated_at)
    SELECT %(clinic)s, 'Customer ' || i, 'female', '', '', '', '', '',
        CASE WHEN i %% 3 = 0 THEN 'en' ELSE 'zh-hans' END, '', '', date '2024-01-01', now(), now()
    FROM generate_series(1, %(n)s::bigint) AS i""",
    """INSERT INTO customers_contactpoint (clinic_id, customer_id, kind, value, is_primary,
        is_valid, created_at)
    SELECT clinic_id, id, 'email', 'c' || id || '@mail.example', true, true, now()
    FROM customers_customer WHERE clinic_id = %(clinic)s""",
    """INSERT INTO customers_consent (clinic_id, customer_id, purpose, channel, given_at, source,
        text_version)
    SELECT clinic_id, id, 'marketing', 'email', now(), 'desk', ''
    FROM customers_customer WHERE clinic_id = %(clinic)s""",
)


def make_crowd(slug: str, n: int) -> Clinic:
    """n customers with address and consent, in a clinic that has no quiet hours."""
    clinic = create_clinic(
        slug=slug, name=slug, timezone="Asia/Shanghai", currency="CNY", country="CN"
    )
    clinic.quiet_from_hour = clinic.quiet_until_hour = 0
    with clinic_scope(clinic.pk), connection.cursor() as cursor:
        clinic.save(update_fields=["quiet_from_hour", "quiet_until_hour"])
        for statement in PEOPLE:
            cursor.execute(statement, {"clinic": clinic.pk, "n": n})
    with clinic_scope(clinic.pk):
        refresh_statistics(*tenant_models(), n_rows=n)
    return clinic
