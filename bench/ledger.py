"""Redemptions against the bare conditional UPDATE + INSERT, over the same 50 connections.

    ./dev bench ledger [seconds]

Fifty clients redeem one point at a time, all from one account and then each time from another of
10,000. The bare side does what any ledger must: one conditional UPDATE of a balance and one INSERT
of an entry, in a transaction, in tables of the same columns and keys under the same row security.
Both sides run by turns for the same time, and the best rates of each are compared.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count
from time import perf_counter

from django.db import connection, connections, transaction

import bench._django  # noqa: F401  first: it loads the settings
from bench._measuring import Report
from customers.models import Customer
from customers.services.bulk_rows import insert_rows, new_ids
from loyalty.models import Account, LedgerEntry, PointLot
from loyalty.services.programme import Rung, Terms, create_programme
from loyalty.services.redemption import redeem
from tenancy.models import Clinic
from tenancy.scope import clinic_scope
from tenancy.services.clinics import create_clinic
from tenancy.statistics import refresh_statistics

N_CLIENTS, N_ACCOUNTS = 50, 10_000
SECONDS, N_ROUNDS = 6.0, 3
LEAST_RATE = 0.5
POINTS = 10_000_000
TODAY = date(2026, 5, 1)
Work = Callable[[int], None]  # of the account with this place

_BARE_TABLES = """
DROP TABLE IF EXISTS bench_entry, bench_account;
CREATE TABLE bench_account (LIKE loyalty_account INCLUDING ALL);
CREATE TABLE bench_entry (LIKE loyalty_ledgerentry INCLUDING ALL);
INSERT INTO bench_account SELECT * FROM loyalty_account;
"""


def make_accounts() -> tuple[Clinic, list[int]]:
    """Accounts with one lot each that no run can empty."""
    clinic = create_clinic(
        slug=f"bench-ledger-{perf_counter():.0f}",
        name="Bench",
        timezone="Asia/Shanghai",
        currency="CNY",
        country="CN",
    )
    with clinic_scope(clinic.pk):
        programme = create_programme(
            terms=Terms(name="Points", points_per_unit=1, point_value_minor=1),
            ladder=[Rung("Member", 0)],
            starts_on=TODAY,
        )
        now = "2026-05-01T00:00:00+00:00"
        customers = new_ids(Customer, N_ACCOUNTS)
        insert_rows(Customer, [{"id": pk, "name": f"C{pk}", "known_since_on": TODAY, "custom": {},
            **dict.fromkeys(("gender", "occupation", "education", "city", "district", "address",
            "acquisition_source", "language", "notes"), ""), "created_at": now, "updated_at": now}
            for pk in customers])  # fmt: skip
        accounts, entries = new_ids(Account, N_ACCOUNTS), new_ids(LedgerEntry, N_ACCOUNTS)
        insert_rows(Account, [{"id": pk, "programme_id": programme.pk, "customer_id": customer,
            "balance": POINTS, "opened_at": now}
            for pk, customer in zip(accounts, customers, strict=True)])  # fmt: skip
        insert_rows(LedgerEntry, [{"id": pk, "account_id": account, "kind": "accrual",
            "points": POINTS, "posted_on": TODAY, "idempotency_key": f"start:{account}",
            "reason": "", "created_at": now}
            for pk, account in zip(entries, accounts, strict=True)])  # fmt: skip
        insert_rows(PointLot, [{"entry_id": pk, "account_id": account, "points": POINTS,
            "remaining": POINTS, "expires_on": date(2099, 1, 1)}
            for pk, account in zip(entries, accounts, strict=True)])  # fmt: skip
        refresh_statistics(Account, LedgerEntry, PointLot, n_rows=N_ACCOUNTS)
    return clinic, accounts


def make_bare_tables(clinic: Clinic) -> None:
    """Same columns, keys, checks and wall; no triggers and no references, lots or uses."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('clinic_crm.clinic_id', %s, true)", [str(clinic.pk)])
        cursor.execute(_BARE_TABLES)
        for table in ("bench_account", "bench_entry"):
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            cursor.execute(
                f"CREATE POLICY wall ON {table} USING (clinic_id = (SELECT tenancy_clinic_id()))"
                " WITH CHECK (clinic_id = (SELECT tenancy_clinic_id()))"
            )
            user = connections["default"].settings_dict["USER"]
            cursor.execute(f'GRANT ALL ON {table} TO "{user}"')


def bare(clinic: Clinic, accounts: list[int]) -> Work:
    numbers = count()

    def work(place: int) -> None:
        key = f"redemption:bare-{next(numbers)}"
        with clinic_scope(clinic.pk), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE bench_account SET balance = balance - 1"
                " WHERE clinic_id = %s AND id = %s AND balance >= 1",
                [clinic.pk, accounts[place]],
            )
            assert cursor.rowcount == 1
            cursor.execute(
                "INSERT INTO bench_entry (clinic_id, account_id, kind, points, posted_on,"
                " idempotency_key, reason, created_at)"
                " VALUES (%s, %s, 'redemption', -1, %s, %s, '', now())",
                [clinic.pk, accounts[place], TODAY, key],
            )

    return work


def ours(clinic: Clinic, accounts: list[int]) -> Work:
    numbers = count()
    with clinic_scope(clinic.pk):
        known = Account.objects.select_related("programme").in_bulk(accounts)

    def work(place: int) -> None:
        with clinic_scope(clinic.pk):
            redeem(
                account=known[accounts[place]], points=1, on=TODAY,
                idempotency_key=f"ours-{next(numbers)}",
            )  # fmt: skip

    return work


def rate(work: Work, pool: ThreadPoolExecutor, *, n_accounts: int, seconds: float) -> float:
    """Transactions a second, all clients together."""
    until = perf_counter() + seconds

    def client(number: int) -> int:
        n_done, place = 0, number * 7_919
        while perf_counter() < until:
            work(place % n_accounts)
            place += 104_729
            n_done += 1
        return n_done

    began = perf_counter()
    done = sum(pool.map(client, range(N_CLIENTS)))
    return done / (perf_counter() - began)


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    clinic, accounts = make_accounts()
    make_bare_tables(clinic)
    works = {"bare": bare(clinic, accounts), "ours": ours(clinic, accounts)}
    report = Report()
    with ThreadPoolExecutor(N_CLIENTS) as pool:
        for n_accounts in (1, N_ACCOUNTS):
            best = dict.fromkeys(works, 0.0)
            for number in range(N_ROUNDS):
                for name in works if number % 2 else reversed(works):
                    found = rate(works[name], pool, n_accounts=n_accounts, seconds=seconds)
                    best[name] = max(best[name], found)
            where = f"{N_CLIENTS} clients on {n_accounts:,}"
            for name, found in best.items():
                report.told(f"redemptions/s, {name}, {where}", found)
            # The report knows ceilings: at least half the rate is at most twice the time.
            times = best["bare"] / best["ours"]
            report.limited(f"times the bare time, {where}", times, 1 / LEAST_RATE)
        list(pool.map(lambda _number: connections.close_all(), range(N_CLIENTS)))
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main())
