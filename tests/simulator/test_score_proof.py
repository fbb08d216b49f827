"""The proof of the scores: it runs, it holds, and it notices when a score is wrong."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from clinic_crm.score_proof import figures
from clinic_crm.score_proof.clinics import KnownClinic
from clinic_crm.score_proof.edges import edges
from clinic_crm.score_proof.figures import Figure, figures_of

SIZE, SEED = 3_000, 7


@pytest.fixture(scope="module")
def told() -> dict[str, Figure]:
    return {one.name: one for one in figures_of(SIZE, SEED)}


def test_all_limits_hold(told):
    assert [name for name, one in told.items() if one.is_missed] == []
    assert sum(one.limit is not None for one in told.values()) >= 8


def test_nobody_is_told_better_than_by_who_knows_who_has_left(told):
    assert told["churn: AUC"].value < told["churn: AUC of who knows who has left"].value


def test_a_due_day_that_is_late_is_noticed(monkeypatch):
    honest = figures.next_due

    def late(*args, **options):
        found = honest(*args, **options)
        return replace(found, day=found.day + 40, first_day=found.first_day + 40)

    monkeypatch.setattr(figures, "next_due", late)
    missed = {one.name for one in figures_of(SIZE, SEED) if one.is_missed}

    assert "due: error ÷ that of the fixed interval" in missed
    assert "due: share inside the 80 % range, lowest" in missed


def test_a_score_that_looks_ahead_is_noticed(monkeypatch):
    honest = KnownClinic.scores

    def ahead(self, on):
        seen = honest(self, on)
        later = np.bincount(self.sales.customer_id, self.sales.day, self.n_people)
        return replace(seen, churn_probability=seen.churn_probability * 0.9 + later % 7 * 1e-3)

    monkeypatch.setattr(KnownClinic, "scores", ahead)
    missed = {one.name for one in figures_of(SIZE, SEED) if one.is_missed}

    assert "leak: columns that a shuffled future changes" in missed


def test_absurd_clinics_get_a_sound_answer():
    found = list(edges())

    assert all(one.is_sound for one in found)
    assert {one.name for one in found if "too little data" in one.said} >= {"nobody"}


def test_command_prints_a_page_and_fails_when_a_limit_is_missed(tmp_path, monkeypatch):
    page, out = tmp_path / "proof.md", StringIO()
    call_command("prove", "scores", sizes=(200,), page=page, stdout=out)
    assert "| leak: columns that a shuffled future changes | 0.000 | ≤ 0 | ok |" in page.read_text()
    assert "A clinic of 200 records" in out.getvalue()

    bad = [Figure("churn: calibration error", 0.2, 0.05)]
    monkeypatch.setattr("clinic_crm.score_proof.report.figures_of", lambda *_: bad)
    with pytest.raises(CommandError, match="1 of the figures"):
        call_command("prove", "scores", sizes=(200,), stdout=StringIO())
