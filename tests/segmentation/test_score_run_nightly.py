"""Each clinic once a night, whatever happens to beats and workers."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from segmentation import tasks
from segmentation.models import CustomerScore, ScoreRun
from segmentation.services import nightly, score_run
from segmentation.services.nightly import day_to_score, score_finished_day
from segmentation.services.score_retention import prune_runs
from segmentation.services.score_run import run
from tenancy.models import Clinic, NightlySlot
from tenancy.scope import clinic_scope
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.tenancy import ClinicFactory

# 1 June 2026, two o'clock at night in Shanghai
NIGHT = datetime(2026, 5, 31, 18, 0, tzinfo=UTC)
DAY = date(2026, 5, 31)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (NIGHT, DAY),
        (NIGHT - timedelta(hours=1, minutes=1), None),  # 00:59
        (NIGHT + timedelta(hours=10), DAY),  # noon: the night was missed
    ],
)
def test_a_day_is_due_from_the_night_on_until_it_is_scored(clinic, at, due):
    assert day_to_score(clinic, at=at) == due


def test_a_scored_day_is_not_due_again_but_the_next_one_is(clinic):
    score_finished_day(at=NIGHT)

    assert day_to_score(clinic, at=NIGHT) is None
    assert day_to_score(clinic, at=NIGHT + timedelta(days=1)) == DAY + timedelta(days=1)


def test_the_night_is_the_clinics_own(db):
    los_angeles = ClinicFactory(timezone="America/Los_Angeles")

    with clinic_scope(los_angeles.pk):
        assert day_to_score(los_angeles, at=NIGHT) == date(2026, 5, 30)


def test_second_delivery_of_a_night_does_nothing(clinic):
    first = score_finished_day(at=NIGHT)

    assert first.as_of == DAY
    assert score_finished_day(at=NIGHT) is None
    assert ScoreRun.objects.count() == 1


def test_beat_runs_every_active_clinic_once(clinic, other_clinic, in_clinic, run_tasks):
    Clinic.objects.filter(pk=clinic.pk).update(is_active=False)

    with time_machine.travel(NIGHT, tick=False), run_tasks():
        _outside(tasks.start_nightly_runs)
        _outside(tasks.start_nightly_runs)

    assert not ScoreRun.objects.exists()
    with in_clinic(other_clinic):
        assert list(ScoreRun.objects.values_list("as_of", flat=True)) == [DAY]


def _outside(task) -> None:
    from tests.conftest import outside_scope

    with outside_scope():
        task()


@pytest.fixture
def committed_clinic(transactional_db):
    made = ClinicFactory(slug="north")
    with clinic_scope(made.pk):
        SaleFactory(customer=CustomerFactory(), on=DAY)
    return made


def test_two_workers_at_once_make_one_run(committed_clinic):
    barrier, faults = threading.Barrier(2), []

    def work() -> None:
        try:
            barrier.wait(timeout=10)
            with clinic_scope(committed_clinic.pk):
                score_finished_day(at=NIGHT)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)

    assert faults == []
    with clinic_scope(committed_clinic.pk):
        assert list(ScoreRun.objects.values_list("as_of", "version")) == [(DAY, 1)]
        assert NightlySlot.objects.count() == 1


def test_night_that_dies_gives_its_slot_back(committed_clinic, monkeypatch):
    def die(*_args):
        raise SystemExit("killed")

    with monkeypatch.context() as broken:
        broken.setattr(score_run, "write_scores", die)
        with pytest.raises(SystemExit), clinic_scope(committed_clinic.pk):
            score_finished_day(at=NIGHT)

    with clinic_scope(committed_clinic.pk):
        assert not ScoreRun.objects.exists()
        assert day_to_score(committed_clinic, at=NIGHT) == DAY
        assert nightly.score_finished_day(at=NIGHT).is_current


def test_score_now_shows_its_progress_to_others(committed_clinic, monkeypatch):
    """Steps are committed one by one, so a second connection sees them."""
    from segmentation.services import score_jobs
    from tenancy.models import Job

    with clinic_scope(committed_clinic.pk):
        job = score_jobs.ask_for_run(by=None)
    seen = []

    def look(*args):
        def read() -> None:
            with clinic_scope(committed_clinic.pk):
                seen.append(Job.objects.get(pk=job.pk).n_done)
            connection.close()

        watcher = threading.Thread(target=read)
        watcher.start()
        watcher.join(timeout=10)
        return write(*args)

    write = score_run.write_scores
    monkeypatch.setattr(score_run, "write_scores", look)
    tasks.score_now(clinic_id=committed_clinic.pk, job_id=job.pk)

    assert seen == [2]
    with transaction.atomic(), clinic_scope(committed_clinic.pk):
        assert Job.objects.get(pk=job.pk).state == "done"


def _kept_days() -> list[tuple[date, int]]:
    return list(ScoreRun.objects.order_by("as_of", "version").values_list("as_of", "version"))


def test_pruning_keeps_current_month_ends_and_the_last_two(clinic):
    CustomerFactory()
    days = [date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 28), *_days(date(2026, 5, 1), 5)]
    for day in days:
        made = run(as_of=day)

    n_gone = prune_runs(at=made.finished_at + timedelta(days=3))

    assert n_gone == 4
    assert [day for day, _version in _kept_days()] == [
        date(2026, 3, 31), date(2026, 4, 28), date(2026, 5, 4), date(2026, 5, 5)
    ]  # fmt: skip
    assert CustomerScore.objects.count() == 4


def test_pruning_drops_superseded_versions_but_not_the_one_being_read(clinic):
    for _time in range(3):
        made = run(as_of=DAY)

    prune_runs(at=made.finished_at)

    assert _kept_days() == [(DAY, 2), (DAY, 3)]


def test_pruning_leaves_past_days_scored_by_hand_for_two_days(clinic):
    for day in _days(date(2026, 2, 1), 4):
        made = run(as_of=day)

    assert prune_runs(at=made.finished_at + timedelta(hours=47)) == 0


def _days(first: date, n: int) -> list[date]:
    return [first + timedelta(days=i) for i in range(n)]
