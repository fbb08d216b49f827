"""`manage.py score` and `manage.py export_scores`, as typed."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from segmentation.models import CustomerScore, ScoreRun
from segmentation.services.score_run import run
from tests.conftest import outside_scope
from tests.factories.customers import CustomerFactory, IdentityFactory, SaleFactory

AS_OF = date(2026, 5, 31)
HEADER = (
    "external_id,recency_days,frequency,monetary_minor,r,f,m,stage,layer,churn_probability,"
    "p_alive,expected_purchases,expected_spend_minor,clv_minor,next_due_on,next_due_treatment"
)


def call(name: str, *arguments: str) -> tuple[str, str]:
    """What the command prints: (to standard output, to standard error)."""
    out, err = io.StringIO(), io.StringIO()
    with outside_scope():
        call_command(name, "--clinic", "north", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def export(path) -> str:
    call("export_scores", "--as-of", str(AS_OF), "--out", str(path))
    return path.read_text(encoding="utf-8")


def test_score_prints_a_short_report(clinic):
    CustomerFactory()
    SaleFactory(customer=CustomerFactory(), on=AS_OF)

    out, _err = call("score", "--as-of", "2026-05-31", "--rfm-window-days", "all")

    assert "north: 2 customers scored as of 2026-05-31 (version 1)" in out
    assert "RFM window: everything, churn horizon: 180 days" in out
    assert "stages: potential 1, new 1, active 0, loyal 0, dormant 0, churned 0" in out
    assert "churn: prior model" in out


def test_score_without_a_day_takes_the_clinics_yesterday(clinic):
    call("score", "--horizon-days", "90", "--rfm-window-days", "365")

    made = ScoreRun.objects.get()
    assert made.as_of == timezone.now().astimezone(clinic.zone).date() - timedelta(days=1)
    assert (made.rules["churn"]["horizon_days"], made.rules["rfm_window_days"]) == (90, 365)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as-of", "31.05.2026"], "write it as YYYY-MM-DD"),
        (["--as-of", "2999-01-01"], "still to come"),
        (["--horizon-days", "0"], "between 1 and"),
        (["--rfm-window-days", "some"], "neither a number of days nor"),
    ],
)
def test_score_refuses_what_it_cannot_do_and_says_why(clinic, arguments, says):
    with pytest.raises(CommandError, match=says):
        call("score", *arguments)


def test_export_has_one_row_a_customer_and_the_agreed_columns(clinic, tmp_path):
    regular, visitor = CustomerFactory(), CustomerFactory()
    IdentityFactory(customer=visitor, external_id="V-2")
    IdentityFactory(customer=regular, external_id="R-1")
    IdentityFactory(customer=regular, source="card", external_id="LATER")
    for days in (10, 40, 70):
        SaleFactory(customer=regular, on=AS_OF - timedelta(days=days))
    made = run(as_of=AS_OF)
    score = CustomerScore.objects.get(run=made, customer=regular)

    text = export(tmp_path / "scores.csv")

    lines = text.splitlines()
    assert lines[0] == HEADER
    assert lines[1] == (
        f"R-1,10,3,30000,1,1,1,active,high,{score.churn_probability},{score.p_alive},"
        f"{score.expected_purchases},10000,{score.clv_minor},{score.next_due_on},"
    )
    assert lines[2] == "V-2,,0,0,,,,potential,regular,,,,,,,"
    assert len(lines) == 3


def test_export_twice_gives_the_same_bytes_also_after_scoring_again(clinic, tmp_path):
    for number in range(5):
        customer = IdentityFactory(external_id=f"C-{number}").customer
        SaleFactory(customer=customer, on=AS_OF - timedelta(days=30 * number))
    run(as_of=AS_OF)
    first = export(tmp_path / "first.csv")

    run(as_of=AS_OF)

    assert export(tmp_path / "second.csv") == first


@pytest.mark.parametrize("dangerous", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_export_is_safe_to_open_in_a_spreadsheet(clinic, tmp_path, dangerous):
    IdentityFactory(external_id=dangerous)
    run(as_of=AS_OF)

    rows = list(csv.DictReader(io.StringIO(export(tmp_path / "scores.csv"))))

    assert rows[0]["external_id"] == f"'{dangerous}"


def test_export_names_how_many_have_no_id_and_what_to_do(clinic, tmp_path):
    CustomerFactory()
    run(as_of=AS_OF)

    out, err = call("export_scores", "--as-of", "2026-05-31", "--out", str(tmp_path / "s.csv"))

    assert out.startswith("1 customers written to")
    assert err.startswith("1 customers have no external id")
    assert "Import them with an id" in err


def test_export_of_a_day_that_was_not_scored_is_refused(clinic, tmp_path):
    run(as_of=AS_OF)

    with pytest.raises(CommandError, match=r"2026-05-30 was not scored.*2026-05-31"):
        call("export_scores", "--as-of", "2026-05-30", "--out", str(tmp_path / "s.csv"))

    assert list(tmp_path.iterdir()) == []


def test_export_to_a_place_that_is_none_is_refused(clinic, tmp_path):
    run(as_of=AS_OF)

    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        export(tmp_path / "missing" / "s.csv")
