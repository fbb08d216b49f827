"""The whole history of a programme's members as columns, for a replay."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from loyalty.models import Programme
from loyalty.replay import Invited
from loyalty.replay_changes import NEVER, Marks, Purchases
from loyalty.tiering import LadderRules
from segmentation.services.copy_columns import read_whole_numbers
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

_UNKNOWN = -(10**9)


@dataclass(frozen=True)
class History:
    """accounts, customers, tiers (0: none), missed_on (NEVER: keeps it): one row a member.

    The other columns name members by their row.
    """

    accounts: np.ndarray
    customers: np.ndarray
    tiers: np.ndarray
    missed_on: np.ndarray
    purchases: Purchases
    points: Marks | None
    kinds: Marks | None
    invited: np.ndarray  # rows: member, first day, last day, tier

    @property
    def n_people(self) -> int:
        return len(self.accounts)

    def invited_on(self, rules: LadderRules) -> Invited:
        person, from_on, until_on, tier = self.invited
        ranks = np.array([rules.rank_of(int(pk)) for pk in tier], np.int64)
        return Invited(person, from_on, until_on, ranks)


def history_of(
    programme: Programme,
    *,
    until_on: date,
    metrics: frozenset[str],
    as_recorded_from: date | None = None,
) -> History:
    """Everything known by the end of that day. metrics: what the rules ask for.

    as_recorded_from: a sale entered after this day counts from the day it was entered, as the
    nights saw it; else each counts from the day it happened.
    """
    clinic = Clinic.objects.get(pk=current_clinic_id())
    given = {"clinic": clinic.pk, "programme": programme.pk, "on": until_on,
             "zone": clinic.timezone, "recorded_from": as_recorded_from}  # fmt: skip
    members = read_whole_numbers(_MEMBERS, given, n_columns=4)
    accounts, customers, tiers, missed = members[:, np.argsort(members[1])]
    missed = np.where(missed == _UNKNOWN, NEVER, missed)

    def rows(query: str, n_columns: int) -> np.ndarray:
        """With the customer replaced by the member's row; others are left out."""
        found = read_whole_numbers(query, given, n_columns=n_columns)
        place = np.searchsorted(customers, found[0])
        is_member = place < len(customers)
        is_member[is_member] = customers[place[is_member]] == found[0][is_member]
        return np.vstack([place[is_member], found[1:, is_member]])

    ends = np.full(0, NEVER)
    points = kinds = None
    if "points" in metrics:
        found = rows(_POINTS, 4)
        points = Marks(*found, ends_on=np.full(found.shape[1], NEVER))
    if "n_kinds" in metrics:
        person, counts_on, known_on, kind, ends = rows(_KINDS, 5)
        kinds = Marks(person, counts_on, known_on, kind, np.where(ends == _UNKNOWN, NEVER, ends))
    invited = rows(_INVITED, 4)
    invited[2] = np.where(invited[2] == _UNKNOWN, NEVER, invited[2])
    return History(
        accounts, customers, tiers, missed, Purchases(*rows(_SALES, 4)), points, kinds, invited
    )


def tiers_before(history: History, programme: Programme, day: date) -> np.ndarray:
    """Everybody's tier at the end of the day before, by the receipts; 0: none."""
    given = {"clinic": current_clinic_id(), "programme": programme.pk, "day": day}
    accounts, found = read_whole_numbers(_TIERS_BEFORE, given, n_columns=2)
    tiers = dict(zip(accounts.tolist(), found.tolist(), strict=True))
    return np.array([tiers.get(pk, 0) for pk in history.accounts.tolist()], np.int64)


def first_day(history: History) -> int:
    """The day of the first purchase; today's number where there is none: nothing to replay."""
    return int(history.purchases.known_on.min(initial=NEVER))


def ranks_of(rules: LadderRules, tiers: np.ndarray) -> np.ndarray:
    """The place of each tier on this ladder; −1 where it is not on it."""
    ranks: Any = np.full(len(tiers), -1, np.int64)
    for rank, rung in enumerate(rules.rungs):
        ranks[tiers == rung.tier] = rank
    return ranks


_DAY = "({0} - date '1970-01-01')"
_CREATED = "(s.created_at AT TIME ZONE %(zone)s)::date"
_MEMBERS = f"""
SELECT a.id, a.customer_id, coalesce(a.tier_id, 0),
    coalesce({_DAY.format("a.tier_missed_on")}, {_UNKNOWN})
FROM loyalty_account a JOIN customers_customer c ON c.clinic_id = a.clinic_id
    AND c.id = a.customer_id AND c.merged_into_id IS NULL
WHERE a.clinic_id = %(clinic)s AND a.programme_id = %(programme)s
"""  # noqa: S608 our own text
_SALES = f"""
SELECT s.customer_id, {_DAY.format("s.counts_on")},
    greatest({_DAY.format("s.occurred_on")}, {_DAY.format("s.counts_on")},
        CASE WHEN {_CREATED} > %(recorded_from)s::date THEN {_DAY.format(_CREATED)} END),
    s.net_minor
FROM customers_sale s WHERE s.clinic_id = %(clinic)s AND s.occurred_on <= %(on)s
    AND s.counts_on <= %(on)s
"""  # noqa: S608 our own text
_POINTS = f"""
SELECT a.customer_id, {_DAY.format("coalesce(s.counts_on, e.posted_on)")},
    greatest({_DAY.format("e.posted_on")}, {_DAY.format("coalesce(s.counts_on, e.posted_on)")}),
    e.points
FROM loyalty_ledgerentry e
JOIN loyalty_account a ON a.clinic_id = e.clinic_id AND a.id = e.account_id
LEFT JOIN customers_sale s ON s.clinic_id = e.clinic_id AND s.id = e.sale_id
WHERE e.clinic_id = %(clinic)s AND a.programme_id = %(programme)s AND e.posted_on <= %(on)s
    AND (e.kind IN ('accrual', 'reversal') OR e.sale_id IS NOT NULL)
"""  # noqa: S608 our own text
_KINDS = f"""
SELECT DISTINCT s.customer_id, {_DAY.format("s.counts_on")}, {_DAY.format("s.occurred_on")},
    dense_rank() OVER (ORDER BY coalesce(nullif(t.category, ''), t.code)),
    coalesce((SELECT {_DAY.format("max(r.occurred_on)")} FROM customers_sale r
        WHERE r.clinic_id = s.clinic_id AND r.refund_of_id = s.id AND r.occurred_on <= %(on)s
        HAVING s.net_minor + sum(r.net_minor) <= 0), {_UNKNOWN})
FROM customers_sale s
JOIN customers_saleline l ON l.clinic_id = s.clinic_id AND l.sale_id = s.id
JOIN customers_treatment t ON t.clinic_id = l.clinic_id AND t.id = l.treatment_id
WHERE s.clinic_id = %(clinic)s AND s.kind = 'sale' AND s.occurred_on <= %(on)s
"""  # noqa: S608 our own text
_INVITED = f"""
SELECT a.customer_id, {_DAY.format("i.from_on")},
    coalesce({_DAY.format("i.until_on")}, {_UNKNOWN}), i.tier_id
FROM loyalty_tierinvitation i
JOIN loyalty_account a ON a.clinic_id = i.clinic_id AND a.id = i.account_id
WHERE i.clinic_id = %(clinic)s AND a.programme_id = %(programme)s AND i.from_on <= %(on)s
"""  # noqa: S608 our own text
_TIERS_BEFORE = """
SELECT DISTINCT ON (t.account_id) t.account_id, coalesce(t.new_tier_id, 0)
FROM loyalty_tierchange t
JOIN loyalty_account a ON a.clinic_id = t.clinic_id AND a.id = t.account_id
WHERE t.clinic_id = %(clinic)s AND a.programme_id = %(programme)s AND t.changed_on < %(day)s
ORDER BY t.account_id, t.changed_on DESC, t.id DESC
"""
