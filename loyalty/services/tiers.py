"""Which tier a customer has: the highest rung whose spend is met within the programme's window."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers.services.timeline import Event, record_events
from loyalty.models import Programme
from loyalty.queries.programmes import default_programme
from loyalty.services.turn import wait_for_ledger
from tenancy.clock import start_of_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id


@transaction.atomic
def judge(on: date, customers: Sequence[int] | None = None) -> int:
    """Give every account of the default programme the tier its spend earns; the number of changes.

    on: the clinic's local day. What counts is net spend with `counts_on` in the window that ends
    on it, less refunds known by then.
    customers: ids to look at; None: everybody. A customer who bought in the window is given an
    account. Each change writes a TierChange with its receipt (`loyalty.receipts`) and the event
    `tier.changed`; entering at the foot of the ladder is told to nobody.
    """
    programme = default_programme()
    if programme is None:
        return 0
    wait_for_ledger()
    clinic = Clinic.objects.get(pk=current_clinic_id())
    given = _values(clinic, programme, on, customers)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_ACCOUNTS, given)
        cursor.execute(_JUDGE, given)
        changes = cursor.fetchall()
    now = timezone.now()
    end_of_day = start_of_day(clinic.zone, on + timedelta(days=1)) - timedelta(seconds=1)
    events = [_event(*change, at=min(now, end_of_day)) for change in changes if change[-1]]
    if events:
        record_events(events, at=now)
    return len(changes)


def _values(
    clinic: Clinic, programme: Programme, on: date, customers: Sequence[int] | None
) -> dict[str, Any]:
    return {
        "clinic": clinic.pk,
        "currency": clinic.currency,
        "programme": programme.pk,
        "programme_name": programme.name,
        "window_days": programme.tier_window_days,
        "from_on": on - timedelta(days=programme.tier_window_days - 1),
        "on": on,
        "customers": None if customers is None else list(customers),
    }


def _event(
    change_id: int, customer_id: int, old: str, new: str, is_up: bool, _told: bool, *, at: datetime
) -> Event:
    return Event(
        kind="tier.changed",
        customer_id=customer_id,
        occurred_at=at,
        source_key=f"tier_change:{change_id}",
        payload={"old_tier": old, "tier": new, "is_up": is_up},
    )


_COUNTED = """
    s.clinic_id = %(clinic)s AND s.counts_on BETWEEN %(from_on)s AND %(on)s
    AND s.occurred_on <= %(on)s
    AND (%(customers)s::bigint[] IS NULL OR s.customer_id = ANY (%(customers)s::bigint[]))
"""

_OPEN_ACCOUNTS = f"""
INSERT INTO loyalty_account (clinic_id, programme_id, customer_id, balance, opened_at)
SELECT DISTINCT %(clinic)s, %(programme)s, s.customer_id, 0, now() FROM customers_sale s
WHERE {_COUNTED} AND s.net_minor > 0 AND s.customer_id NOT IN (
    SELECT customer_id FROM loyalty_account
    WHERE clinic_id = %(clinic)s AND programme_id = %(programme)s)
ON CONFLICT (clinic_id, programme_id, customer_id) DO NOTHING
"""  # noqa: S608 our own text

# Accounts and sales are added up, not joined: the planner cannot know how many rows remain.
_JUDGE = f"""
WITH ladder AS MATERIALIZED (
    SELECT id, name, rank, min_spend_minor FROM loyalty_tier
    WHERE clinic_id = %(clinic)s AND programme_id = %(programme)s AND retired_on IS NULL
), fact AS (
    SELECT account.customer_id, account.id AS account_id, account.tier_id, 0 AS net_minor
    FROM loyalty_account account
    WHERE account.clinic_id = %(clinic)s AND account.programme_id = %(programme)s
        AND account.customer_id NOT IN (SELECT id FROM customers_customer
            WHERE clinic_id = %(clinic)s AND merged_into_id IS NOT NULL)
        AND (%(customers)s::bigint[] IS NULL
            OR account.customer_id = ANY (%(customers)s::bigint[]))
    UNION ALL
    SELECT s.customer_id, NULL, NULL, s.net_minor FROM customers_sale s WHERE {_COUNTED}
), spend AS (
    SELECT customer_id, max(account_id) AS account_id, max(tier_id) AS old_tier_id,
        sum(net_minor)::bigint AS spend_minor
    FROM fact GROUP BY customer_id HAVING max(account_id) IS NOT NULL
), judged AS (
    SELECT spend.*, (SELECT ladder.id FROM ladder WHERE min_spend_minor <= greatest(spend_minor, 0)
        ORDER BY rank DESC LIMIT 1) AS new_tier_id
    FROM spend
), changed AS MATERIALIZED (
    SELECT nextval('loyalty_tierchange_id_seq') AS change_id, judged.*,
        old.name AS old_name, new.name AS new_name, new.rank AS new_rank,
        new.rank > coalesce(old.rank, -1) AS is_up
    FROM judged
    LEFT JOIN loyalty_tier old ON old.clinic_id = %(clinic)s AND old.id = old_tier_id
    LEFT JOIN ladder new ON new.id = new_tier_id
    WHERE old_tier_id IS DISTINCT FROM new_tier_id
), written AS (
    INSERT INTO loyalty_tierchange
        (id, clinic_id, account_id, old_tier_id, new_tier_id, changed_on, receipt, created_at)
    SELECT change_id, %(clinic)s, account_id, old_tier_id, new_tier_id, %(on)s, jsonb_build_object(
        'programme', %(programme_name)s::text,
        'window_days', %(window_days)s, 'from_on', %(from_on)s::date, 'until_on', %(on)s::date,
        'currency', %(currency)s::text, 'spend_minor', spend_minor,
        'purchases', coalesce((SELECT jsonb_agg(jsonb_build_object(
            'sale', s.id, 'counts_on', s.counts_on, 'net_minor', s.net_minor)
            ORDER BY s.counts_on, s.id)
            FROM customers_sale s WHERE {_COUNTED} AND s.customer_id = changed.customer_id),
            '[]'::jsonb),
        'ladder', (SELECT jsonb_agg(jsonb_build_object(
            'name', name, 'min_spend_minor', min_spend_minor) ORDER BY rank) FROM ladder),
        'tier', new_name,
        'next', (SELECT jsonb_build_object('name', name, 'min_spend_minor', min_spend_minor,
            'missing_minor', min_spend_minor - spend_minor)
            FROM ladder WHERE rank > coalesce(new_rank, -1) ORDER BY rank LIMIT 1)), now()
    FROM changed
), moved AS (
    UPDATE loyalty_account account SET tier_id = changed.new_tier_id, tier_since_on = %(on)s
    FROM changed WHERE account.clinic_id = %(clinic)s AND account.id = changed.account_id
)
SELECT change_id, customer_id, coalesce(old_name, ''), coalesce(new_name, ''),
    coalesce(is_up, false),
    old_tier_id IS NOT NULL OR new_rank > (SELECT min(rank) FROM ladder) AS is_told
FROM changed ORDER BY change_id
"""  # noqa: S608 our own text
