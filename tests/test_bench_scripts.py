"""The benchmarks' own arithmetic: what is a query, what is over, whose turn it is."""

import pytest
from django.db import connection, transaction

from bench import _measuring
from bench._measuring import Report, asked_by, medians_by_turns
from tenancy.models import Branch, Clinic
from tenancy.scope import clinic_scope
from tests.conftest import outside_scope


def test_queries_are_counted_apart_from_the_words_around_them(clinic):
    def work() -> None:
        with transaction.atomic():
            list(Branch.objects.all())
            Branch.objects.count()

    asked = asked_by(work)

    assert (asked.n_queries, asked.n_transaction_words) == (2, 2)
    assert connection.force_debug_cursor is False


@pytest.mark.parametrize(("value", "exit_code", "verdict"), [(1.15, 0, "ok"), (1.151, 1, "over")])
def test_a_figure_above_its_limit_ends_in_exit_code_one(capsys, value, exit_code, verdict):
    report = Report()
    report.limited("walls.list", value, 1.15)
    report.told("walls.list on", 12.5, "ms")

    assert report.exit_code == exit_code
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["walls.list", f"{value:.3f}", "1.15", verdict]
    assert second.split() == ["walls.list", "on", "12.500", "-", "ms"]


def test_one_figure_that_is_over_is_not_forgotten_by_good_ones_after_it():
    report = Report()
    report.limited("a", 9, 8)
    report.limited("b", 7, 8)

    assert report.exit_code == 1


def test_works_take_turns_and_the_warm_up_is_not_counted(monkeypatch):
    now, order = [0.0], []
    costs = {"slow": iter([100.0, 4.0, 5.0, 6.0]), "quick": iter([100.0, 1.0, 1.0, 2.0])}
    monkeypatch.setattr(_measuring, "perf_counter", lambda: now[0])

    def work(name: str):
        def spend() -> None:
            order.append(name)
            now[0] += next(costs[name])

        return spend

    works = {name: work(name) for name in costs}
    medians = medians_by_turns(works, n_rounds=3, n_warm_up=1)

    assert medians == {"slow": 5.0, "quick": 1.0}
    assert order == ["quick", "slow", "slow", "quick", "quick", "slow", "slow", "quick"]


def test_a_written_world_is_what_the_services_would_have_left(transactional_db):
    """Balances, lots, visits and last days agree, so a page over it shows no nonsense."""
    from bench._worlds import make_clinic
    from customers.models import Appointment, Customer, Sale, Visit
    from loyalty.models import Account, LedgerEntry, PointLot

    with outside_scope():
        big = make_clinic("written", 60)
    with clinic_scope(big.clinic.pk):
        assert Customer.objects.count() == len(big.customer_ids) == 60
        assert Clinic.objects.get(slug="written").pk == big.clinic.pk
        for customer in Customer.objects.all():
            came = Appointment.objects.filter(customer=customer, status="attended")
            days = {
                appointment.starts_at.astimezone(big.clinic.zone).date() for appointment in came
            }
            days |= set(
                Sale.objects.filter(customer=customer).values_list("occurred_on", flat=True)
            )
            visits = Visit.objects.filter(customer=customer)
            assert set(visits.values_list("visited_on", flat=True)) == days
            assert customer.last_visit_on == max(days, default=None)
        for account in Account.objects.all():
            entries = LedgerEntry.objects.filter(account=account)
            lots = PointLot.objects.filter(account=account)
            assert (
                account.balance
                == sum(e.points for e in entries)
                == sum(lot.remaining for lot in lots)
            )
