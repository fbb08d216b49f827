"""The report card of a run, and the run that waits for a person because too much moved."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from segmentation.models import ScoreRun
from segmentation.score_queries import current_run
from segmentation.services import score_run
from segmentation.services.score_run import ScoreRefused, held_run, release, run
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.tenancy import BranchFactory

AS_OF = date(2026, 5, 31)


def fill(n: int, branch=None) -> list:
    customers = []
    for place in range(n):
        customer = CustomerFactory(home_branch=branch, birth_on=date(1960 + place % 45, 3, 1))
        customers.append(customer)
        first = 20 + 9 * (place % 60)
        for days_ago in range(first, 900, 45 + place % 50):
            SaleFactory(customer=customer, on=AS_OF - timedelta(days=days_ago), net_minor=5_000)
    return customers


@pytest.fixture
def clinic_with_past(clinic):
    north, south = BranchFactory(name="North gate"), BranchFactory(name="South gate")
    fill(60, north)
    fill(60, south)
    return clinic


def test_card_tells_tenths_and_groups_in_browser_and_terminal(clinic_with_past, client_as):
    made = run(as_of=AS_OF)

    card = made.report["card"]
    assert card["n"] == made.report["n_tested"] > 80
    assert sum(figures[0] for figures in card["bins"]) == card["n"]
    assert set(card["groups"]) == {"branch", "age", "days"}
    shown = client_as("manager").get("/segments/scores/")
    page = shown.content.decode()
    assert "What was said, and what came" in page
    assert "Of 100 customers it called likely to leave," in page
    said, left = shown.context["card"].chart["series"]
    assert said["values"] == [figures[1] for figures in reversed(card["bins"])]
    assert left["values"] == [figures[2] for figures in reversed(card["bins"])]
    called = [(n, away) for n, said, away in card["bins"] if said >= 0.5]
    n_left = sum(n * away for n, away in called)
    assert shown.context["card"].of_hundred_called == round(
        100 * n_left / sum(n for n, _ in called)
    )
    assert "North gate" in page

    out = StringIO()
    call_command("train_report", clinic=clinic_with_past.slug, stdout=out)
    assert f"AUC {made.report['auc']:.3f}" in out.getvalue()
    assert "calibration error" in out.getvalue()
    assert "North gate" in out.getvalue()


def test_report_of_a_clinic_never_scored_says_what_to_do(clinic):
    with pytest.raises(Exception, match=r"run manage\.py score first"):
        call_command("train_report", clinic=clinic.slug)


@pytest.fixture
def moved(clinic_with_past, monkeypatch):
    """A second run after which more moved than anybody expected."""
    first = run(as_of=AS_OF - timedelta(days=1))
    monkeypatch.setattr(score_run, "moved_since", lambda *_: 0.6)
    return first, run(as_of=AS_OF)


def test_a_run_that_moved_too_many_waits(moved):
    first, second = moved

    assert current_run() == first
    assert held_run() == second
    assert second.report["moved_share"] == 0.6


def test_who_may_score_releases_it_and_who_may_not_cannot(moved, client_as):
    first, second = moved
    assert "New scores are waiting" in client_as("staff").get("/segments/scores/").content.decode()
    assert client_as("staff").post(f"/segments/scores/held/{second.pk}/").status_code == 403
    assert current_run() == first

    client_as("manager").post(f"/segments/scores/held/{second.pk}/")

    assert current_run() == second
    assert held_run() is None
    assert (
        "New scores are waiting"
        not in client_as("manager").get("/segments/scores/").content.decode()
    )


def test_a_run_overtaken_by_a_newer_one_is_not_released(moved, monkeypatch):
    _first, second = moved
    monkeypatch.setattr(score_run, "moved_since", lambda *_: 0.1)
    third = run(as_of=AS_OF)

    with pytest.raises(ScoreRefused, match="newer run"):
        release(run_id=second.pk)
    assert current_run() == third


def test_ordinary_days_and_other_rules_hold_nothing(clinic_with_past):
    fill(100)
    run(as_of=AS_OF - timedelta(days=1))
    second = run(as_of=AS_OF)
    other = run(as_of=AS_OF, horizon_days=60)

    assert second.report["moved_share"] < 0.1
    assert other.report["moved_share"] is None
    assert ScoreRun.objects.filter(is_held=True).count() == 0
