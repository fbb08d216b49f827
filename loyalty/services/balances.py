"""Balances told by another system: the difference is posted, a balance is never written over.

A statement says how many points a customer had at the end of a day. What the ledger holds up to
that day, and what earlier statements of the same source put there, is taken from it; the rest is
one entry. Movements after that day stand. The same statement again posts nothing; one of an
earlier day than the last says nothing any more.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction

from customers.services.bulk_rows import insert_rows, new_ids, update_rows
from loyalty.models import Account, LedgerEntry, PointLot, Programme
from loyalty.services.expiry import expire_points
from loyalty.services.lots import settle_lots
from loyalty.services.turn import wait_for_ledger

TAKEN_BACK = ":taken-back"
NO_DAY = "-"
ADJUSTMENT = LedgerEntry.Kind.ADJUSTMENT.value


@dataclass(frozen=True, slots=True)
class Statement:
    """points: whole points at the end of `as_of`; None: at this moment."""

    customer_id: int
    points: int
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What a statement did. entry_id: the entry; None: nothing was posted.

    problem: "older" than the last statement, or "overdrawn": points were spent since that day, and
    the account would owe.
    """

    entry_id: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _New:
    """One entry to be: of which statement, how many points, how many the source posted before."""

    index: int
    statement: Statement
    points: int
    n_before: int


@dataclass(slots=True)
class _Past:
    """What earlier statements of the source did to one account."""

    n: int = 0
    said: list[str] = field(default_factory=list)  # those that were not taken back

    @property
    def last(self) -> str:
        return self.said[-1] if self.said else ""

    @property
    def last_as_of(self) -> str:
        return self.last.partition("=")[0]


@transaction.atomic
def post_statements(
    *,
    programme: Programme,
    source: str,
    statements: Sequence[Statement],
    on: date,
    at: datetime,
    reason: str,
) -> list[Posted]:
    """One answer a statement, in order; one statement a customer. on: today, the clinic's day."""
    wait_for_ledger()
    expire_points(on=on)
    accounts = _accounts(programme, statements)
    past = _past(source, accounts)
    held = _held_until(accounts, statements)
    posted: list[Posted] = []
    new: list[_New] = []
    for statement in statements:
        account = accounts.get(statement.customer_id)
        before = past[statement.customer_id]
        answer, points = _difference(statement, account, before, held)
        if points is not None:
            new.append(_New(len(posted), statement, points, before.n))
        posted.append(answer)
    if new:
        _open_accounts(programme, [one.statement.customer_id for one in new], accounts, at)
        rows = _entries(source, new, accounts, on=on, reason=reason)
        write_entries(programme, rows, accounts=accounts.values(), at=at)
        for one, row in zip(new, rows, strict=True):
            posted[one.index] = Posted(entry_id=row["id"])
    return posted


def _difference(
    statement: Statement, account: Account | None, before: _Past, held: dict[int, int]
) -> tuple[Posted, int | None]:
    """(the answer, the points to post or None)."""
    if before.last == _said(statement):
        return Posted(), None
    if statement.as_of and before.last_as_of > statement.as_of.isoformat():  # "-" is before all
        return Posted(problem="older"), None
    balance = account.balance if account else 0
    standing = held[statement.customer_id] if statement.as_of else balance
    points = statement.points - standing
    if points < 0 and balance + points < 0:
        return Posted(problem="overdrawn"), None
    is_worth_noting = points != 0 or before.n > 0
    return Posted(), points if is_worth_noting else None


def _accounts(programme: Programme, statements: Sequence[Statement]) -> dict[int, Account]:
    """Customer → account, locked; a customer without one is not in it."""
    wanted = {statement.customer_id for statement in statements}
    rows = Account.objects.filter(programme=programme, customer_id__in=wanted)
    return {row.customer_id: row for row in rows.order_by("pk").select_for_update(no_key=True)}


def _past(source: str, accounts: dict[int, Account]) -> defaultdict[int, _Past]:
    """What this source said before, by customer."""
    past: defaultdict[int, _Past] = defaultdict(_Past)
    owners = {account.pk: customer_id for customer_id, account in accounts.items()}
    rows = LedgerEntry.objects.filter(
        account_id__in=owners, idempotency_key__startswith=f"balance:{_named(source)}:"
    )
    for account_id, key in rows.order_by("pk").values_list("account_id", "idempotency_key"):
        one = past[owners[account_id]]
        _balance, _source, said, _nth, *taken_back = key.split(":")
        one.n += 1
        if not taken_back:
            one.said.append(said)
        elif said in one.said:
            one.said.remove(said)
    return past


def _held_until(
    accounts: dict[int, Account], statements: Sequence[Statement]
) -> defaultdict[int, int]:
    """What the ledger held at the end of each statement's day, earlier statements included."""
    held: defaultdict[int, int] = defaultdict(int)
    as_of = {s.customer_id: s.as_of for s in statements if s.as_of}
    owners = {a.pk: customer_id for customer_id, a in accounts.items() if customer_id in as_of}
    rows = LedgerEntry.objects.filter(account_id__in=owners).values_list(
        "account_id", "points", "posted_on", "idempotency_key"
    )
    for account_id, points, posted_on, key in rows:
        customer_id = owners[account_id]
        if posted_on <= as_of[customer_id] or key.startswith("balance:"):
            held[customer_id] += points
    return held


def _named(source: str) -> str:
    return sha256(source.encode()).hexdigest()[:16]


def _said(statement: Statement) -> str:
    return f"{statement.as_of or NO_DAY}={statement.points}"


def _entries(
    source: str, new: Sequence[_New], accounts: dict[int, Account], *, on: date, reason: str
) -> list[dict[str, Any]]:
    """Rows of the ledger; the accounts say their new balance from here on."""
    rows = []
    for pk, one in zip(new_ids(LedgerEntry, len(new)), new, strict=True):
        account = accounts[one.statement.customer_id]
        account.balance += one.points
        key = f"balance:{_named(source)}:{_said(one.statement)}:{account.pk}.{one.n_before}"
        rows.append(
            {"id": pk, "account_id": account.pk, "kind": ADJUSTMENT, "points": one.points,
             "posted_on": on, "reason": reason[:200], "idempotency_key": key}
        )  # fmt: skip
    return rows


def _open_accounts(
    programme: Programme, customer_ids: Sequence[int], accounts: dict[int, Account], at: datetime
) -> None:
    missing = [pk for pk in customer_ids if pk not in accounts]
    named = {"programme_id": programme.pk, "balance": 0, "opened_at": at}
    insert_rows(Account, [{"customer_id": pk, **named} for pk in missing], on_conflict="DO NOTHING")
    opened = Account.objects.filter(programme=programme, customer_id__in=missing)
    accounts |= {account.customer_id: account for account in opened}


def write_entries(
    programme: Programme, rows: list[dict[str, Any]], *, accounts: Iterable[Account], at: datetime
) -> None:
    """Insert entries whose accounts, which are locked, already say their new balance."""
    insert_rows(LedgerEntry, [{**row, "created_at": at} for row in rows])
    n_days = programme.points_expire_after_days
    lots = [
        {"entry_id": row["id"], "account_id": row["account_id"], "points": row["points"],
         "remaining": row["points"],
         "expires_on": row["posted_on"] + timedelta(days=n_days) if n_days else None}
        for row in rows if row["points"] > 0
    ]  # fmt: skip
    insert_rows(PointLot, lots)
    balances = {account.pk: account.balance for account in accounts}
    causes = {row["account_id"]: row["id"] for row in rows}
    update_rows(Account, [{"id": pk, "balance": balances[pk]} for pk in sorted(causes)])
    settle_lots(causes)


@transaction.atomic
def take_back_statements(*, entry_ids: Collection[int], on: date, at: datetime) -> int:
    """Post the opposite of what statements posted, the latest first; how many."""
    wait_for_ledger()
    entries = list(LedgerEntry.objects.filter(pk__in=entry_ids).order_by("-pk"))
    locked = Account.objects.filter(pk__in={entry.account_id for entry in entries})
    accounts = {row.pk: row for row in locked.order_by("pk").select_for_update(no_key=True)}
    by_programme: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for pk, entry in zip(new_ids(LedgerEntry, len(entries)), entries, strict=True):
        account = accounts[entry.account_id]
        account.balance -= entry.points
        by_programme[account.programme_id].append(
            {"id": pk, "account_id": account.pk, "kind": ADJUSTMENT, "points": -entry.points,
             "posted_on": on, "reason": entry.reason,
             "idempotency_key": entry.idempotency_key + TAKEN_BACK}
        )  # fmt: skip
    for programme in Programme.objects.filter(pk__in=by_programme):
        rows = by_programme[programme.pk]
        write_entries(programme, rows, accounts=accounts.values(), at=at)
    return len(entries)
