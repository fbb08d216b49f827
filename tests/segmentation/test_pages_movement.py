"""Movement between two kept runs: the matrix, the people behind a cell, the movers, the history."""

from collections import Counter
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from segmentation.models import ScoreRun
from segmentation.scores_pages import history
from segmentation.scores_pages.history import NONE, UNKNOWN, Moved
from segmentation.scores_pages.movers import movers
from tenancy.clock import local_day
from tests.factories.customers import CustomerFactory, SaleFactory
from tests.factories.tenancy import BranchFactory, MembershipFactory
from tests.segmentation.pages_people import made_run, scored

URL = "/segments/scores/movement/"
APRIL, MAY = date(2026, 4, 30), date(2026, 5, 31)


@pytest.fixture
def runs(clinic):
    return made_run(APRIL), made_run(MAY, is_current=True)


def moved(runs, before: dict, after: dict, **fields):
    """One customer, as they were and as they are."""
    customer = CustomerFactory(**fields)
    scored(runs[0], customer, **before)
    return scored(runs[1], customer, **after).customer


def test_matrix_counts_who_went_from_where_to_where(runs):
    moved(runs, {"stage": "active"}, {"stage": "dormant"})
    moved(runs, {"stage": "active"}, {"stage": "dormant"})
    moved(runs, {"stage": "new"}, {"stage": "new"})
    scored(runs[1], stage="new")

    found = history.movement(*runs, "stage", None)

    assert found == Counter({("active", "dormant"): 2, ("new", "new"): 1, (UNKNOWN, "new"): 1})


def test_matrix_of_grades_tells_who_bought_nothing_apart_from_who_was_not_known(runs):
    moved(runs, {"r": None, "f": None, "m": None}, {"r": 5})
    moved(runs, {"r": 5}, {"r": None, "f": None, "m": None})
    scored(runs[1], r=1)

    assert history.movement(*runs, "r", None) == Counter(
        {(NONE, "5"): 1, ("5", NONE): 1, (UNKNOWN, "1"): 1}
    )


def test_matrix_leaves_out_who_was_merged_or_erased(runs):
    kept = moved(runs, {}, {})
    moved(runs, {}, {}, merged_into=kept)
    moved(runs, {}, {}, erased_at=timezone.now())

    assert sum(history.movement(*runs, "layer", None).values()) == 1
    assert history.stages_by_run(list(runs), None)[runs[1].pk] == Counter({"active": 1})


@pytest.mark.parametrize("axis", ["stage", "layer", "r", "f", "m"])
def test_every_cell_leads_to_as_many_people_as_it_says(runs, client_as, axis):
    moved(runs, {"stage": "active", "layer": "high"}, {"stage": "dormant", "layer": "at_risk"})
    moved(runs, {"r": None, "f": None, "m": None}, {"r": 5, "f": 2})
    moved(runs, {"m": 5, "layer": "regular"}, {"m": 4, "layer": "high"})
    scored(runs[1], stage="new", layer="lost")
    client = client_as("analyst")

    page = client.get(URL, {"axis": axis})

    cells = [cell for row in page.context["rows"] for cell in row.cells if cell.n]
    assert sum(cell.n for cell in cells) == 4
    for cell in cells:
        people = client.get(cell.url)
        assert (people.context["total"], len(people.context["page"].rows)) == (cell.n, cell.n)


def test_rows_and_stage_lines_lead_to_their_people(runs, client_as):
    moved(runs, {"stage": "active"}, {"stage": "dormant"})
    moved(runs, {"stage": "active"}, {"stage": "loyal"})
    client = client_as("owner")

    page = client.get(URL)

    (row,) = page.context["rows"]
    assert client.get(row.url).context["total"] == row.total == 2
    lines = {line.stage: line for line in page.context["lines"]}
    assert (lines["active"].n, lines["active"].change) == (0, -2)
    assert client.get(lines["loyal"].url).context["total"] == lines["loyal"].change == 1


def test_branch_bound_member_sees_own_branch_only(runs, client_as):
    mine, theirs = BranchFactory(), BranchFactory()
    moved(runs, {"stage": "active"}, {"stage": "dormant"}, home_branch=mine, name="Of Mine")
    moved(runs, {"stage": "active"}, {"stage": "dormant"}, home_branch=theirs, name="Of Theirs")
    client = client_as(MembershipFactory(role="staff", branch=mine))

    page = client.get(URL)
    people = client.get(page.context["rows"][0].url)

    assert page.context["n_compared"] == 1
    assert sum(line.n for line in page.context["lines"]) == 1
    for shown in (page, people):
        assert "Of Mine" in shown.content.decode()
        assert "Of Theirs" not in shown.content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_pages_ask_a_fixed_number_of_queries(runs, client_as, django_assert_num_queries, n):
    for _number in range(n):
        moved(runs, {"stage": "loyal", "layer": "high"}, {"stage": "dormant", "layer": "at_risk"})
        moved(runs, {"layer": "regular"}, {"layer": "high"})
    client = client_as("owner")

    with django_assert_num_queries(PAGE_QUERIES):
        page = client.get(URL, {"axis": "layer"})
    assert len(page.context["fell"]) == len(page.context["rose"]) == n
    with django_assert_num_queries(PEOPLE_QUERIES):
        client.get(page.context["rows"][0].url)


PAGE_QUERIES, PEOPLE_QUERIES = 20, 16


def test_movers_go_by_layers_first_and_worth_second(runs, clinic):
    small = moved(runs, {"layer": "at_risk"}, {"layer": "high", "clv_minor": 60_000}, name="Far")
    large = moved(runs, {"layer": "regular"}, {"layer": "high", "clv_minor": 900_000}, name="Near")
    fallen = moved(runs, {"layer": "high"}, {"layer": "lost", "frequency": 3})
    moved(runs, {}, {"clv_minor": 9_000_000})  # worth more, in the same layer

    def most(*, is_up: bool):
        return movers(*runs, "layer", None, is_up=is_up, today=MAY, currency="CNY")

    rose, fell = most(is_up=True), most(is_up=False)
    assert [one.score.customer for one in rose] == [small, large]
    assert [one.score.customer for one in fell] == [fallen]
    assert [one.worth_change_minor for one in rose] == [10_000, 850_000]
    assert (str(rose[0].was_label), str(rose[0].now_label)) == ("At risk", "High value")


def test_compares_with_the_run_of_a_month_before_unless_asked_otherwise(clinic, client_as):
    january, may_29 = made_run(date(2026, 1, 31)), made_run(date(2026, 5, 29))
    april, may = made_run(APRIL), made_run(MAY, is_current=True)
    held = made_run(date(2026, 6, 1), is_held=True)
    scored(may)
    client = client_as("owner")

    page = client.get(URL)
    asked = client.get(URL, {"from": may.pk, "to": january.pk})

    assert page.context["runs"] == [may, may_29, april, january]
    assert held not in page.context["runs"]
    assert (page.context["moved"].earlier, page.context["moved"].later) == (april, may)
    assert (asked.context["moved"].earlier, asked.context["moved"].later) == (january, may)
    assert page.context["chart"]["labels"] == ["2026-01", "2026-04", "2026-05"]


def test_with_one_run_the_page_says_how_to_get_history(clinic, client_as):
    scored(made_run(MAY, is_current=True))

    page = client_as("manager").get(URL)

    assert f"manage.py score_history --clinic {clinic.slug}" in page.content.decode()
    assert "moved" not in page.context


def test_nobody_scored_yet(client_as):
    assert "Nobody is scored yet" in client_as("owner").get(URL).content.decode()


@pytest.mark.parametrize(
    "query", [{"axis": "soul"}, {"from": "x"}, {"to": "999999"}, {"before": "rich"},
              {"after": ""}, {"axis": "r", "before": "active"}]
)  # fmt: skip
def test_what_is_not_kept_is_not_found(runs, client_as, query):
    assert client_as("owner").get(f"{URL}people/", query).status_code == 404


def test_another_clinics_run_is_not_found(runs, client_as, other_clinic, in_clinic):
    with in_clinic(other_clinic):
        theirs = made_run(MAY)

    assert client_as("owner").get(URL, {"from": theirs.pk}).status_code == 404


def test_people_are_paged_behind_the_last_one(runs, client_as):
    for number in range(30):
        moved(runs, {"stage": "new"}, {"stage": "active", "clv_minor": 1_000 * (number // 2)})
    client = client_as("owner")
    url = client.get(URL).context["rows"][0].cells[1].url

    first = client.get(url).context["page"]
    second = client.get(f"{url}&page={first.next}").context["page"]

    worths = [score.worth_minor for score in [*first.rows, *second.rows]]
    assert worths == sorted(worths, reverse=True)
    assert len({score.pk for score in [*first.rows, *second.rows]}) == 30
    assert second.next == ""


def test_month_ends_that_are_missing_are_the_last_days_of_whole_months():
    days = history.missing_month_ends({date(2026, 2, 28)}, today=date(2026, 3, 31), n_months=3)

    assert days == [date(2025, 12, 31), date(2026, 1, 31)]


@pytest.mark.django_db(transaction=True)
def test_command_scores_what_is_missing_once(clinic):
    today = local_day(clinic.zone, timezone.now())
    (month_end,) = history.missing_month_ends(set(), today=today, n_months=1)
    customer = CustomerFactory(known_since_on=month_end - timedelta(days=80))
    SaleFactory(customer=customer, on=month_end - timedelta(days=70))

    def command() -> str:
        out = StringIO()
        call_command("score_history", clinic=clinic.slug, months=6, stdout=out)
        return out.getvalue()

    told = command()
    days = list(ScoreRun.objects.order_by("as_of").values_list("as_of", flat=True))

    assert days[-1] == month_end
    assert len(days) == told.count("1 customers scored") == 3  # none before the first sale
    assert "every month-end with sales is scored already" in command()


def test_command_refuses_a_number_of_months_that_is_none(clinic):
    with pytest.raises(CommandError, match="not between 1 and 60"):
        call_command("score_history", clinic=clinic.slug, months=0)


def test_unknown_axis_is_refused(runs):
    with pytest.raises(ValueError, match="soul"):
        history.movement(*runs, "soul", None)


def test_moved_from_anywhere_is_everybody(runs):
    moved(runs, {"stage": "new"}, {"stage": "active"})
    scored(runs[1], stage="active")

    assert history.people_moved(Moved(*runs, "stage", None, "active"), None).count() == 2
