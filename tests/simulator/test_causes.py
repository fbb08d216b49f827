"""The history follows from its causes, and the truth tells them."""

import csv
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from clinic_crm.simulator import SHANGHAI, generate

UNTIL = date(2025, 11, 20)
HALF_PERCENT = 0.005


def sold_days(world) -> np.ndarray:
    return world.sales.occurred_at.astype("datetime64[D]")


def main_line_treatment(world) -> np.ndarray:
    """Treatment row of each sale's first line."""
    first = np.unique(world.sale_lines.sale, return_index=True)[1]
    return world.sale_lines.treatment[first]


def gaps_of(world, code: str) -> np.ndarray:
    """Days between a person's consecutive purchases of one treatment."""
    row = np.flatnonzero(world.treatments.code == code)[0]
    chosen = main_line_treatment(world) == row
    person = world.truth.person[world.sales.customer[chosen]]
    day = sold_days(world)[chosen].astype(int)
    order = np.lexsort((day, person))
    same = np.diff(person[order]) == 0
    return np.diff(day[order])[same]


@pytest.mark.parametrize("code", ["BTX", "FACIAL", "HA"])
def test_gaps_lie_around_the_interval_of_the_treatment(large, code):
    gaps = gaps_of(large, code)
    row = np.flatnonzero(large.treatments.code == code)[0]
    interval = large.treatments.interval_days[row]

    assert len(gaps) > 1_000
    assert np.median(gaps) == pytest.approx(interval, rel=0.12)
    assert gaps.min() >= large.treatments.min_clinical_interval_days[row]


def test_gaps_are_far_more_regular_than_poisson(large):
    gaps = gaps_of(large, "BTX")
    middle = gaps[gaps < np.percentile(gaps, 95)]  # the pauses aside
    assert middle.std() / middle.mean() < 0.35  # 1 for an exponential gap


def test_who_has_left_never_buys_again(world):
    left_on = world.truth.customers.left_on
    has_left = ~np.isnat(left_on)
    person_left = left_on[world.sales.customer]
    sold_on = sold_days(world)

    assert 0.3 < has_left.mean() < 0.8
    assert not (sold_on > person_left)[~np.isnat(person_left)].any()
    assert ((world.truth.customers.leave_cause != "") == has_left).all()


def test_surgery_is_bought_once(large):
    surgery = np.flatnonzero(large.treatments.category == "surgery")
    chosen = np.isin(large.sale_lines.treatment, surgery)
    sale, treatment = large.sale_lines.sale[chosen], large.sale_lines.treatment[chosen]
    person = large.truth.person[large.sales.customer[sale]]
    pairs = np.stack([person, treatment])

    assert chosen.sum() > 500
    assert np.unique(pairs, axis=1).shape[1] == chosen.sum()


def test_bad_visits_lower_the_survey(large):
    bad_sales = np.flatnonzero(large.truth.is_bad_visit)
    bad_on = {
        (customer, day + later)
        for customer, day in zip(
            large.sales.customer[bad_sales].tolist(),
            sold_days(large)[bad_sales].astype(int).tolist(),
            strict=True,
        )
        for later in range(4)
    }
    surveys = large.surveys
    answered = zip(surveys.customer.tolist(), surveys.answered_on.astype(int).tolist(), strict=True)
    after_bad = np.array([answer in bad_on for answer in answered])

    assert after_bad.sum() > 300
    assert surveys.csat[after_bad].mean() < 2.6
    assert surveys.csat[~after_bad].mean() > 4.2


def test_bad_visits_raise_leaving_and_lead_to_complaints(large):
    person = large.truth.person[large.sales.customer]
    is_bad = large.truth.is_bad_visit
    last_day = np.zeros(person.max() + 1, dtype="datetime64[D]")
    np.maximum.at(last_day, person, sold_days(large))
    is_last = sold_days(large) == last_day[person]
    early = sold_days(large) < np.datetime64("2024-06-01")

    assert is_last[is_bad & early].mean() > is_last[~is_bad & early].mean() + 0.25
    complained = np.unique(large.truth.person[large.complaints.customer])
    assert np.isin(complained, np.unique(person[is_bad])).all()
    causes = large.truth.customers.leave_cause
    assert {"bad_visit", "price", "moved_away", "drifted"} <= set(causes.tolist())
    by_bad_visit = np.unique(large.truth.person[causes == "bad_visit"])
    last_was_bad = np.zeros(person.max() + 1, dtype=bool)
    last_was_bad[person[is_last & is_bad]] = True
    assert last_was_bad[by_bad_visit].all()


def test_a_bad_consultant_stands_out(large):
    rates = {
        code: large.truth.is_bad_visit[large.sales.consultant == row].mean()
        for row, code in enumerate(large.consultants.code.tolist())
    }
    assert max(rates, key=rates.get) == "PD02"
    assert rates["PD02"] > 2 * rates["PD01"]


def test_price_leavers_are_the_price_sensitive(large):
    truth = large.truth.customers
    sensitivity = truth.price_sensitivity
    assert (
        sensitivity[truth.leave_cause == "price"].mean()
        > sensitivity[truth.leave_cause == "drifted"].mean() + 0.1
    )


def test_shares_are_as_configured(large):
    config, customers, person = large.config, large.customers, large.truth.person
    n_people = person.max() + 1
    digits = np.array(["".join(filter(str.isdigit, one))[-11:] for one in customers.phone.tolist()])
    whole = np.char.startswith(digits, "199") & (np.char.str_len(digits) == 11)
    number, who = np.unique(np.stack([digits[whole], person[whole].astype(str)]), axis=1)
    shared = np.unique(number, return_counts=True)
    share_known = 1 - config.phone_missing_share - config.phone_malformed_share

    twice = np.bincount(person) == 2
    assert len(customers) == config.n_customers
    assert twice.sum() == pytest.approx(config.duplicate_share * n_people, abs=2)
    n_sharing = shared[1][shared[1] == 2].sum()
    expected = config.family_phone_share * n_people * share_known**2
    assert n_sharing == pytest.approx(expected, rel=0.12)
    assert len(who) > 0.9 * n_people
    assert np.isnat(customers.birth_on).mean() == pytest.approx(0.24, abs=0.02)
    assert (customers.phone == "").mean() == pytest.approx(
        config.phone_missing_share, abs=HALF_PERCENT
    )


def test_emails_name_one_person_each(large):
    email, person = large.customers.email, large.truth.person
    pairs = np.unique(np.stack([email[email != ""], person[email != ""].astype(str)]), axis=1)
    assert len(np.unique(pairs[0])) == pairs.shape[1]


def test_the_mixture_of_buyers_is_that_of_such_clinics(world):
    person = world.truth.person[world.sales.customer]
    pairs = np.unique(np.stack([person, sold_days(world).astype(int)]), axis=1)
    n_days = np.bincount(pairs[0])
    one_time_rate = (n_days[n_days > 0] == 1).mean()

    assert 0.25 <= one_time_rate <= 0.35
    assert 2 <= np.median(n_days[n_days > 0]) <= 5


def test_fewer_of_a_cohort_are_left_every_year(large):
    person = large.truth.person[large.sales.customer]
    day = sold_days(large).astype(int)
    first = np.full(person.max() + 1, 10**6)
    np.minimum.at(first, person, day)
    cohort = first < day.min() + 365  # three more years can be seen of these
    bought = [
        np.unique(
            person[(day - first[person] > 365 * year) & (day - first[person] <= 365 * (year + 1))]
        )
        for year in (0, 1, 2)
    ]
    shares = [cohort[one].sum() / cohort.sum() for one in bought]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[2] > 0.1


def test_seasons_show_in_the_diary(large):
    day = sold_days(large)
    open_days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2025-01-01"))
    per_day = np.array([(day == one).sum() for one in open_days])

    def average(first: str, last: str) -> float:
        rows = (open_days >= np.datetime64(first)) & (open_days <= np.datetime64(last))
        return per_day[rows].mean()

    assert average("2024-02-10", "2024-02-14") == 0  # closed over Spring Festival
    assert average("2024-06-08", "2024-06-21") > 1.25 * average("2024-05-10", "2024-06-06")
    assert average("2024-10-30", "2024-11-15") > 1.25 * average("2024-09-20", "2024-10-20")


def test_truth_is_exported_one_row_a_customer(world, tmp_path):
    path = tmp_path / "truth.csv"
    world.truth.export(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["external_id"] for row in rows] == world.customers.external_id.tolist()
    gift = np.array([float(row["p_return_30d_gift"]) for row in rows])
    assert np.allclose(gift, world.truth.p_return_30d["gift"], atol=1e-6)
    assert {row["left_on"] for row in rows} >= {""}
    assert len({row["person_id"] for row in rows}) == world.truth.person.max() + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duplicate_share": 1.4}, "duplicate_share must lie between 0 and 1, not 1.4"),
        ({"n_customers": 0}, "n_customers must be above 0"),
        ({"timing_shape": 4.5}, "timing_shape must be a whole number"),
        ({"language": "fr"}, "language must be"),
        ({"consultants": SHANGHAI.consultants[:5]}, "branch PD has no consultant"),
        ({"branches": SHANGHAI.branches[:2]}, "consultant PD01: no branch 'PD'"),
    ],
)
def test_impossible_configuration_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        replace(SHANGHAI, **change)


def test_years_without_a_listed_festival_are_refused():
    with pytest.raises(ValueError, match="Spring Festival is listed for"):
        generate(SHANGHAI, seed=1, until=date(2041, 1, 1))


@pytest.mark.parametrize("n_customers", [1, 2, 25])
@pytest.mark.parametrize("lead_only_share", [0.0, 0.5, 1.0])
def test_tiny_clinics_can_be_generated(n_customers, lead_only_share):
    config = replace(SHANGHAI, n_customers=n_customers, lead_only_share=lead_only_share)
    world = generate(config, seed=5, until=UNTIL)

    assert len(world.customers) == n_customers
    if lead_only_share == 1.0:
        assert len(world.sales) == 0
