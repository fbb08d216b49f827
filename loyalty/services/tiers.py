"""Which tier a customer has: judged from the sales by the rules of the day (`loyalty.tiering`)."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from customers.services.timeline import Event, record_events
from loyalty.models import LadderVersion, Programme
from loyalty.queries.ladders import rules_of_tiers, version_on
from loyalty.queries.programmes import open_programmes
from loyalty.services.ladders import put_up
from loyalty.services.tier_sql import OPEN_ACCOUNTS, judge_sql
from loyalty.services.turn import wait_for_ledger
from loyalty.tiering import LadderRules, rules_from
from tenancy.clock import start_of_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id
from tenancy.statistics import planned_for_many

CHANGE, CUSTOMER = 0, 1  # columns of what judge_sql answers
MANY = 20_000  # customers named one by one; with more all are looked at


@transaction.atomic
def judge(on: date, customers: Sequence[int] | None = None) -> int:
    """Give every account the tier its programme's rules say; the number of changes.

    on: the clinic's local day. What counts is what `counts_on` a day of the window that ends on
    it, less refunds known by then.
    customers: ids to look at; None: everybody. Who bought in the window is given an account of the
    default programme; the others judge who is enrolled. Each change writes a TierChange with its
    receipt (`loyalty.receipts`) and the event `tier.changed`; entering at the foot of the ladder is
    told to nobody.
    """
    programmes = open_programmes(on)
    if not programmes:
        return 0
    wait_for_ledger()
    clinic = Clinic.objects.get(pk=current_clinic_id())
    return sum(_judge_programme(clinic, programme, on, customers) for programme in programmes)


def _judge_programme(
    clinic: Clinic, programme: Programme, on: date, customers: Sequence[int] | None
) -> int:
    version = version_on(programme, on)
    if version:
        put_up(version)  # rules published for a day to come have their tiers from that day on
    rules = rules_from(version.rules) if version else rules_of_tiers(programme)
    if not rules.rungs:
        return 0
    given = _values(clinic, programme, version, rules, on, customers)
    text, more = judge_sql(rules, on, tells_lacking=programme.is_default)
    planned = planned_for_many() if customers is None else nullcontext()
    with planned, connection.cursor() as cursor:
        cursor.execute(text, given | more)
        changes = cursor.fetchall()
        if lacking := [row[CUSTOMER] for row in changes if row[CHANGE] is None]:
            given["customers"] = lacking if len(lacking) <= MANY else None
            cursor.execute(OPEN_ACCOUNTS, given)
            cursor.execute(text, given | more)
            changes += cursor.fetchall()
    told = [row for row in changes if row[CHANGE] is not None]
    _tell(clinic, told, on)
    return len(told)


def _values(
    clinic: Clinic,
    programme: Programme,
    version: LadderVersion | None,
    rules: LadderRules,
    on: date,
    customers: Sequence[int] | None,
) -> dict[str, Any]:
    return {
        "clinic": clinic.pk,
        "currency": clinic.currency,
        "programme": programme.pk,
        "programme_name": programme.name,
        "version": version.pk if version else None,
        "number": version.number if version else None,
        "effective_on": version.effective_on if version else None,
        "rules": json.dumps(rules.as_json()),
        "from_on": rules.window(on)[0],
        "on": on,
        "customers": None if customers is None else list(customers),
    }


def _tell(clinic: Clinic, changes: Sequence[tuple], on: date) -> None:
    now = timezone.now()
    end_of_day = start_of_day(clinic.zone, on + timedelta(days=1)) - timedelta(seconds=1)
    events = [_event(*change, at=min(now, end_of_day)) for change in changes if change[-1]]
    if events:
        record_events(events, at=now)


def _event(
    change_id: int, customer_id: int, old: str, new: str, is_up: bool, _told: bool, *, at: Any
) -> Event:
    return Event(
        kind="tier.changed",
        customer_id=customer_id,
        occurred_at=at,
        source_key=f"tier_change:{change_id}",
        payload={"old_tier": old, "tier": new, "is_up": is_up},
    )
