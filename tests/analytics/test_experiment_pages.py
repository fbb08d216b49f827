"""Experiments on their pages."""

from datetime import UTC, datetime

import pytest

from analytics.services.experiments import import_experiment

AT = datetime(2026, 5, 1, 5, tzinfo=UTC)


@pytest.fixture
def load(clinic, tmp_path):
    def make(name: str = "Mail", n: int = 120):
        path = tmp_path / f"{name}.csv"
        path.write_text(
            f"arm,age,came,spend{name}\n" + "control,30,0,0\nsms,31,1,12.5\nsms,30,0,0\n" * n
        )
        return import_experiment(
            path=path, name=name, mapping={"columns": {"came": "outcome", f"spend{name}": "money"}},
            at=AT,
        ).experiment  # fmt: skip

    return make


def test_an_experiment_is_told_on_its_page(client_as, load):
    experiment = load()

    page = client_as("analyst").get(f"/analytics/experiments/{experiment.pk}/").content.decode()

    assert "sms brought more: came was 50.0% against 0.0% of control" in page
    assert "360 customers from Mail.csv" in page
    assert "The arms are not equally large" in page


def test_the_list_leads_to_each(client_as, load):
    experiment = load()

    page = client_as("manager").get("/analytics/experiments/").content.decode()

    assert f'href="/analytics/experiments/{experiment.pk}/"' in page


def test_an_empty_list_says_how_to_load_one(client_as, clinic):
    assert (
        "import_experiment" in client_as("manager").get("/analytics/experiments/").content.decode()
    )


def test_an_experiment_can_be_taken_along(client_as, load):
    experiment = load()

    told = client_as("analyst").get(f"/analytics/experiments/{experiment.pk}/result.json").json()

    assert told == experiment.result


def test_staff_does_not_see_experiments(client_as, load):
    experiment = load()

    assert client_as("staff").get(f"/analytics/experiments/{experiment.pk}/").status_code == 403


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_asks_a_fixed_number_of_queries(client_as, load, n, django_assert_num_queries):
    for number in range(n):
        load(f"Mail{number}")
    client = client_as("manager")
    client.get("/analytics/")

    with django_assert_num_queries(14):
        client.get("/analytics/experiments/")
