"""Results by the API."""

from datetime import date

import pytest

from analytics.models import Experiment
from tenancy.services.keys import create_api_key
from tests.conftest import BookingClient
from tests.factories.campaigns import CampaignFactory, RunningCampaignFactory


@pytest.fixture
def api(clinic):
    text, _key = create_api_key(name="results", scopes=["results.read"])
    return BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}")


def test_a_result_comes_with_its_intervals(api, campaign, enrol_many):
    enrol_many("treated", 12, n_returned=5)
    enrol_many("holdout", 9, n_returned=2)

    told = api.get(f"/api/v1/results/campaigns/{campaign.pk}/").json()

    assert told["format"] == "clinic_crm.campaign_result/1"
    effect = told["effects"][0]
    assert effect["outcome"] == "returned"
    assert effect["low"] < effect["difference"] == 5 / 12 - 2 / 9 < effect["high"]
    assert told["incremental_profit_minor"]["tells"] is False
    assert told["costs"]["total_minor"] == 0


def test_what_was_launched_is_listed(api, campaign):
    CampaignFactory(name="draft")

    (row,) = api.get("/api/v1/results/campaigns/").json()

    assert row == {
        "id": campaign.pk, "name": "Spring recall", "launched_on": "2026-05-01",
        "closes_on": "2026-05-31",
    }  # fmt: skip


def test_an_experiment_is_told_as_it_was_imported(api, clinic):
    one = Experiment.objects.create(
        name="x", file_name="x.csv", digest="0" * 64, n_read=9, n_used=8,
        imported_at="2026-05-01T05:00Z", result={"format": "clinic_crm.experiment/1", "arms": []},
    )  # fmt: skip

    assert api.get("/api/v1/results/experiments/").json()[0]["n_used"] == 8
    assert api.get(f"/api/v1/results/experiments/{one.pk}/").json() == one.result


@pytest.mark.parametrize("what", ["campaigns", "experiments"])
def test_what_nobody_has_is_not_found(api, campaign, other_clinic, in_clinic, what):
    with in_clinic(other_clinic):
        foreign = RunningCampaignFactory().pk
    for pk in (foreign, 987_654_321, 2**63):
        assert api.get(f"/api/v1/results/{what}/{pk}/").status_code == 404
    draft = CampaignFactory()
    assert api.get(f"/api/v1/results/campaigns/{draft.pk}/").status_code == 404


def test_a_key_without_the_scope_reads_nothing(clinic, campaign):
    text, _key = create_api_key(name="scores", scopes=["scores.read"])
    client = BookingClient(HTTP_AUTHORIZATION=f"Api-Key {text}")

    assert client.get(f"/api/v1/results/campaigns/{campaign.pk}/").status_code == 403


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_asks_a_fixed_number_of_queries(api, n, django_assert_num_queries):
    for _ in range(n):
        RunningCampaignFactory(launched_on=date(2026, 5, 1))
    api.get("/api/v1/results/campaigns/")

    with django_assert_num_queries(12):
        assert len(api.get("/api/v1/results/campaigns/").json()) == n
