"""A programme that ends, or rests for a while: from which day, and from which day on again.

From its closing day on it takes nobody in and nothing earns points: no purchase, activity, birthday
or friend. Points that are there stay, can be spent and end on their own days; refunds still take
back. Tiers stay as they stand and are judged no more; receipts and the ledger stay for good.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.exceptions import RuleRefused
from loyalty.models import Programme
from loyalty.queries.ladders import rules_on
from loyalty.services.ladders import write_version
from loyalty.services.turn import wait_for_ledger
from tenancy.models import Membership
from tenancy.queue import enqueue
from tenancy.services.audit import record

LONGEST_AHEAD = timedelta(days=730)


@transaction.atomic
def close_programme(
    *, programme: Programme, closed_on: date, today: date, by: Membership | None
) -> Programme:
    """Let it take part no more from that day on; a day to come can be chosen anew until then.

    Raises RuleRefused: the day is over or too far ahead, or it is closed already.
    """
    if closed_on < today:
        message = _("That day is over, and its points are earned. Choose today or later.")
        raise RuleRefused("closed_on", message)
    if closed_on > today + LONGEST_AHEAD:
        message = _("That day is more than two years ahead. Check the date.")
        raise RuleRefused("closed_on", message)
    found = _locked(programme)
    if found.is_closed_on(today):
        raise RuleRefused("closed_on", _("This programme is closed already. Reopen it first."))
    _set(found, max(closed_on, found.starts_on))
    record(action="programme.closed", by=by, subject=found, detail={"on": str(found.closed_on)})
    return found


@transaction.atomic
def reopen_programme(*, programme: Programme, on: date, by: Membership | None) -> Programme:
    """Take part again from this day on; purchases of the closed days never earn.

    Where the closing day had not come yet, it is as if nothing had been planned. Tiers are judged
    by the rules that stood, from this day on. Raises RuleRefused: it is open.
    """
    found = _locked(programme)
    if found.closed_on is None:
        raise RuleRefused("reopened_on", _("This programme is open."))
    if found.closed_on < on:
        found.closures.create(closed_on=found.closed_on, reopened_on=on, reopened_by=by)
        rules = rules_on(found, on)
        write_version(programme=found, rules=rules, effective_on=on, by=by)
    _set(found, None)
    record(action="programme.reopened", by=by, subject=found, detail={"on": str(on)})
    enqueue("loyalty.accrue_sales")
    enqueue("loyalty.judge_tiers")
    return found


def _locked(programme: Programme) -> Programme:
    wait_for_ledger()
    return Programme.objects.select_for_update(no_key=True).get(pk=programme.pk)


def _set(programme: Programme, closed_on: date | None) -> None:
    programme.closed_on = closed_on
    programme.save(update_fields=["closed_on"])
