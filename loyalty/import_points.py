"""Files of points balances: what another system says its customers hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.utils.translation import pgettext_lazy as named

from customers.files.fields import Field, Kind
from customers.files.other_fields import CUSTOMER, PHONE, WHO
from customers.models import ImportFile
from customers.services.imports.kinds import ImportKind, Newer, Values, Words, declare
from customers.services.imports.made_rows import made_by
from customers.services.imports.named_customers import Named, find_customers, who_in
from customers.services.imports.refusing import Problem
from customers.services.intake import Outcome
from loyalty.models import LedgerEntry
from loyalty.queries.programmes import default_programme
from loyalty.services.balances import Posted, Statement, post_statements, take_back_statements
from loyalty.services.posting import MOST_POINTS
from tenancy.clock import local_day
from tenancy.models import Clinic
from tenancy.scope import current_clinic_id

MADE = "points"
POINTS = Kind(
    "points",
    named("column", "Points balances"),
    (
        CUSTOMER,
        PHONE,
        Field("balance", named("column", "Balance in points"), "integer",
              "points pointsbalance balancepoints currentpoints availablepoints 积分 积分余额 "
              "当前积分 可用积分 剩余积分 余额"),
        Field("as_of", named("column", "At the end of"), "day",
              "date asofdate balancedate day 截止日期 截至日期 统计日期 余额日期 日期"),
    ),
    (WHO, ("balance",)),
    "customer_external_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BalanceRow(Named):
    points: int
    as_of: date | None


def balance_of(values: Values) -> BalanceRow | Problem:
    who = who_in(values)
    if not any(who):
        return Problem("customer_external_id", "row_without_customer", {})
    if "balance" not in values:
        return Problem("balance", "balance_missing", {})
    if not 0 <= values["balance"] <= MOST_POINTS:
        return Problem("balance", "number_out_of_range", {"least": 0, "most": MOST_POINTS})
    return BalanceRow(*who, points=values["balance"], as_of=values.get("as_of"))


def take_balances(*, source: str, records: Sequence[BalanceRow], at: datetime) -> list[Outcome]:
    """The difference to the ledger is posted; one row a customer."""
    clinic = Clinic.objects.get(pk=current_clinic_id())
    today = local_day(clinic.zone, at)
    customers, outcomes = find_customers(records, source)
    outcomes |= dict(_unusable(records, customers, today))
    mine = [index for index in customers if index not in outcomes]
    programme = default_programme()
    if programme is None:
        words = _now("There is no programme of points. Set one up under Points first.")
        return [
            outcomes.get(i) or Outcome(i, "refused", None, "balance", "no_programme", words)
            for i in range(len(records))
        ]
    posted = post_statements(
        programme=programme,
        source=source,
        statements=[Statement(customers[i], records[i].points, records[i].as_of) for i in mine],
        on=today,
        at=at,
        reason=_now("Balance told by «%(source)s»") % {"source": source},
    )
    outcomes |= {i: _outcome(i, customers[i], one) for i, one in zip(mine, posted, strict=True)}
    return [outcomes[index] for index in range(len(records))]


def _unusable(
    records: Sequence[BalanceRow], customers: Mapping[int, int], today: date
) -> Iterator[tuple[int, Outcome]]:
    """Rows of a day to come, and second rows of a customer."""
    seen: dict[int, int] = {}
    for index, customer_id in customers.items():
        as_of = records[index].as_of
        first = seen.setdefault(customer_id, index)
        if as_of and as_of > today:
            words = _now("This lies in the future. Correct the date.")
            yield index, Outcome(index, "refused", None, "as_of", "in_future", words)
        elif first != index:
            words = _now("Another row tells of this customer already. Keep one row.")
            field = "customer_external_id"
            yield index, Outcome(index, "refused", None, field, "duplicate_customer", words)


def _outcome(index: int, customer_id: int, posted: Posted) -> Outcome:
    if posted.problem == "overdrawn":
        words = _now(
            "The customer spent more since that day than this balance leaves. Correct the balance."
        )
        return Outcome(index, "refused", None, "balance", "overdrawn", words)
    if posted.problem == "older":
        words = _now("A balance of a later day is here already, so this one says nothing more.")
        return Outcome(index, "unchanged", customer_id, "as_of", "older_balance", words)
    if posted.entry_id is None:
        return Outcome(index, "unchanged", customer_id)
    return Outcome(index, "created", posted.entry_id)


def _entries(file: ImportFile) -> Any:
    return LedgerEntry.objects.filter(pk__in=made_by(file, MADE))


def newer(file: ImportFile) -> Newer:
    """Redemptions since then: the points may be among those spent."""
    spent = LedgerEntry.objects.filter(
        kind=LedgerEntry.Kind.REDEMPTION, account__entries__in=_entries(file)
    ).filter(created_at__gt=F("account__entries__created_at"))
    if n := spent.distinct().count():
        yield _("Points spent since then"), n


def take_back(file: ImportFile, at: datetime) -> Mapping[str, int]:
    clinic = Clinic.objects.get(pk=current_clinic_id())
    ids = list(_entries(file).values_list("pk", flat=True))
    n = take_back_statements(entry_ids=ids, on=local_day(clinic.zone, at), at=at)
    return {"n_entries": n}


def register() -> None:
    declare(
        ImportKind(
            shape=POINTS,
            words=Words(
                checked=_(
                    "Points balances: %(created)s differences to post, %(unchanged)s agree. "
                    "%(refused)s of %(n_rows)s rows refused."
                ),
                done=_(
                    "Points balances: %(created)s differences posted, %(unchanged)s agreed. "
                    "%(refused)s of %(n_rows)s rows refused."
                ),
                to_import=lambda n: ngettext("Import %(n)s balance", "Import %(n)s balances", n),
            ),
            record_of=balance_of,
            upsert=take_balances,
            made=MADE,
            newer=newer,
            take_back=take_back,
        )
    )
